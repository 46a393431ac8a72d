"""All scenarios of one system at once: each round serves every scenario that wants one at its time."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from bench.polling.certificate import self_signed
from bench.polling.origin import Origin
from bench.polling.scenes import Ask, Need, NotHeld, Play, Rule, Scene, Visit, World, beginning

ALLOWED = "127.66.0.0/16"
"""Where scenarios have the hosts that may be asked; ``inside`` lies elsewhere."""

LOCALHOST = "127.0.0.1"
Word = Literal["held", "not held", "n/a"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one rule; ``seen`` says why it was not held, or why it makes no sense here."""

    rule: Rule
    word: Word
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One scenario's wish for a round."""

    scene: Scene
    ask: Ask


class System(Protocol):
    """A poller. ``lacks`` says why rules that need something make no sense for it."""

    name: str
    version: str
    lacks: Mapping[Need, str]
    exempt: Mapping[str, str]
    """Rules by name that it has no way to express, and why."""

    def round(self, world: World, wanted: Sequence[Wanted]) -> list[Visit]:
        """Poll what is due at the time that all of ``wanted`` have in common; a visit for each, in order."""
        ...


@contextmanager
def scenes_for(rules: Sequence[Rule]) -> Iterator[dict[str, Scene]]:
    """Hosts for each rule, on one running origin."""
    numbers = range(1, len(rules) + 1)
    if len(rules) > 250:
        raise ValueError("more rules than hosts")
    hosts = [f"127.{net}.{number}.{host}" for number in numbers for net, host in ((66, 1), (66, 2), (99, 1))]
    hosts.append(LOCALHOST)
    with tempfile.TemporaryDirectory() as folder:
        origin = Origin(hosts, self_signed(Path(folder)))
    try:
        began = beginning()
        yield {
            rule.name: Scene(
                f"r{number}",
                *(origin.sites[f"127.{place}"] for place in (f"66.{number}.1", f"66.{number}.2", f"99.{number}.1")),
                origin.sites[LOCALHOST],
                began,
                "schedule" in rule.needs,
            )
            for number, rule in zip(numbers, rules, strict=True)
        }
    finally:
        origin.close()


def play(rules: Sequence[Rule], system: System, told: Callable[[str], None] = lambda _: None) -> list[Finding]:
    """Every rule's finding, in order."""
    found = {rule.name: Finding(rule, "n/a", why) for rule in rules if (why := _why_not(rule, system))}
    playable = [rule for rule in rules if rule.name not in found]
    with scenes_for(playable) as scenes:
        for world in sorted({rule.world for rule in playable}):
            told(f"{system.name}: {world}")
            found |= _play_world(world, [rule for rule in playable if rule.world == world], scenes, system)
    return [found[rule.name] for rule in rules]


def _why_not(rule: Rule, system: System) -> str | None:
    lacking = next((system.lacks[need] for need in sorted(rule.needs) if need in system.lacks), None)
    return system.exempt.get(rule.name) or lacking


@dataclass(slots=True)
class _Running:
    rule: Rule
    scene: Scene
    play: Play
    ask: Ask


def _play_world(world: World, rules: Sequence[Rule], scenes: Mapping[str, Scene], system: System) -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    running: list[_Running] = []
    for rule in rules:
        scene = scenes[rule.name]
        story = rule.scenario(scene)
        running.append(_Running(rule, scene, story, next(story)))
    while running:
        batch = _next_batch(running)
        visits = system.round(world, [Wanted(one.scene, one.ask) for one in batch])
        for one, visit in zip(batch, visits, strict=True):
            finding = _go_on(one, visit)
            if finding is not None:
                found[one.rule.name] = finding
                running.remove(one)
    return found


def _next_batch(running: Sequence[_Running]) -> list[_Running]:
    """Those who want the earliest round; one who wants it alone, or stopped, goes before the others."""
    at = min(one.ask.at for one in running)
    batch = [one for one in running if one.ask.at == at]
    single = next((one for one in batch if one.ask.alone or one.ask.stopped_at), None)
    return [single] if single else batch


def _go_on(one: _Running, visit: Visit) -> Finding | None:
    """Let the scenario look at its round; None while it wants another one."""
    if visit.trouble:
        one.play.close()
        return Finding(one.rule, "not held", visit.trouble)
    try:
        one.ask = one.play.send(visit)
    except StopIteration:
        return Finding(one.rule, "held")
    except NotHeld as reason:
        return Finding(one.rule, "not held", str(reason))
    return None
