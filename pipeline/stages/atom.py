"""Alerts of one topic as an Atom 1.0 document (RFC 4287), so that any feed reader can follow it."""

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import datetime
from html import escape

from pipeline import __version__
from pipeline.stages.alert import Alert
from pipeline.stages.document import iso

NAMESPACE = "http://www.w3.org/2005/Atom"
IDS = uuid.uuid5(uuid.NAMESPACE_OID, "sitrep")
"""The space of names that ids are made in; another one would make every entry new to every reader."""
# Production 2 of XML 1.0 allows no other character, not even escaped.
UNSUITED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(topic: str, name: str, alerts: Sequence[Alert], updated_at: datetime) -> bytes:
    """The document, its entries in the order of ``alerts``, each on ``topic``. ``name`` is the topic's.

    An entry's id comes from its topic and its story's id, so it stays the same whatever else changes.
    """
    feed = ET.Element("feed", xmlns=NAMESPACE)
    _add(feed, "id", _urn(f"topic {topic}"))
    _add(feed, "title", name)
    _add(feed, "subtitle", f"New stories on the topic {topic}, found by Sitrep")
    _add(feed, "updated", iso(updated_at))
    _add(feed, "generator", "Sitrep", version=__version__)
    _author(feed, "Sitrep")
    for alert in alerts:
        _entry(ET.SubElement(feed, "entry"), alert, name)
    ET.indent(feed)
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _entry(entry: ET.Element, alert: Alert, name: str) -> None:
    _add(entry, "id", _urn(f"topic {alert.topic} story {alert.story_id}"))
    _add(entry, "title", alert.title or alert.url, type="text")
    ET.SubElement(entry, "link", rel="alternate", href=alert.url)
    _add(entry, "updated", iso(alert.updated_at))
    if alert.published_at is not None:
        _add(entry, "published", iso(alert.published_at))
    for author in alert.authors:
        _author(entry, author)
    ET.SubElement(entry, "category", term=alert.topic, label=_suited(name))
    if alert.summary:
        _add(entry, "summary", alert.summary, type="text")
    _add(entry, "content", _content(alert), type="html")


def _content(alert: Alert) -> str:
    """HTML of the alert's facts; every word from outside is escaped in it."""
    published = iso(alert.published_at) if alert.published_at else "unknown"
    facts = [f"score {alert.score:.2f}", f"from {', '.join(alert.sources)}", f"published {published}"]
    paragraphs = [alert.summary, f"Evidence: {', '.join(alert.evidence)}" if alert.evidence else "", "; ".join(facts)]
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs if paragraph)


def _author(parent: ET.Element, name: str) -> None:
    if _suited(name).strip():
        _add(ET.SubElement(parent, "author"), "name", name)


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = _suited(text)


def _suited(text: str) -> str:
    return UNSUITED.sub("", text)


def _urn(name: str) -> str:
    return uuid.uuid5(IDS, name).urn
