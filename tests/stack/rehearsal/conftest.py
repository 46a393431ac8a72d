"""Says once, at the end, why there was no rehearsal."""

import pytest

from tests.stack.rehearsal.engine import missing


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any("rehearse_stack.py" in report.nodeid for report in skipped):
        terminalreporter.write_line(f"the stack cannot be rehearsed here: {missing()}")
