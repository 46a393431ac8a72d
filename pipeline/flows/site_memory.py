"""What a round knows of the lines of sites as it starts, and what it learns of them for the next one."""

from pipeline.adapters.ledger import site_blocks
from pipeline.adapters.ledger.database import Connection, Ledger
from pipeline.flows.clock import Clock
from pipeline.flows.profile import during
from pipeline.flows.recorder import Note, Recorder
from pipeline.stages.clean import NOTHING_FAMILIAR, Familiar, Trait, site_of
from pipeline.stages.clean.site_lines import pack_traits, unpack_traits

MOST_LEARNT = 50
"""Stories of one site that one round learns from."""


class SiteMemory:
    """Read a site at a time, when its first page comes; written once, when the round ends.

    What a round learns is not used before the next one, so the order in which pages come changes no text. A round that
    is killed has learnt nothing, which costs nothing but a little knowledge.
    """

    def __init__(self) -> None:
        self._familiar: dict[str, Familiar] = {}
        self._learnt: dict[str, list[bytes]] = {}

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

    def learn(self, url: str, traits: tuple[Trait, ...]) -> None:
        """A new story of this site has these lines."""
        stories = self._learnt.setdefault(site_of(url), [])
        if traits and len(stories) < MOST_LEARNT:
            stories.append(pack_traits(traits))

    def save(self, connection: Connection, clock: Clock) -> None:
        """Add what was learnt to what the ledger holds by now; other collectors may have written meanwhile."""
        for site, stories in sorted(self._learnt.items()):
            if site and stories:
                lines = site_blocks.load(connection, site)
                for traits in stories:
                    lines.learn(unpack_traits(traits))
                site_blocks.save(connection, site, lines, clock())
