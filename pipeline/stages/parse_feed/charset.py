"""Bytes of a feed → text, as a browser reads XML: byte order mark, HTTP header, XML declaration, UTF-8 (RFC 7303).

Feeds lie about their charset more often than they tell the truth in an unlikely one, so a body that can only be UTF-8
is read as UTF-8 whatever is claimed. Where nothing is claimed that fits, bytes that make sense in a script other than
Latin are read in its charset, and all others one by one as windows-1252: nothing is lost.
"""

import codecs
import re
from collections.abc import Iterator

from w3lib.encoding import resolve_encoding

MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
OPENINGS = (
    (re.compile(rb"\x00\x00\x00<"), "utf-32-be"),
    (re.compile(rb"<\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00<\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"<\x00[^\x00]\x00"), "utf-16-le"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
"""The first characters of ``<?xml`` in encodings without ASCII (XML 1.0, appendix F.1)."""

HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
DECLARATION = re.compile(rb"<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})", re.ASCII)
CHARSET = re.compile(r"(?:utf-?8|iso|cp125|cp437|cp[89]|koi|mac|big|euc|gb|shift|hz|tis|kz|ptcp|johab)[-_0-9a-z]*")
"""Python's codecs for text that hold ASCII; ``idna`` or ``unicode_escape`` do odd things to hostile bytes.

UTF-16 and UTF-32 are missing: they show in the first bytes, so a mere claim of them is wrong.
"""

MULTIBYTE = re.compile(r"big|euc|gb|shift|hz|johab|iso2022|cp9(?:32|49|50)")
CERTAINLY_UTF_8 = 6
"""So many continuation bytes are no accident: of Chinese characters in GBK one in six is valid UTF-8."""

MAX_DAMAGE = 0.01
"""Share of the characters beyond ASCII that may be unreadable before the claim counts as wrong."""

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow (production 2); NUL and other control characters slip in from databases."""

SCRIPTS = (
    *("cp1251", "koi8_r", "koi8_u", "cp1256", "iso8859_6", "cp1255", "cp1253", "cp874"),
    *("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"),
)
"""Charsets of Cyrillic, Arabic, Hebrew, Greek, Thai and East Asian letters. Those of Latin ones differ by a few letters
only, which a short text hardly tells apart: a browser, too, takes them for windows-1252."""
MARKUP = re.compile(rb"<[^<>]*>|https?://[^\s<]+")
MIN_STRAY = 20
"""Bytes that are no UTF-8; with fewer, chance decides."""
LOOKED_AT = 400_000
ENOUGH = 4_000
"""Bytes of words that a guess is made from."""
MAX_LATIN = 0.2
"""Share of Latin letters and of signs among the characters beyond ASCII of a text in another script."""
LATIN = re.compile("[\u0080-\u024f\u2000-\u2bff\ufffd]")

STRAY_BYTES = {0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(128, 256)}


def decode(body: bytes, content_type: str) -> str:
    """The text of a feed document without characters that XML forbids; never fails."""
    return FORBIDDEN.sub("", _text(body, content_type))


def _text(body: bytes, content_type: str) -> str:
    for mark, charset in MARKS:
        if body.startswith(mark):
            return (_loosely(body) if charset == "utf-8" else body.decode(charset, "replace")).lstrip("\ufeff")
    for opening, charset in OPENINGS:
        if opening.match(body):
            return body.decode(charset, "replace")
    utf_8 = _strictly(body, "utf-8")
    for charset in _claimed(body, content_type):
        if utf_8 is not None and _is_utf_8_all_the_same(body, utf_8, charset):
            return utf_8
        text = _strictly(body, charset)
        text = _nearly(body, charset) if text is None else text
        if text is not None:
            return text
    if utf_8 is not None:
        return utf_8
    return _guessed(body) or _loosely(body)


def _claimed(body: bytes, content_type: str) -> Iterator[str]:
    """The charsets named by the header and by the document, as Python names them."""
    declared = DECLARATION.search(body[:2000])
    claims = (HEADER.search(content_type), declared and HEADER.search(f"charset={declared[1].decode('ascii')}"))
    for claim in claims:
        charset = resolve_encoding(claim[1]) if claim else None
        if charset and CHARSET.fullmatch(charset):
            yield charset


def _is_utf_8_all_the_same(body: bytes, text: str, claimed: str) -> bool:
    surplus = len(body) - len(text)
    if MULTIBYTE.match(claimed):
        return surplus >= CERTAINLY_UTF_8
    return surplus > 0


def _strictly(body: bytes, charset: str) -> str | None:
    """The text if every byte fits; a character cut off at the end of the document is left out."""
    try:
        return codecs.getincrementaldecoder(charset)("strict").decode(body, final=False)
    except (UnicodeError, LookupError):
        return None


def _loosely(body: bytes) -> str:
    """UTF-8 with windows-1252 for each byte that is none."""
    return body.decode("utf-8", "surrogateescape").translate(STRAY_BYTES)


def _guessed(body: bytes) -> str | None:
    """The text in the charset of a script other than Latin, if that is what the bytes speak for."""
    loose = body[:LOOKED_AT].decode("utf-8", "surrogateescape")
    stray = sum("\udc80" <= character <= "\udcff" for character in loose)
    others = len(loose) - len(loose.encode("ascii", "ignore")) - stray
    if stray < MIN_STRAY or others * 2 > stray:  # UTF-8 with a few bytes from elsewhere
        return None
    from charset_normalizer import from_bytes  # few feeds need it

    best = from_bytes(_foreign_words(body), cp_isolation=list(SCRIPTS)).best()
    text = body.decode(best.encoding, "replace") if best is not None else ""
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text if foreign and len(LATIN.findall(text)) <= foreign * MAX_LATIN else None


def _foreign_words(body: bytes) -> bytes:
    """Words outside of markup that are not ASCII: what the letters of a charset show in."""
    words: list[bytes] = []
    size = 0
    for word in MARKUP.sub(b" ", body[:LOOKED_AT]).split():
        if not word.isascii():
            words.append(word)
            size += len(word)
        if size > ENOUGH:
            break
    return b" ".join(words)


def _nearly(body: bytes, charset: str) -> str | None:
    """The text in a multi-byte charset of which hardly anything does not fit."""
    if not MULTIBYTE.match(charset):
        return None
    text = body.decode(charset, "replace")
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count("\ufffd") <= foreign * MAX_DAMAGE else None
