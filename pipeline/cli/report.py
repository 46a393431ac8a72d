"""A round's report for people."""

from pipeline.cli.console import iso
from pipeline.model import Problem, RunReport

SHOWN_PROBLEMS = 20


def show_report(report: RunReport) -> None:
    """Print the sums and the first problems to standard output."""
    print(f"Round {report.run_id}, now {iso(report.now)}, {report.seconds:.1f} s")
    for name in ("feeds", "entries", "retried", "stories"):
        counts = getattr(report, name)
        print(f"  {name:<8} " + "  ".join(f"{what.replace('_', ' ')} {count}" for what, count in counts.items()))
    print("  balanced " + ("yes" if report.balanced else "NO: outcomes do not add up to what was seen"))
    if report.problems:
        print(f"  problems {len(report.problems)}")
        for problem in report.problems[:SHOWN_PROBLEMS]:
            print("    " + _line(problem))
        if len(report.problems) > SHOWN_PROBLEMS:
            print(f"    … and {len(report.problems) - SHOWN_PROBLEMS} more (--json shows all)")


def _line(problem: Problem) -> str:
    again = f", again {iso(problem.retry_at)}" if problem.retry_at else ""
    return f"{problem.kind} {problem.detail}{again}: {problem.feed or '-'} {problem.url or ''}".rstrip()
