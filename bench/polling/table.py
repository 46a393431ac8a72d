"""The table of rules held: for a terminal, as JSON, as Markdown."""

import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.polling.play import Finding
from bench.polling.scenes import Rule

Findings = Mapping[str, Sequence[Finding]]
MARKS = {"held": "[green]yes[/green]", "not held": "[red]no[/red]", "n/a": "[dim]n/a[/dim]"}
PLAIN = {"held": "yes", "not held": "**no**", "n/a": "n/a"}


def show(rules: Sequence[Rule], findings: Findings, versions: Mapping[str, str]) -> None:
    """Print the table, then why each rule that was not held was not."""
    console = Console(width=None if Console().is_terminal else 160)
    table = Table("area", "rule", *(f"{name} {versions[name]}" for name in findings), show_lines=False)
    for place, entered in enumerate(rules):
        marks = [MARKS[findings[name][place].word] for name in findings]
        table.add_row(entered.area, f"{entered.name}\n[dim]{entered.text}[/dim]", *marks)
    table.add_section()
    table.add_row("", "held", *(_sum(findings[name]) for name in findings))
    console.print(table)
    for name, found in findings.items():
        for finding in found:
            if finding.word == "not held":
                console.print(f"{name}: {finding.rule.name}: {finding.seen}", markup=False)


def _sum(found: Sequence[Finding]) -> str:
    asked = [finding for finding in found if finding.word != "n/a"]
    return f"{sum(finding.word == 'held' for finding in asked)} of {len(asked)}"


def as_json(rules: Sequence[Rule], findings: Findings, versions: Mapping[str, str]) -> str:
    """One object: the systems with their versions and sums, and for each rule what each of them did."""
    return json.dumps(
        {
            "systems": [
                {
                    "name": name,
                    "version": versions[name],
                    **{word: sum(f.word == word for f in found) for word in ("held", "not held", "n/a")},
                }
                for name, found in findings.items()
            ],
            "rules": [
                {
                    "area": entered.area,
                    "name": entered.name,
                    "rule": entered.text,
                    "source": entered.source,
                    "systems": {
                        name: {"word": found[place].word, "seen": found[place].seen} for name, found in findings.items()
                    },
                }
                for place, entered in enumerate(rules)
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def as_markdown(rules: Sequence[Rule], findings: Findings, versions: Mapping[str, str]) -> str:
    """A table for each area, with sources, and one of the sums first."""
    names = list(findings)
    head = f"| rule | source | {' | '.join(names)} |\n| --- | --- |{' --- |' * len(names)}"
    lines = [
        f"| area | {' | '.join(f'{name} {versions[name]}' for name in names)} |",
        f"| --- |{' --- |' * len(names)}",
    ]
    areas = list(dict.fromkeys(entered.area for entered in rules))
    for area in [*areas, "all"]:
        sums = (_sum([f for f in findings[name] if area in (f.rule.area, "all")]) for name in names)
        lines.append(f"| {area} | {' | '.join(sums)} |")
    for area in areas:
        lines += ["", f"### {area.capitalize()}", "", head]
        lines += [_row(entered, place, findings) for place, entered in enumerate(rules) if entered.area == area]
    return "\n".join(lines)


def _row(entered: Rule, place: int, findings: Findings) -> str:
    words = " | ".join(PLAIN[found[place].word] for found in findings.values())
    return f"| {_cell(entered.text)} (`{entered.name}`) | {_cell(entered.source)} | {words} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
