"""The conformance bench of polling: rules held, as a table.

    python -m bench.polling [--only WORD ...] [--peers PYTHON [--peer NAME]] [--json | --markdown]

Serves all hosts itself, on loopback; time is injected. Linux only. Exit status 1 where Sitrep does not hold a rule.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import bench.polling.rules  # noqa: F401 — enters the rules
from bench.polling.peer import PEERS, Peer
from bench.polling.play import System, play
from bench.polling.scenes import RULES, Rule
from bench.polling.sitrep import Sitrep
from bench.polling.table import as_json, as_markdown, show


def main() -> int:
    options = _options()
    rules = [rule for rule in RULES if _wanted(rule, options.only)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        systems: list[System] = [Sitrep(Path(folder)), *_peers(options, ending)]
        findings = {system.name: play(rules, system, _tell) for system in systems}
    versions = {system.name: system.version for system in systems}
    if options.json or options.markdown:
        print((as_json if options.json else as_markdown)(rules, findings, versions))
    else:
        show(rules, findings, versions)
    return 0 if all(finding.word == "held" for finding in findings["Sitrep"]) else 1


def _peers(options: argparse.Namespace, ending: ExitStack) -> list[Peer]:
    kinds = [kind for kind in PEERS if options.peer in (None, kind.name)]
    peers = [Peer(kind, options.peers.absolute()) for kind in kinds] if options.peers else []
    for peer in peers:
        ending.callback(peer.close)
    return peers


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _wanted(rule: Rule, words: list[str]) -> bool:
    return not words or any(word in (rule.area, rule.name, rule.world) for word in words)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], help="rules, areas or worlds by name")
    parser.add_argument("--peers", type=Path, help="interpreter of an environment with requirements.txt: run peers too")
    parser.add_argument("--peer", choices=[kind.name for kind in PEERS], help="of the peers only this one")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--markdown", action="store_true", help="print the tables of docs/polling.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
