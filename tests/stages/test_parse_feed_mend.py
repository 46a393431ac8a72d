"""The document that a parser gets to see: well-formed, bounded, and unchanged where it was sound."""

from xml.parsers import expat

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.stages.parse_feed.charset import FORBIDDEN
from pipeline.stages.parse_feed.mend import (
    LONG_ROOM,
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_PREFIXES,
    mend,
)
from pipeline.stages.parse_feed.references import MAX_ENTITIES

MANY = 1_000
SOUND = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A &amp; B</title>\n'
    "<item><title><![CDATA[x < y & z]]></title><link>https://a.example/?a=1&amp;b=2</link><a b='c'/></item>\n"
    "<item><description>&lt;p&gt;Text&lt;/p&gt;</description></item>\n</channel></rss>"
)


def mended(text: str, max_entries: int = MANY) -> str:
    result = mend(text, max_entries)
    return result.head + "".join(result.entries) + result.tail


def depth_of(document: str) -> int:
    """How deep the elements nest; raises where the document is not well-formed."""
    depth = deepest = 0

    def start(name: str, attributes: object) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(depth, deepest)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(document, True)
    return deepest


def test_a_sound_document_passes_unchanged() -> None:
    assert mended(SOUND) == SOUND


def test_each_entry_can_be_read_alone() -> None:
    parts = mend(SOUND, MANY)
    assert len(parts.entries) == 2
    for entry in parts.entries:
        depth_of(parts.head + entry + parts.tail)


def test_what_no_entry_needs_is_left_out() -> None:
    extra = '<!-- c --><category>x</category><?php 1 ?><m:content xmlns:m="http://search.yahoo.com/mrss/"><m:title/></m:content>'
    assert mended(SOUND.replace("<item>", f"<item>{extra}")) == SOUND


def test_a_left_out_element_without_end_hides_no_entry() -> None:
    entries = mend(
        "<rss><channel><image><url>x</url><item><guid>1</guid></item><category><item/></channel></rss>", MANY
    )
    assert entries.entries == ('<item><guid isPermaLink="false">1</guid></item>', "<item/>")


def test_entries_beyond_the_cap_are_left_out_and_the_rest_stays() -> None:
    text = f"<rss><channel>{'<item><a>x</a></item>' * 3}<link>https://a.example/</link></channel></rss>"
    result = mend(text, 2)
    assert len(result.entries) == 2
    assert result.tail == "<link>https://a.example/</link></channel></rss>"
    assert result.site == "https://a.example/"


def test_only_the_link_of_the_channel_is_its_site() -> None:
    assert mend(SOUND, MANY).site == ""
    assert mend("<feed><channel><x><link>y</link></x></channel><link>z</link></feed>", MANY).site == ""


def test_tags_and_attributes_are_made_well_formed() -> None:
    text = '<rss version=2.0 checked><channel><a b="1" b="2"c=\'3\'>x<br>y</b></A></channel>'
    assert mended(text) == '<rss version="2.0" checked=""><channel><a b="1" c="3">x<br>y</br></a></channel></rss>'


def test_an_entry_at_the_root_ends_no_document() -> None:
    assert mended("<item><item><guid/></item><a>x</a></item>") == (
        '<item><item><guid isPermaLink="false"/></item><a>x</a></item>'
    )


def test_the_text_of_an_element_has_a_longest_length_in_all_its_parts() -> None:
    text = "<![CDATA[" + "x" * 8_000 + "]]>" + "y" * 8_000
    document = mended(f"<rss><channel><item><title>{text}</title><description><p>{text}</p>{text}</description></item>")
    title, description = document.split("</title>")
    assert (title.count("x"), title.count("y")) == (8_000, 2_000)
    assert (description.count("x"), description.count("y")) == (16_000, 16_000)
    parts = "<p>" + "z" * 700_000 + "</p>"
    assert mended(f"<rss><description>{parts}{parts}</description>").count("z") == LONG_ROOM


def test_attributes_beyond_any_use_are_left_out() -> None:
    assert mended(f"<rss a='{'x' * MAX_ATTRIBUTES}'></rss>") == "<rss></rss>"
    spaces = "".join(f"<a xmlns:p{number}='u'/>" for number in range(MAX_PREFIXES + 20))
    assert mended(f"<rss>{spaces}</rss>").count("xmlns:") == MAX_PREFIXES


def test_elements_beyond_any_use_end_the_document() -> None:
    document = mended(f"<rss><channel><item><guid>1</guid></item>{'<a/>' * MAX_ELEMENTS}<item/></channel></rss>")
    assert document.startswith('<rss><channel><item><guid isPermaLink="false">1</guid></item><a/>')
    assert document.endswith("<a/></channel></rss>")
    assert document.count("<item") == 1


def test_only_so_many_entities_are_known() -> None:
    declared = "".join(f'<!ENTITY e{number} "v{number}">' for number in range(MAX_ENTITIES + 1))
    text = f"<!DOCTYPE rss [{declared}]><rss>&e0;&e{MAX_ENTITIES - 1};&e{MAX_ENTITIES};</rss>"
    assert mended(text) == f"<rss>v0v{MAX_ENTITIES - 1}&amp;e{MAX_ENTITIES};</rss>"


PIECES = st.sampled_from(
    [
        *(
            "<rss>",
            "<feed>",
            "<rdf:RDF>",
            "<channel>",
            "</channel>",
            "<item>",
            "</item>",
            "<entry>",
            "</entry>",
            "</rss>",
        ),
        *(
            "<guid>",
            "</guid>",
            "<title>",
            "</title>",
            "<author>",
            "</author>",
            "<image>",
            "</image>",
            "<a b='1' c=2 b>",
        ),
        *('<a b="x>y">', "<a b='<'>", "</a>", "<a/>", "<a:b/>", "<A>", "<a.b-c>", "<1>", "< a>", "<é>", "</>", "<a&b>"),
        *(
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "<?",
            "?>",
            "<!DOCTYPE x [",
            "<!ENTITY e 'v<&amp;'>",
            "]>",
            "<!",
            "<",
            ">",
        ),
        *(
            "&",
            "&amp;",
            "&e;",
            "&eacute;",
            "&#0;",
            "&#38;",
            "&#xd800;",
            "&#x1F600;",
            "text",
            " ",
            '"',
            "'",
            "é",
            "\u0085",
        ),
    ]
)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_in_a_well_formed_document_comes_out(pieces: list[str]) -> None:
    document = mended("".join(pieces))
    if document:
        depth_of(document)


@given(st.text(max_size=60), st.text(max_size=60))
@example("", "'A¹")  # a letter to Python, none to XML
@settings(deadline=None)
def test_any_text_within_an_element_is_well_formed(before: str, within: str) -> None:
    depth_of(mended(FORBIDDEN.sub("", f"{before}<rss><channel><title a='{within}'>{within}")))


def test_the_depth_is_bounded() -> None:
    assert depth_of(mended("<rss>" + "<x>" * 5_000)) == MAX_DEPTH
