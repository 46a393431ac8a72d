"""Pages of the sample newsroom: an outlet's template, filled with one of its articles."""

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from itertools import cycle
from string import Template

from pipeline.sample.newsroom import FOLDER, Newsroom, Outlet, SampleArticle

INVENTED = "Part of the sample newsroom of Sitrep: this outlet, its people and its words are invented."
INVENTED_META = f'<meta name="invented" content="{INVENTED}">'
RELATED = 3


def article_page(newsroom: Newsroom, article: SampleArticle, site: str) -> str:
    """The article's page as its outlet publishes it, story and furniture together; ``site`` is the base URL."""
    outlet = next(o for o in newsroom.outlets if o.id == article.outlet)
    related = related_articles(newsroom, article)
    return _template(outlet.id).substitute(
        invented=INVENTED,
        outlet=escape(outlet.name),
        tagline=escape(outlet.tagline),
        site=site,
        url=site + escape(article.path),
        title=escape(article.title, quote=False),
        head=_head(outlet, article, site),
        author=escape(article.author),
        time=_time(outlet, article),
        photo=escape(article.photo, quote=False),
        tags="".join(f'<li><a href="/tag/{_slug(tag)}" rel="tag">{escape(tag)}</a></li>' for tag in article.tags),
        related="\n".join(
            f'<li><a href="{escape(other.path)}">{escape(other.title, quote=False)}</a></li>' for other in related
        ),
        body=_body(outlet, article, related),
    )


def front_page(newsroom: Newsroom, outlet: Outlet, hour: int) -> str:
    """A plain list of what the outlet shows at ``hour``."""
    return _template("front-page").substitute(
        invented=INVENTED,
        invented_meta=INVENTED_META,
        outlet=escape(outlet.name),
        tagline=escape(outlet.tagline),
        charset=outlet.charset,
        feed=outlet.feed.path,
        articles="\n".join(
            f'<li><a href="{escape(a.path)}">{escape(a.title, quote=False)}</a></li>'
            for a in newsroom.published(outlet, hour)
            if a.has_page
        ),
    )


def notice_page(name: str, outlet: Outlet) -> str:
    """A page that is not an article, such as ``blocked`` or ``unavailable``."""
    return _template(name).substitute(invented=INVENTED, invented_meta=INVENTED_META, outlet=escape(outlet.name))


def related_articles(newsroom: Newsroom, article: SampleArticle) -> tuple[SampleArticle, ...]:
    """The outlet's next articles in the order of their names, so that a page changes only when its story does."""
    others = sorted(
        {a.id: a for a in newsroom.articles if a.outlet == article.outlet and a.hour == 0 and a.has_page}.items()
    )
    ids = [article_id for article_id, _ in others]
    start = ids.index(article.id) + 1 if article.id in ids else 0
    ordered = [other for _, other in others[start:] + others[:start] if other.id != article.id]
    return tuple(ordered[:RELATED])


def _body(outlet: Outlet, article: SampleArticle, related: tuple[SampleArticle, ...]) -> str:
    fragments = {"paragraph": Template(outlet.paragraph), "crosshead": Template(outlet.crosshead)}
    inserts = _inserts(outlet, len(article.blocks), related)
    blocks = [fragments[block.kind].substitute(text=escape(block.text, quote=False)) for block in article.blocks]
    return "\n".join(html + inserts.get(number, "") for number, html in enumerate(blocks, start=1))


def _inserts(outlet: Outlet, blocks: int, related: tuple[SampleArticle, ...]) -> Mapping[int, str]:
    """Furniture by the number of the block that it follows: always inside the story, never after its end."""
    places = sorted(number for number in outlet.inserts if number < blocks)
    return {
        number: "\n"
        + Template(outlet.inserts[number]).substitute(
            headline=escape(other.title, quote=False), link=escape(other.path)
        )
        for number, other in zip(places, cycle(related), strict=False)
    }


def _head(outlet: Outlet, article: SampleArticle, site: str) -> str:
    """The tags of the page's head, in the kinds that the outlet uses."""
    return "\n".join([INVENTED_META, *(_METADATA[kind](outlet, article, site) for kind in outlet.metadata)])


def _canonical(_: Outlet, article: SampleArticle, site: str) -> str:
    return f'<link rel="canonical" href="{site}{escape(article.path)}">'


def _open_graph(outlet: Outlet, article: SampleArticle, site: str) -> str:
    facts = {
        "og:type": "article",
        "og:site_name": outlet.name,
        "og:title": article.title,
        "og:description": article.lead,
        "og:url": site + article.path,
        "article:published_time": article.published.isoformat() if article.published else "",
        "article:modified_time": article.updated.isoformat() if article.updated else "",
    }
    return "\n".join(f'<meta property="{key}" content="{escape(value)}">' for key, value in facts.items() if value)


def _named(outlet: Outlet, article: SampleArticle, site: str) -> str:
    facts = {
        "author": article.author,
        "description": article.lead,
        "keywords": ", ".join(article.tags),
        "date": article.published.date().isoformat() if article.published else "",
    }
    return "\n".join(f'<meta name="{key}" content="{escape(value)}">' for key, value in facts.items() if value)


def _json_ld(outlet: Outlet, article: SampleArticle, site: str) -> str:
    return _script(_news_article(outlet, article, site))


def _json_ld_with_body(outlet: Outlet, article: SampleArticle, site: str) -> str:
    return _script({**_news_article(outlet, article, site), "articleBody": article.text.replace("\n", "\n\n")})


def _news_article(outlet: Outlet, article: SampleArticle, site: str) -> dict[str, object]:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "mainEntityOfPage": site + article.path,
        "datePublished": article.published.isoformat() if article.published else None,
        "dateModified": article.modified.isoformat() if article.modified else None,
        "author": [{"@type": "Person", "name": article.author}] if article.author else None,
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
    }
    return {key: value for key, value in facts.items() if value}


def _script(facts: Mapping[str, object]) -> str:
    # "</" would end the element inside a string (HTML, "Restrictions for contents of script elements").
    return '<script type="application/ld+json">' + json.dumps(facts).replace("</", "<\\/") + "</script>"


_METADATA = {
    "canonical": _canonical,
    "open-graph": _open_graph,
    "named": _named,
    "json-ld": _json_ld,
    "json-ld-with-body": _json_ld_with_body,
}


def _time(outlet: Outlet, article: SampleArticle) -> str:
    if article.published is None:
        return ""
    shown = article.published.strftime(outlet.date_format)
    return f'<time datetime="{article.published.isoformat()}">{shown}</time>'


def _slug(tag: str) -> str:
    return "-".join(tag.lower().split())


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / "templates" / f"{name}.html").read_text("utf-8"))
