"""Signatures of stories' texts, and the bands that bring together the stories worth comparing.

A row of ``story_signatures`` has a number that says when its story arrived; ``story_bands`` repeats that number for
each band of the text. A look-up reads a bounded number of the newest rows of each band, however many there are.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Connection, RowMapping, Select, bindparam, delete, select, union_all, update

from pipeline.adapters.ledger.schema import stories, story_bands, story_signatures
from pipeline.stages.fold import Imprint, Peer, Signature, bands_of, known_by_digest, likeliest
from pipeline.stages.fold.signature import BANDS

NEWEST = 64
"""Rows of one band that are looked at: a phrase that stands in every text must not cost more with every text."""
EQUAL = 4
"""Equal texts that are looked at, whatever their age."""
AS_THEY_ARRIVED = (stories.c.first_seen_at, stories.c.published_at.is_(None), stories.c.published_at, stories.c.id)
"""The order of ``stages.fold.arrival``."""
NO_BAND = -1
# Built once, as all that is asked for every story: building a statement costs more than running it.
_SIGNATURE = select(story_signatures).where(story_signatures.c.story_id == bindparam("wanted"))
_NUMBERED = story_signatures.insert().returning(story_signatures.c.number)
_BAND = story_bands.insert()
_OF_NUMBERS = select(story_signatures.c.story_id).where(
    story_signatures.c.number.in_(bindparam("wanted", expanding=True))
)
_EQUAL_TEXT = (
    select(stories.c.id)
    .where(stories.c.text_digest == bindparam("digest"), stories.c.id != bindparam("wanted"))
    .order_by(stories.c.first_seen_at, stories.c.id)
    .limit(EQUAL)
)
_PARAMETERS = tuple(f"band_{number}" for number in range(BANDS + 1))


def _newest_of(parameter: str) -> Select[tuple[int]]:
    band = story_bands.c.band == bindparam(parameter, type_=BigInteger)
    rows = select(story_bands.c.number).where(band).order_by(story_bands.c.number.desc()).limit(NEWEST)
    return select(rows.subquery().c.number)


_SHARING_A_BAND = union_all(*map(_newest_of, _PARAMETERS))
_PEERS = (
    select(
        stories.c.id,
        stories.c.cluster_id,
        stories.c.sources,
        stories.c.first_seen_at,
        stories.c.text_digest,
        story_signatures.c.signature,
    )
    .outerjoin(story_signatures, story_signatures.c.story_id == stories.c.id)
    .order_by(*AS_THEY_ARRIVED)
)
_PEERS_OF_IDS = _PEERS.where(stories.c.id.in_(bindparam("wanted", expanding=True)))
_MATES = _PEERS.where(stories.c.cluster_id == bindparam("cluster"), stories.c.id != bindparam("wanted"))


def keep(
    connection: Connection, story_id: str, first_seen_at: datetime, signature: Signature, *, is_first: bool = False
) -> None:
    """Remember the text that a stored story has now; it is no longer found by the one it had before.

    ``is_first``: it had none before, so none is looked for.
    """
    known = None if is_first else connection.execute(_SIGNATURE, {"wanted": story_id}).first()
    values = {"story_id": story_id, "first_seen_at": first_seen_at, "signature": signature.pack()}
    if known is None:
        number = connection.execute(_NUMBERED, values).scalar_one()
    else:
        number = known.number
        _remove_bands(connection, number, known.signature)
        connection.execute(update(story_signatures).where(story_signatures.c.number == number).values(values))
    rows = [{"band": band, "number": number} for band in bands_of(signature)]
    if rows:
        connection.execute(_BAND, rows)


def candidates(connection: Connection, story_id: str, signature: Signature) -> list[Peer]:
    """The other stories, as they arrived, that may have the same text: a bounded number, mostly fewer than ten."""
    ids = _sharing_bands(connection, signature) | _with_equal_text(connection, story_id, signature)
    ids.discard(story_id)
    if not ids:
        return []
    return [_peer(row) for row in connection.execute(_PEERS_OF_IDS, {"wanted": sorted(ids)}).mappings()]


def mates(connection: Connection, story_id: str, cluster_id: str, most: int) -> list[Peer]:
    """Other stories of the cluster, as they arrived."""
    others = connection.execute(_MATES.limit(most), {"cluster": cluster_id, "wanted": story_id})
    return [_peer(row) for row in others.mappings()]


def forget_before(connection: Connection, before: datetime, most: int = 1000) -> int:
    """Remove the oldest signatures, of stories first seen before then, ``most`` at once; returns how many went.

    Their texts are still known by their digests.
    """
    old = (
        select(story_signatures)
        .where(story_signatures.c.first_seen_at < before)
        .order_by(story_signatures.c.first_seen_at)
        .limit(most)
    )
    rows = connection.execute(old).all()
    for row in rows:
        _remove_bands(connection, row.number, row.signature)
    numbers = [row.number for row in rows]
    connection.execute(delete(story_signatures).where(story_signatures.c.number.in_(numbers)))
    return len(rows)


def _sharing_bands(connection: Connection, signature: Signature) -> set[str]:
    bands = bands_of(signature)
    padded = (*bands, *[NO_BAND] * (len(_PARAMETERS) - len(bands)))
    numbers = likeliest(connection.scalars(_SHARING_A_BAND, dict(zip(_PARAMETERS, padded, strict=True))))
    if not numbers:
        return set()
    return set(connection.execute(_OF_NUMBERS, {"wanted": list(numbers)}).scalars())


def _with_equal_text(connection: Connection, story_id: str, signature: Signature) -> set[str]:
    if signature.digest is None:
        return set()
    return set(connection.execute(_EQUAL_TEXT, {"digest": signature.digest, "wanted": story_id}).scalars())


def _peer(row: RowMapping) -> Peer:
    signature = Signature.unpack(row["signature"]) if row["signature"] is not None else None
    imprint = Imprint(row["sources"][0], row["first_seen_at"], signature or known_by_digest(row["text_digest"]))
    return Peer(row["id"], row["cluster_id"], imprint)


def _remove_bands(connection: Connection, number: int, packed: bytes) -> None:
    rows = delete(story_bands).where(story_bands.c.number == number)
    signature = Signature.unpack(packed)
    if signature is not None:  # else its bands are unknown here, and all rows have to be looked through
        rows = rows.where(story_bands.c.band.in_(bands_of(signature)))
    connection.execute(rows)
