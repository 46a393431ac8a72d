"""The shipped rules on a whole story with everything around it that news sites put there."""

import pytest

from pipeline.flows.checked_rules import load_rules
from pipeline.stages.clean import clean

RULES = load_rules()
STORY = (
    "TYRE, Sept 3 (Quay Wire) - The envoy will meet the harbour council on Monday to speak of an end of the blockade.",
    "He is expected to ask both sides to step back after a summer of raids on ships and depots along the coast.",
    "“We have been here before,” a council member said. “Nobody should expect too much from one visit.”",
    "FUEL DEPOT HIT",
    "During the night a depot near the old lighthouse burned down; the crews had been warned and nobody was hurt.",
    "The council said:",
    "- all lights on the quay must stay on",
    "- boats leave in convoys only",
    "There was no immediate comment from the navy.",
    "Reporting by Dana Whitlock and Omar Feld; editing by Mei Tanner",
)
AROUND = {
    0: (
        "HARBOUR CRISIS",
        "By Dana Whitlock",
        "Published 3 September 2021, 10:14 GMT",
        "4 min read",
        "Share this story",
    ),
    1: ("(Photo by Omar Feld / AFP)", "Listen to this article"),
    2: ("See also  Northern fleet denies it moved its flagship into the bay",),
    3: ("Advertisement", "Story continues below advertisement"),
    5: ("Smoke rises over the old lighthouse on Friday. Omar Feld/Reuters", "READ MORE: Who owns the depots?"),
    9: ("Get the harbour briefing in your inbox each morning.", "Enter your email address"),
    10: (
        "The post Envoy to meet the harbour council appeared first on The Quay.",
        "Related stories",
        "Council elects a new head for the port",
        "What the blockade means for bakers",
        "Tags: blockade, harbour",
        "Discover more from The Quay | Ships and storms",
        "Subscribe to get the latest stories sent to you.",
        "© 2021 The Quay. All rights reserved.",
        "Leave a Reply",
        "Your email address will not be published. Required fields are marked *",
        "Nice piece, but the lighthouse is a tower, as everybody on the coast has known for many years.",
    ),
}


def page() -> list[str]:
    lines: list[str] = []
    for number in range(len(STORY) + 1):
        lines += AROUND.get(number, ())
        lines += STORY[number : number + 1]
    return lines


def test_only_the_story_is_left() -> None:
    assert clean("\n".join(page()), RULES).text == "\n".join(STORY)


def test_every_line_around_the_story_names_a_rule() -> None:
    removed = [removal.text for removal in clean("\n".join(page()), RULES).removed]
    assert removed == [line for number in sorted(AROUND) for line in AROUND[number]]


def test_a_story_alone_stays_as_it_is() -> None:
    cleaned = clean("\n".join(STORY), RULES)
    assert cleaned.text == "\n".join(STORY)
    assert cleaned.removed == ()


@pytest.mark.parametrize(
    "line",
    [
        "Reporting by Dana Whitlock; Editing by Omar Feld",
        "(Reporting by Dana Whitlock in Tyre; Editing by Omar Feld)",
        "Additional reporting by Omar Feld.",
        "NO LIGHT IN THE HARBOUR",
        "Three things we know",
        "“Read it again,” the judge said, and the clerk read it again.",
        "More than forty boats were counted on Friday, twice as many as in the spring.",
        "Watch officers saw two lights to the north.",
        "Share prices of the shipping lines fell by a tenth.",
        "Subscribers to the port's radio heard the call.",
        "Video from the pier showed a crane on its side.",
        "Photos released by the navy show the damage.",
        "Related attacks were reported further south.",
        "Follow-up talks are planned for October.",
        "Sign language was the only way to speak over the noise.",
        "The navy did not comment.",
        "Comment on the matter was refused by three officers.",
        "Top stories of the war were told by sailors, not by books.",
        "Copyright of the charts lies with the council.",
        "Tags on the crates named a firm in the capital.",
        "Donations from abroad paid for the new lifeboat.",
        "Cookies and tea were handed out on the quay.",
        "Join the two halves of the map and the route is plain, he said.",
        "Photographer Omar Feld was hurt when the boat turned over.",
        "Continue the search until dark, the order said.",
        "Editors at three papers were told to stay away from the port.",
        "Published reports put the number at forty.",
        "In pictures sent to the council the hull looked whole.",
        "Next week the council votes on the plan.",
        "Previous talks failed in May.",
        "Log books were taken to the station.",
        "Registered owners have until Friday to move their boats.",
        "Email servers of the port were down for two days.",
        "Receive nothing without a paper, the clerks were told.",
        "Twitter and Facebook were blocked across the island on Friday, users said.",
        "Print it, said the minister, and the presses ran until four.",
        "AP photographer Omar Feld saw the blast.",
        "See the lights there? the captain asked.",
        "The story was first reported by the radio of the port.",
        "The interview was first published in a weekly on the mainland.",
        "The island wants to become a member.",
        "Nobody has given up the hope to become a full member!",
        "The document shows that the mines may not be used against ships of others.",
        "A report by the council says mines must not be used near the towns.",
        "The sailors' pay was raised from $300 a month to $500.",
        "More than 100,000 people subscribe to the captain's channel, which shows where mines were seen.",
        "The map was no longer available in the Play Store.",
        "More from the east are on their way.",
        "More in the north are cut off.",
        "Listed in Singapore, the company owns three yards.",
        "Posted in the islands since May, the officer saw it all.",
        "The newsletter is run by two former officers.",
        "Have the boats been delivered? Nobody would say.",
        "JERUSALEM, Israel (AP)",
        "TYRE, Lebanon, 12 October 2023 (AFP)",
        "U.S. Navy",
        "What next? Four ways out of the blockade",
        "No comment.",
        "No.",
        "This story is for those who never came home.",
        "The video could not be played in court on Monday.",
        "Terms and conditions of the truce",
        "By signing up, volunteers agree to serve for three years.",
        "Designed by Swedes, the gun fires four shells a minute.",
        "Hosted by the island, the talks begin on Monday.",
        "We count on the support of the council.",
        "If you want to support our allies, send shells, he said.",
        "Every donation helped keep the hospital open, its director said.",
        "Follow our orders, said the voice on the radio.",
        "Return to base",
    ],
)
def test_a_line_that_only_sounds_like_boilerplate_stays(line: str) -> None:
    text = "\n".join([*STORY[:3], line, *STORY[3:]])
    assert line in clean(text, RULES).text.splitlines()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("➡️ Read more about the harbour", "read-more"),
        ("» Related reading: a short history of the port", "related"),
        ("RELATED | Council elects a new head", "related"),
        ("You might also like", "related"),
        ("Click here to see the map", "read-more"),
        ("WATCH: The fleet returns", "watch-or-listen"),
        ("Sign up here for our weekly letter on ports", "subscribe"),
        ("Become a member today to support our work", "donation"),
        ("Download the Quay app on Google Play", "app-pitch"),
        ("This story is for subscribers only", "paywall"),
        ("We use cookies and similar tools to run this site.", "consent"),
        ("Be the first to comment", "comments"),
        ("Facebook | X | WhatsApp | Email", "share-bar"),
        ("Share on Telegram", "share-bar"),
        ("Follow Dana Whitlock on Instagram", "share-bar"),
        ("Filed under: Harbours", "tag-list"),
        ("Image credit: Port Authority", "photo-credit"),
        ("AP Photo/Omar Feld", "photo-credit"),
        ("Back to top", "page-controls"),
        ("ADVERTISEMENT", "advertisement"),
        ("This article was first published by The Quay.", "appeared-first"),
        ("Copyright 2021 Quay Wire", "copyright"),
        ("See also Ten ships at sea, army says.", "see-also"),
        ("Read more: Ships leave the bay, captain says.", "read-more"),
        ("Also read: Ships wait in the bay, officials said.", "see-also"),
        ("Related: Ports will close on Friday, the minister said.", "related"),
    ],
)
def test_a_line_inside_the_story_goes_and_names_its_rule(line: str, rule: str) -> None:
    cleaned = clean("\n".join([*STORY[:2], line, *STORY[2:]]), RULES)
    assert [(removal.text, removal.rule) for removal in cleaned.removed] == [(line, rule)]


def test_the_cut_off_end_of_a_summary_goes() -> None:
    cleaned = clean("The envoy will meet the council on Monday […] Continue reading Envoy to meet the council", RULES)
    assert cleaned.text == "The envoy will meet the council on Monday"
    assert [removal.rule for removal in cleaned.removed] == ["cut-off"]
