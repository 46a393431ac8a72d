"""What a topic is: the operator's file as a frozen record.

Loaded by ``pipeline.config.topics``, applied by the tag stage.
"""

import hashlib
from dataclasses import dataclass, field

Line = tuple[tuple[str, float], ...]
"""Names of groups, each with how well it stands for the line: above 0, up to 1."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A story as it looks when it is on topic."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class PhraseGroup:
    """Names and words that mean the same to the topic. ``weight`` counts for the groups that speak against it."""

    name: str
    phrases: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Weighing:
    """A logistic regression over the tag stage's signals."""

    bias: float
    weights: tuple[tuple[str, float], ...]
    """Names of signals, each with its weight."""


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt from labelled stories: how to weigh a short text and a long one; one between them gets a mean."""

    short: Weighing
    long: Weighing


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's rules. Two topics are equal when id and digest are."""

    id: str
    name: str = field(compare=False)
    description: str = field(compare=False)
    threshold: float = field(compare=False)
    """A story whose score reaches it is tagged; between 0 and 1."""
    references: tuple[Reference, ...] = field(compare=False)
    groups: tuple[PhraseGroup, ...] = field(compare=False)
    subject: Line = field(compare=False)
    """What sets the topic apart from its neighbours; a story without it is never tagged."""
    together: tuple[Line, ...] = field(compare=False)
    """Further lines; each must be met by one of its groups."""
    against: tuple[PhraseGroup, ...] = field(compare=False)
    model: Model | None = field(default=None, compare=False)
    """None: nobody has labelled stories for this topic; it is judged by the weights that all topics share."""
    digest: str = field(init=False)
    """Changes with every rule above, and only then: 16 hexadecimal digits."""

    def __post_init__(self) -> None:
        rules = (
            self.name,
            self.description,
            self.threshold,
            self.references,
            self.groups,
            self.subject,
            self.together,
            self.against,
            self.model,
        )
        object.__setattr__(self, "digest", hashlib.sha256(repr(rules).encode()).hexdigest()[:16])
