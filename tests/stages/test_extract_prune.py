"""What is cut out of a page before its text is read."""

import pytest

from pipeline.stages.extract.page import parse
from pipeline.stages.extract.prune import prune

PROSE = "The ferry left the island before dawn with forty people on board, the harbour master said. " * 4
STORY = f"<p>{PROSE}</p><p>{PROSE}</p>"


def left(body: str) -> str:
    tree = parse(f"<html><body>{body}</body></html>".encode())
    assert tree is not None
    prune(tree)
    return " ".join("".join(tree.itertext()).split())


@pytest.mark.parametrize(
    "part",
    [
        "<nav>cut me</nav>",
        "<aside><p>cut me</p></aside>",
        "<footer>cut me</footer>",
        "<header>cut me</header>",
        "<form><p>cut me</p></form>",
        "<noscript>cut me</noscript>",
        "<script>cut me</script>",
        "<style>cut me</style>",
        "<div hidden>cut me</div>",
        "<p aria-hidden='true'>cut me</p>",
        "<span style='color:red; Display : none'>cut me</span>",
        "<div role='navigation'>cut me</div>",
        "<div class='article-newsletter'>cut me</div>",
        "<div class='wide relatedPosts'>cut me</div>",
        "<ul id='share_bar'><li>cut me</li></ul>",
        "<section class='read-more'>cut me</section>",
        "<div class='AdSlot ad-slot'>cut me</div>",
        "<h3 class='newsletter'>cut me</h3>",
        "<div class='sharedaddy'><div class='newsletter'>cut me</div></div>",
    ],
)
def test_furniture_is_cut(part: str) -> None:
    assert left(STORY + part + "stays") == f"{PROSE}{PROSE}stays"


@pytest.mark.parametrize(
    "part",
    [
        "<article><header>keep me</header></article>",
        "<main><footer>keep me</footer></main>",
        "<header><h1>keep me</h1></header>",
        "<div aria-hidden='false'>keep me</div>",
        "<div style='display:block'>keep me</div>",
        "<div class='shared-values relationship'>keep me</div>",
        "<div class='more stories-of-war'>keep me</div>",
        "<h2 id='share-of-votes'>keep me</h2>",
        "<p id='what-share-of-the-votes-was-counted'>keep me</p>",
        "<div class='no-sidebar'>keep me</div>",
        "<div class='social-embed'>keep me</div>",
        "<em class='social'>keep me</em>",
    ],
)
def test_what_may_be_story_stays(part: str) -> None:
    assert "keep me" in left(STORY + part)


def test_an_element_that_holds_most_of_the_page_is_its_frame() -> None:
    assert left(f"<div class='has sidebar'><div class='sidebar'>{STORY}</div></div>") == f"{PROSE}{PROSE}".strip()
    assert left(f"<form>{STORY}</form>") == f"{PROSE}{PROSE}".strip()


def test_a_page_without_paragraphs_is_measured_by_all_its_text() -> None:
    assert "harbour master" in left(f"<div class='sidebar'>{PROSE * 3}</div>")
    assert "cut me" not in left(f"<div>{PROSE * 3}</div><div class='sidebar'>cut me</div>")


def test_a_story_that_is_hidden_as_a_whole_stays() -> None:
    assert "harbour master" in left("<p>Lead.</p>" + f"<p hidden>{PROSE}</p>" * 6)
    assert "harbour master" not in left(f"{'<p>' + 'Lead. ' * 600}</p><p hidden>{PROSE}</p>")


def test_text_behind_a_cut_element_stays() -> None:
    assert left(f"{STORY}<div>one<nav>x</nav>two<b>three</b><nav>y</nav>four</div>").endswith("onetwothreefour")
