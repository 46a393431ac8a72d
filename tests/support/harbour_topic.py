"""A small invented topic, and what stories show of it."""

from hypothesis import strategies as st

from pipeline.model import TopicScore
from pipeline.stages.tag import tag
from pipeline.stages.tag.mentions import PhraseBook
from pipeline.stages.tag.rules import all_groups, rules_of
from pipeline.stages.tag.signals import Signals, signals
from pipeline.stages.tag.told import Told
from pipeline.topic import PhraseGroup, Reference, Topic

TOPIC = Topic(
    id="harbour-strike",
    name="Harbour strike",
    description="Dockers of Portvale on strike.",
    threshold=0.5,
    references=(
        Reference(
            "Dockers of Portvale walk out", "The dockers' union shut the harbour of Portvale and asked for talks."
        ),
        Reference("Cranes stand still", "No ship was unloaded in Portvale as the union held the gates."),
    ),
    groups=(
        PhraseGroup("dockers", ("dockers", "harbour workers", "stevedores", "crane drivers", "عمال الميناء")),
        PhraseGroup("town", ("Portvale", "Portvale harbour")),
        PhraseGroup("strike", ("strike", "walkout", "walk out", "picket")),
    ),
    subject=(("dockers", 1.0), ("town", 0.5)),
    together=((("strike", 1.0),),),
    against=(PhraseGroup("not sport", ("bowling", "football"), 1.0), PhraseGroup("not fishing", ("herring",), 0.4)),
)


TITLE, TEXT = "Dockers strike in Portvale", "The union of the dockers called a strike; a picket held the harbour gate."


def judged(title: str, text: str, topic: Topic = TOPIC) -> TopicScore:
    (score,) = tag(title, text, (topic,))
    return score


def shown(title: str, text: str, topic: Topic = TOPIC) -> Signals:
    groups = all_groups(topic)
    story = Told(title, text, PhraseBook(groups))
    return signals(rules_of(topic), story, story.sightings.of(range(len(groups))))


PIECES = st.one_of(
    st.sampled_from(
        [phrase for group in (*TOPIC.groups, *TOPIC.against) for phrase in group.phrases]
        + [
            "DOCKERS",
            "do\u00adckers",
            "Portvale’s",
            "لعمال الميناء",
            "و\u200eعمال\u200cالميناء",
            "picket\n",
            "\ud800",
            "🚢",
            "_",
        ]
    ),
    st.text(max_size=4),
)


TEXTS = st.lists(PIECES, max_size=40).flatmap(
    lambda pieces: st.sampled_from([" ", "", "-", ", ", "\n", ". "]).map(lambda glue: glue.join(pieces))
)
