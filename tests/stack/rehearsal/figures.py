"""What a rehearsal measures: told at once, and all of it again at the end."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figures:
    """Name → value with its unit."""

    found: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, value: str) -> None:
        self.found[name] = value
        self.tell(f"{name}: {value}")

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Of something that takes minutes, so it is announced too."""
        self.tell(f"{name} …")
        start = time.monotonic()
        yield
        self.note(name, f"{time.monotonic() - start:.0f} s")

    def tell(self, line: str) -> None:
        sys.stderr.write(f"\n  {line}")
        sys.stderr.flush()

    def tell_all(self) -> None:
        sys.stderr.write("\n\n" + "".join(f"{name}: {value}\n" for name, value in self.found.items()))
