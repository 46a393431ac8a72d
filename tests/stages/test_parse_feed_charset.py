"""Which charset the bytes of a feed are read in: what can be seen in them, then what is claimed."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.parse_feed import parse_feed
from pipeline.stages.parse_feed.charset import FORBIDDEN, decode

ARABIC = "وقف إطلاق النار في الجنوب"
FRENCH = "Le cessez-le-feu négocié à Genève – « fragile »"
CHINESE = "停火协议在南部生效"
JAPANESE = "停戦は午前四時に発効した"


def feed(title: str, declared: str | None = None) -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f'{declaration}<rss version="2.0"><channel><title>{title}</title></channel></rss>'


def title_of(body: bytes, content_type: str = "") -> str:
    return parse_feed(body, "https://example.org/feed", {"Content-Type": content_type}).title


# title, charset of the bytes, charset in the XML declaration, Content-Type
HONEST = [
    (ARABIC, "cp1256", "windows-1256", ""),
    (ARABIC, "cp1256", None, "text/xml; charset=windows-1256"),
    (ARABIC, "iso8859-6", "ISO-8859-6", "application/rss+xml"),
    (FRENCH, "cp1252", "iso-8859-1", ""),
    (FRENCH, "cp1252", None, 'text/xml; charset="ISO-8859-1"'),
    (FRENCH, "utf-8", "utf-8", ""),
    (FRENCH, "utf-8", None, ""),
    (FRENCH, "utf-16", "utf-16", ""),
    (FRENCH, "utf-16-le", "utf-16", ""),
    (FRENCH, "utf-16-be", None, "text/xml; charset=utf-16"),
    (FRENCH, "utf-32", "utf-32", ""),
    (CHINESE, "gb2312", "gb2312", ""),
    (CHINESE, "big5hkscs", None, "text/xml;charset=Big5"),
    (JAPANESE, "shift_jis", "Shift_JIS", ""),
    (JAPANESE, "euc_jp", "EUC-JP", ""),
    (JAPANESE, "iso2022_jp", "iso-2022-jp", ""),
    ("Прекращение огня", "koi8-r", "koi8-r", ""),
]


@pytest.mark.parametrize(("title", "charset", "declared", "content_type"), HONEST)
def test_an_honest_claim_is_followed(title: str, charset: str, declared: str | None, content_type: str) -> None:
    readable = title if charset != "big5hkscs" else "停火協議在南部生效"
    assert title_of(feed(readable, declared).encode(charset), content_type) == readable


# title, charset of the bytes, charset in the XML declaration, Content-Type
WRONG = [
    (FRENCH, "utf-8", "iso-8859-1", ""),
    (FRENCH, "utf-8", "utf-16", ""),
    (FRENCH, "utf-8", "us-ascii", "text/xml; charset=us-ascii"),
    (FRENCH, "utf-8", "x-no-such-charset", ""),
    (FRENCH, "utf-8", "unicode_escape", "text/xml; charset=idna"),
    (ARABIC, "utf-8", "shift_jis", "text/xml; charset=gb2312"),
    (FRENCH, "cp1252", "utf-8", "application/xml; charset=utf-8"),
    (FRENCH, "cp1252", None, ""),
    (ARABIC, "cp1256", "windows-1256", "text/xml; charset=utf-8"),
    ("plain", "ascii", "utf-16", "text/xml; charset=utf-16"),
]


@pytest.mark.parametrize(("title", "charset", "declared", "content_type"), WRONG)
def test_a_claim_that_does_not_fit_is_seen_through(
    title: str, charset: str, declared: str | None, content_type: str
) -> None:
    assert title_of(feed(title, declared).encode(charset), content_type) == title


UNDECLARED = [
    ("أعلنت الوزارة اليوم أن المحادثات ستستأنف في العاصمة الأسبوع المقبل", "cp1256"),
    ("أعلنت الوزارة اليوم أن المحادثات ستستأنف في العاصمة الأسبوع المقبل", "iso8859-6"),
    ("Представитель министерства заявил, что стороны договорились о прекращении огня", "cp1251"),
    ("Представитель министерства заявил, что стороны договорились о прекращении огня", "koi8-r"),
    ("משרד החוץ הודיע היום כי השיחות יתחדשו בשבוע הבא בבירה", "iso8859-8"),
    ("Το υπουργείο ανακοίνωσε σήμερα ότι οι συνομιλίες θα επαναληφθούν", "cp1253"),
    ("发言人说，双方同意在南部停火，观察员将在几天内抵达", "gb18030"),
    ("發言人說，雙方同意在南部停火，觀察員將在幾天內抵達", "big5hkscs"),
    ("報道官は、双方が南部での停戦に合意したと述べた", "shift_jis"),
    ("대변인은 양측이 남부에서 휴전에 합의했다고 말했다", "euc-kr"),
]


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=utf-8"])
@pytest.mark.parametrize(("title", "charset"), UNDECLARED)
def test_letters_of_another_script_tell_their_charset(title: str, charset: str, content_type: str) -> None:
    assert title_of(feed(title).encode(charset), content_type) == title


@pytest.mark.parametrize(
    "title", [FRENCH * 5, "Największe święto: źródła mówią, że będzie więcej chleba" * 3, "Größte Übung" * 9]
)
def test_latin_letters_without_a_claim_are_those_of_windows_1252(title: str) -> None:
    for charset in ("cp1252", "cp1250", "iso8859-2"):
        body = feed(title).encode(charset, "ignore")
        assert decode(body, "") == FORBIDDEN.sub("", decode(body.decode("cp1252", "ignore").encode(), ""))


def test_stray_bytes_in_utf_8_make_it_no_other_charset() -> None:
    body = feed(ARABIC * 9 + "X" * 30).encode().replace(b"X", b"\xe9")
    assert title_of(body) == ARABIC * 9 + "é" * 30


def test_the_header_goes_before_the_declaration() -> None:
    body = feed("\xd0\xd1", "koi8-r").encode("latin-1")
    assert title_of(body, "text/xml; charset=windows-1251") == "РС"


def test_the_byte_order_mark_goes_before_all_claims() -> None:
    body = codecs.BOM_UTF8 + feed(ARABIC, "windows-1256").encode()
    assert title_of(body, "text/xml; charset=windows-1256") == ARABIC


def test_a_second_byte_order_mark_is_no_content() -> None:
    assert title_of(codecs.BOM_UTF8 * 2 + feed(FRENCH).encode()) == FRENCH


def test_single_windows_bytes_in_a_utf_8_document_spoil_nothing_else() -> None:
    body = feed("é X Y", "utf-8").encode().replace(b"X", b"\x93").replace(b"Y", b"\xe9")
    assert title_of(body) == "é “ é"


def test_a_character_cut_off_at_the_end_does_not_change_the_charset() -> None:
    assert decode("né".encode()[:-1], "") == "n"
    assert decode(("né" * 3).encode() + b"\xe2\x80", "") == "né" * 3


def test_one_broken_character_does_not_undo_a_multibyte_claim() -> None:
    text = CHINESE * 40
    assert decode(text.encode("gb18030") + b"\xff" + text.encode("gb18030"), "text/xml; charset=gbk").startswith(text)


def test_latin_text_with_an_asian_claim_is_not_read_as_asian() -> None:
    body = feed("Última notícia: relações à mesa", "shift_jis").encode("cp1252")
    assert title_of(body) == "Última notícia: relações à mesa"


def test_characters_that_xml_forbids_are_left_out() -> None:
    assert title_of(feed("a\x00b\x0bc\x1bd\ufffee").encode()) == "abcde"


@given(body=st.binary(max_size=300), content_type=st.text(max_size=40))
def test_any_bytes_become_text_that_xml_allows(body: bytes, content_type: str) -> None:
    assert FORBIDDEN.search(decode(body, content_type)) is None


@given(title=st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=50))
def test_utf_8_is_read_back_whatever_is_claimed(title: str) -> None:
    body = title.encode() + "é".encode() * 6
    for claim in ("", "utf-8", "iso-8859-1", "windows-1256", "gb2312", "utf-16", "nonsense"):
        assert decode(body, f"text/xml; charset={claim}") == FORBIDDEN.sub("", title + "é" * 6).lstrip("\ufeff")
