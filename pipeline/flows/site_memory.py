"""What a round knows of the lines of sites as it starts, and what it learns of them for the next one."""

from datetime import datetime

from pipeline.adapters.ledger import site_blocks
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.flows.clock import Clock
from pipeline.flows.profile import during
from pipeline.flows.recorder import Note, Recorder
from pipeline.stages.clean import NOTHING_FAMILIAR, Familiar, Trait, site_of
from pipeline.stages.clean.site_lines import pack_traits, unpack_traits

MOST_LEARNT = 50
"""Stories of one site that one round learns from."""
MOST_BYTES = 4_000_000
"""What is learnt waits in memory up to this size, that of some 9,000 stories."""


class SiteMemory:
    """Read a site at a time, when its first page comes; written when the round ends, or much was learnt.

    What a round learns is not used before the next one, so the order in which pages come changes no text. A round that
    is killed has learnt little, which costs nothing but a little knowledge.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._familiar: dict[str, Familiar] = {}
        self._learnt: dict[str, list[bytes]] = {}
        self._stories: dict[str, int] = {}
        self._bytes = 0

    async def familiar(self, url: str, ledger: Ledger, recorder: Recorder, clock: Clock) -> Familiar:
        """What was known of the page's site when the round began; in the ledger before anything is told with it."""
        site = site_of(url)
        if not site:
            return NOTHING_FAMILIAR
        if site not in self._familiar:
            with during("ledger"), ledger.read() as connection:
                known = site_blocks.load(connection, site).familiar()
            if known.id is not None:
                now = clock()
                await recorder.write(
                    Note(None, lambda connection, _: site_blocks.keep_snapshot(connection, site, known, now))
                )
            self._familiar[site] = known
        return self._familiar[site]

    async def learn(self, url: str, traits: tuple[Trait, ...], recorder: Recorder, clock: Clock) -> None:
        """A new story of this site, about which ``familiar`` was asked, has these lines."""
        site = site_of(url)
        if not site or not traits or self._stories.get(site, 0) >= MOST_LEARNT:
            return
        packed = pack_traits(traits)
        self._stories[site] = self._stories.get(site, 0) + 1
        self._learnt.setdefault(site, []).append(packed)
        self._bytes += len(packed)
        if self._bytes > self._most_bytes:
            learnt, now = self._taken(), clock()
            await recorder.write(Note(None, lambda connection, _: _save(connection, learnt, now)))

    def save(self, connection: Connection, clock: Clock) -> None:
        """Write what is left."""
        _save(connection, self._taken(), clock())

    def _taken(self) -> dict[str, list[bytes]]:
        learnt, self._learnt, self._bytes = self._learnt, {}, 0
        return learnt


def _save(connection: Connection, learnt: dict[str, list[bytes]], now: datetime) -> None:
    """Add what was learnt to what the ledger holds by now; other collectors may have written meanwhile."""
    for site, stories in sorted(learnt.items()):
        lines = site_blocks.load(connection, site)
        for traits in stories:
            lines.learn(unpack_traits(traits))
        site_blocks.save(connection, site, lines, now)
