"""Feed documents of the sample newsroom: RSS 2.0, RSS 1.0 and Atom, each written as its specification has it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from html import escape
from string import Template

from pipeline.sample.newsroom import Newsroom, Outlet, SampleArticle, latest

Sites = Mapping[str, str]
"""Outlet id → base URL, such as ``http://127.0.0.11:8011`` (no slash at the end)."""

GENERATOR = "Sitrep sample newsroom (outlets and texts are invented)"


def feed_document(newsroom: Newsroom, outlet: Outlet, hour: int, sites: Sites) -> str:
    """The feed of ``outlet`` at ``hour`` in the outlet's format (``rss2``, ``rss1`` or ``atom``)."""
    articles = newsroom.published(outlet, hour)
    return f'<?xml version="1.0" encoding="{outlet.charset}"?>\n' + _WRITERS[outlet.feed.format](
        newsroom, outlet, articles, sites
    )


def entry_link(newsroom: Newsroom, outlet: Outlet, article: SampleArticle, sites: Sites) -> str:
    """What the entry links to: mostly a page, with the query that the outlet adds to its links; may be empty."""
    if article.odd_link is not None:
        return article.odd_link
    target = newsroom.article(article.links_to) if article.links_to else article
    url = sites[target.outlet] + (target.linked_as or target.path)
    joint = "&" if "?" in url else "?"
    return url + (joint + outlet.feed.link_query if outlet.feed.link_query else "")


def _rss2(newsroom: Newsroom, outlet: Outlet, articles: Iterable[SampleArticle], sites: Sites) -> str:
    items = "\n".join(_rss2_item(newsroom, outlet, article, sites) for article in articles)
    return f"""\
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(outlet.name)}</title>
<link>{sites[outlet.id]}/</link>
<description>{escape(outlet.tagline)}</description>
<language>en</language>
<lastBuildDate>{_mail_date(latest(articles))}</lastBuildDate>
<generator>{GENERATOR}</generator>
<atom:link href="{sites[outlet.id]}{outlet.feed.path}" rel="self" type="application/rss+xml"/>
{items}
</channel>
</rss>
"""


def _rss2_item(newsroom: Newsroom, outlet: Outlet, article: SampleArticle, sites: Sites) -> str:
    parts = [
        _element("title", article.title),
        _element("link", entry_link(newsroom, outlet, article, sites)),
        _element("guid", article.guid, ' isPermaLink="false"'),
        _element("pubDate", _mail_date(article.published)),
        _element("dc:creator", article.author),
        *(_element("category", tag) for tag in article.tags),
        _element("description", _summary(outlet, article, sites)),
        _element("content:encoded", _content(outlet, article, sites)),
    ]
    return "<item>\n" + "\n".join(filter(None, parts)) + "\n</item>"


def _rss1(newsroom: Newsroom, outlet: Outlet, articles: Iterable[SampleArticle], sites: Sites) -> str:
    links = {article.id: entry_link(newsroom, outlet, article, sites) for article in articles}
    order = "\n".join(f'<rdf:li rdf:resource="{escape(link)}"/>' for link in links.values())
    items = "\n".join(_rss1_item(outlet, article, links[article.id], sites) for article in articles)
    return f"""\
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
         xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="{sites[outlet.id]}{outlet.feed.path}">
<title>{escape(outlet.name)}</title>
<link>{sites[outlet.id]}/</link>
<description>{escape(outlet.tagline)}. {GENERATOR}.</description>
<dc:date>{_iso_date(latest(articles))}</dc:date>
<items><rdf:Seq>
{order}
</rdf:Seq></items>
</channel>
{items}
</rdf:RDF>
"""


def _rss1_item(outlet: Outlet, article: SampleArticle, link: str, sites: Sites) -> str:
    parts = [
        _element("title", article.title),
        _element("link", link),
        _element("description", _summary(outlet, article, sites)),
        _element("dc:creator", article.author),
        _element("dc:date", _iso_date(article.published)),
        *(_element("dc:subject", tag) for tag in article.tags),
    ]
    return f'<item rdf:about="{escape(link)}">\n' + "\n".join(filter(None, parts)) + "\n</item>"


def _atom(newsroom: Newsroom, outlet: Outlet, articles: Iterable[SampleArticle], sites: Sites) -> str:
    entries = "\n".join(_atom_entry(newsroom, outlet, article, sites) for article in articles)
    return f"""\
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title>{escape(outlet.name)}</title>
<subtitle>{escape(outlet.tagline)}</subtitle>
<id>urn:sample:{outlet.id}</id>
<link rel="self" type="application/atom+xml" href="{sites[outlet.id]}{outlet.feed.path}"/>
<link rel="alternate" type="text/html" href="{sites[outlet.id]}/"/>
<updated>{_iso_date(latest(articles))}</updated>
<generator>{GENERATOR}</generator>
{entries}
</feed>
"""


def _atom_entry(newsroom: Newsroom, outlet: Outlet, article: SampleArticle, sites: Sites) -> str:
    link = entry_link(newsroom, outlet, article, sites)
    parts = [
        _element("title", article.title),
        f'<link rel="alternate" type="text/html" href="{escape(link)}"/>' if link else "",
        _element("id", article.guid),
        _element("published", _iso_date(article.published)),
        _element("updated", _iso_date(article.modified)),
        f"<author>{_element('name', article.author)}</author>" if article.author else "",
        *(f'<category term="{escape(tag)}"/>' for tag in article.tags),
        _element("summary", _summary(outlet, article, sites), ' type="html"'),
        _element("content", _content(outlet, article, sites), ' type="html"'),
    ]
    return "<entry>\n" + "\n".join(filter(None, parts)) + "\n</entry>"


def _summary(outlet: Outlet, article: SampleArticle, sites: Sites) -> str:
    """HTML of the entry's summary: its own words or the first paragraph, in the outlet's fragment."""
    text = escape(article.lead, quote=False)
    return _filled(outlet.feed.summary, outlet, article, sites, text)


def _content(outlet: Outlet, article: SampleArticle, sites: Sites) -> str:
    """HTML of the entry's whole text; empty where the outlet's feed carries summaries only."""
    if outlet.feed.content is None:
        return ""
    text = "\n".join(f"<p>{escape(block.text, quote=False)}</p>" for block in article.blocks)
    return _filled(outlet.feed.content, outlet, article, sites, text)


def _filled(fragment: str, outlet: Outlet, article: SampleArticle, sites: Sites, text: str) -> str:
    site = sites[outlet.id]
    return Template(fragment).substitute(
        text=text, title=escape(article.title), url=site + article.path, site=site, outlet=escape(outlet.name)
    )


def _element(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(text, quote=False)}</{name}>" if text else ""


def _mail_date(moment: datetime | None) -> str:
    return format_datetime(moment, usegmt=True) if moment else ""


def _iso_date(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


_WRITERS: Mapping[str, Callable[[Newsroom, Outlet, Iterable[SampleArticle], Sites], str]] = {
    "rss2": _rss2,
    "rss1": _rss1,
    "atom": _atom,
}
