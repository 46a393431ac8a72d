"""Where a rule's line is boilerplate and where it is not, tried with rules of our own."""

import pytest

from pipeline.model import Removal
from pipeline.stages.clean import NO_RULES, Block, Rule, Rules, clean, clean_blocks

PROSE = "The ferry left the island before dawn with forty people on board, the harbour master said."
MORE = "By noon the storm had passed and the boats were back, but nobody had counted the crates yet."
LABEL = Rule("label", "anywhere", ("related", "see also.*"), and_next=2)
ADVERT = Rule("advert", "anywhere", ("advertisement",))
KICKER = Rule("kicker", "opening", ("exclusive",))
STAMP = Rule("stamp", "ending", ("updated .*",))
REPLY = Rule("reply", "onward", ("leave a reply",))
SLASH = Rule("slash", "line-end", (r"\\+",))
WEAK = Rule("weak", "below", ("opinion: .*",))
BUTTON = Rule("button", "anywhere", ("share|print|newest first",), joins=True)
PROMO = Rule("promo", "anywhere", (".*ferry.*",), linked=True)
RULES = Rules((LABEL, ADVERT, KICKER, STAMP, REPLY, SLASH, WEAK, BUTTON))


def lines(*texts: str) -> str:
    return "\n".join(texts)


def removed(text: str, rules: Rules = RULES) -> list[tuple[str, str]]:
    return [(removal.text, removal.rule) for removal in clean(text, rules).removed]


def test_a_known_line_goes_and_names_its_rule() -> None:
    cleaned = clean(lines(PROSE, "Advertisement", MORE), RULES)
    assert cleaned.text == lines(PROSE, MORE)
    assert cleaned.removed == (Removal("Advertisement", "advert"),)


def test_the_first_rule_that_knows_a_line_gives_the_reason() -> None:
    twins = Rules((Rule("one", "anywhere", ("advert.*",)), Rule("two", "anywhere", ("advertisement",))))
    assert removed("Advertisement", twins) == [("Advertisement", "one")]


def test_blank_lines_go_without_a_word() -> None:
    assert clean(lines("", PROSE, "   ", MORE, ""), RULES) == clean(lines(PROSE, MORE), RULES)


def test_without_rules_nothing_goes() -> None:
    assert clean(lines(PROSE, "Advertisement"), NO_RULES).text == lines(PROSE, "Advertisement")


def test_an_opening_line_goes_before_the_first_sentence_only() -> None:
    assert clean(lines("EXCLUSIVE", PROSE, "Exclusive", MORE), RULES).text == lines(PROSE, "Exclusive", MORE)


def test_an_ending_line_goes_after_the_last_sentence_only() -> None:
    text = lines(PROSE, "Updated at noon", MORE, "Updated at night")
    assert clean(text, RULES).text == lines(PROSE, "Updated at noon", MORE)


def test_a_label_that_the_storys_own_headline_may_have_goes_below_its_first_sentence_only() -> None:
    text = lines("Opinion: the boats must stay", PROSE, "Opinion: the boats must go", MORE)
    assert removed(text) == [("Opinion: the boats must go", "weak")]
    assert removed("Opinion: the boats must go") == []


def test_below_the_story_what_stands_between_pieces_of_a_bar_goes_with_them() -> None:
    text = lines(
        PROSE, MORE, "Share", "Tell the crew", "Print", "Ten more knots", "Anchor, mast and hull", "Newest first"
    )
    assert clean(text, RULES).text == lines(PROSE, MORE)
    assert removed(text)[1] == ("Tell the crew", "button")


@pytest.mark.parametrize(
    "between",
    [
        ("One", "Two", "Three"),  # more than a piece of a form
        ("Reporting by Dana Whitlock; Editing by Omar Feld",),
        (MORE,),
    ],
)
def test_what_is_too_much_for_a_piece_of_a_bar_stays(between: tuple[str, ...]) -> None:
    kept = lines(PROSE, *between)
    assert clean(lines(PROSE, "Share", *between, "Print"), RULES).text == kept


def test_above_the_last_sentence_nothing_is_taken_for_a_piece_of_a_bar() -> None:
    assert clean(lines(PROSE, "Share", "The crew", "Print", MORE), RULES).text == lines(PROSE, "The crew", MORE)


def test_only_bars_and_forms_take_what_stands_between_their_lines() -> None:
    text = lines(PROSE, "Share", "One knot", "Advertisement", "Two knots", "Advertisement")
    assert clean(text, RULES).text == lines(PROSE, "One knot", "Two knots")


def test_a_text_without_sentences_has_no_edges() -> None:
    assert clean(lines("Exclusive", "Updated at noon"), RULES).text == lines("Exclusive", "Updated at noon")


def test_all_that_follows_a_reply_form_is_readers_words() -> None:
    text = lines(PROSE, "Leave a Reply", "Great pictures, keep them coming!", MORE)
    assert clean(text, RULES).text == PROSE
    assert removed(text)[-1] == (MORE, "reply")


def test_a_reply_link_above_the_story_takes_nothing_with_it() -> None:
    assert clean(lines("Leave a Reply", PROSE, MORE), RULES).text == lines(PROSE, MORE)


def test_a_label_takes_the_headlines_below_it() -> None:
    text = lines(PROSE, "Related", "Ministers meet on the line", "Fuel prices rise again", MORE)
    assert clean(text, RULES).text == lines(PROSE, MORE)
    assert removed(text)[1:] == [("Ministers meet on the line", "label"), ("Fuel prices rise again", "label")]


def test_a_longer_run_of_headlines_may_be_a_list_of_the_story() -> None:
    names = ["The north ferry line", "The south ferry line", "The night ferry line"]
    assert clean(lines(PROSE, "Related", *names, MORE), RULES).text == lines(PROSE, *names, MORE)


def test_a_run_of_headlines_to_the_end_goes_as_a_whole() -> None:
    names = ["The north ferry line", "The south ferry line", "The night ferry line"]
    assert clean(lines(PROSE, "Related", *names), RULES).text == PROSE


def test_a_box_of_headlines_that_ends_with_furniture_goes_as_a_whole() -> None:
    box = [f"Harbour number {number} opens to all boats" for number in "12345"]
    assert clean(lines(PROSE, "Related", *box, "Advertisement", MORE), RULES).text == lines(PROSE, MORE)
    assert clean(lines(PROSE, "Related", *box, MORE), RULES).text == lines(PROSE, *box, MORE)
    mixed = [*box, "nine boats left the harbour at dawn"]
    assert clean(lines(PROSE, "Related", *mixed, "Advertisement", MORE), RULES).text == lines(PROSE, *mixed, MORE)


def test_the_storys_own_headline_is_no_box_of_one() -> None:
    text = lines("Related", "Harbour number one opens to all boats", "Advertisement", PROSE, MORE)
    assert clean(text, RULES).text == lines("Harbour number one opens to all boats", PROSE, MORE)


def test_a_run_to_the_end_is_not_endless() -> None:
    names = [f"Island number {number} of many" for number in range(31)]
    assert clean(lines(PROSE, "Related", *names), RULES).text == lines(PROSE, *names)


@pytest.mark.parametrize(
    "line",
    [
        PROSE,
        "AFTER THE STORM",
        "Two words",
        "What they said:",
        "Reporting by Dana Whitlock; editing by Omar Feld",
        "(Additional reporting by Omar Feld in Tyre)",
    ],
)
def test_a_line_that_is_no_headline_stays_below_a_label(line: str) -> None:
    assert clean(lines(PROSE, "Related", line, MORE), RULES).text == lines(PROSE, line, MORE)


def test_a_label_leaves_the_headlines_of_the_next_label_to_it() -> None:
    text = lines(PROSE, "Related", "Ministers meet on the line", "See also", "Fuel prices rise again", MORE)
    assert clean(text, RULES).text == lines(PROSE, MORE)


def test_a_pointer_that_names_its_story_leaves_the_crosshead_below_it() -> None:
    text = lines(PROSE, "See also: ministers meet on the line", "What the harbour needs", MORE)
    assert clean(text, RULES).text == lines(PROSE, "What the harbour needs", MORE)


def test_a_crosshead_behind_a_box_of_headlines_stays() -> None:
    box = ("Related", "Ministers meet again on the border line", "Fuel prices rise for a third week")
    assert clean(lines(PROSE, *box, "What the harbour needs", MORE), RULES).text == lines(
        PROSE, "What the harbour needs", MORE
    )


def test_a_single_headline_below_a_label_goes_from_within_the_story_and_stays_before_it() -> None:
    assert clean(lines("Related", "Ministers meet on the line", PROSE), RULES).text == lines(
        "Ministers meet on the line", PROSE
    )
    assert clean(lines(PROSE, "Related", "Ministers meet on the line", MORE), RULES).text == lines(PROSE, MORE)


def test_a_rule_without_and_next_takes_only_its_line() -> None:
    assert clean(lines(PROSE, "Advertisement", "Ministers meet on the line", MORE), RULES).text == lines(
        PROSE, "Ministers meet on the line", MORE
    )


def test_where_links_are_known_a_label_takes_only_links() -> None:
    blocks = [Block(PROSE, 0.0), Block("Related", 0.0), Block("Fuel prices rise again", 1.0)]
    blocks += [Block("What the islanders want", 0.0), Block(MORE, 0.0)]
    assert clean_blocks(blocks, RULES).text == lines(PROSE, "What the islanders want", MORE)


@pytest.mark.parametrize(("linked", "stays"), [(1.0, False), (0.5, True), (None, True)])
def test_a_rule_for_links_leaves_other_lines_alone(linked: float | None, stays: bool) -> None:
    cleaned = clean_blocks([Block("All about the ferry", linked)], Rules((PROMO,)))
    assert cleaned.text == ("All about the ferry" if stays else "")


def test_a_stray_end_of_a_line_is_cut_off() -> None:
    cleaned = clean(lines(PROSE + "\\", MORE), RULES)
    assert cleaned.text == lines(PROSE, MORE)
    assert cleaned.removed == (Removal("\\", "slash"),)


def test_a_line_that_is_nothing_but_its_stray_end_goes() -> None:
    assert clean(lines(PROSE, "\\\\"), RULES).text == PROSE


def test_removals_stand_in_the_order_of_the_text() -> None:
    text = lines("Exclusive", PROSE + "\\", "Advertisement", MORE, "Updated at night")
    assert [rule for _, rule in removed(text)] == ["kicker", "slash", "advert", "stamp"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The plant is run for the company by a consortium of the firms", "see also."),
        ("The story was first told many years ago on the island by the", "See also."),
        ("He said there were only four things that could be done about", "see also the other lists."),
        (
            "He asked what could be done so that people in the north would",
            "see also the other lists of what had been brought ashore",
        ),
    ],
)
def test_half_a_sentence_of_a_text_of_fixed_width_stays(first: str, second: str) -> None:
    assert clean(lines(first, second, PROSE), RULES).text == lines(first, second, PROSE)


@pytest.mark.parametrize("known", [PROMO, Rule("any-link", "ending", (".+",), linked=True)])
def test_a_rule_for_links_makes_no_line_of_plain_text_suspect(known: Rule) -> None:
    text = lines("The next question on the ferry goes to the lady who came from", "See also.", PROSE)
    assert clean(text, Rules((*RULES.rules, known))).text == text


def test_a_label_below_a_line_without_a_full_stop_is_no_half_sentence() -> None:
    first = "Forty boats that have to be back before the next storm, and"
    assert removed(lines(first, "Advertisement", PROSE, first, "advertisement")) == [
        ("Advertisement", "advert"),
        ("advertisement", "advert"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "See also the lights, the captain said.",
        "“See also the lights?” said Mia Hart of the port office.",
        "See also the lights, he told her on Monday.",
    ],
)
def test_what_somebody_said_is_the_story(line: str) -> None:
    assert clean(lines(PROSE, line, MORE), RULES).text == lines(PROSE, line, MORE)


@pytest.mark.parametrize("line", ["See also: No ferry on Friday, captain says", "See also what was said on Monday."])
def test_a_headline_that_tells_who_said_it_goes_below_its_label(line: str) -> None:
    assert clean(lines(PROSE, line, MORE), RULES).text == lines(PROSE, MORE)


@pytest.mark.parametrize("first", [PROSE, "What the islanders want", "He said there were only four things to be done!"])
def test_a_small_letter_alone_makes_no_half_sentence(first: str) -> None:
    assert clean(lines(first, "advertisement", MORE), RULES).text == lines(first, MORE)


def test_a_line_of_a_rule_begins_no_sentence() -> None:
    assert (
        clean(lines(PROSE, "See also the long list of things that were said of the line", "advertisement"), RULES).text
        == PROSE
    )


def test_half_a_sentence_is_no_headline_either() -> None:
    first = "Nobody on the quay could say who had given the order to sail"
    assert clean(lines("Related", first, "and nobody had asked, the crew said.", MORE), RULES).text == lines(
        first, "and nobody had asked, the crew said.", MORE
    )
