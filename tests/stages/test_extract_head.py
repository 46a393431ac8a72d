"""What a page tells about itself: of several, the first counts."""

from lxml import html

from pipeline.stages.extract.head import read_head, tellers
from pipeline.stages.extract.title import first_headings

PAGE = """<html lang="en"><head><title>First title</title><meta property="og:title" content="">
<meta property="og:title" content="First"><meta property="og:title" content="Second">
<link rel="stylesheet" href="/style.css"><link rel="canonical" href="/first">
<link rel="canonical" href="/second"></head>
<body><svg><title>Title of a picture</title></svg><h1> </h1><h1>One</h1><h1>Two</h1></body></html>"""


def test_the_first_of_each_counts_if_it_says_something() -> None:
    told = tellers(html.document_fromstring(PAGE))
    head = read_head(html.document_fromstring(PAGE), told, "https://example.org/story?page=1")
    assert (head.title, head.first("og:title"), head.language) == ("First title", "First", "en")
    assert head.canonical_url == "https://example.org/first"
    assert first_headings(told["h1"]) == ["One", "Two"]
