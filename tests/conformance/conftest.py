"""Print how many of the W3C's cases passed."""

import pytest

from tests.conformance import cases


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, where cases were run: a count that silently shrank would look like a success."""
    passed = {"mandatory": 0, "optional": 0}
    for report in terminalreporter.getreports("passed"):
        for kind in passed:
            passed[kind] += f"test_w3c.py::test_{kind}_case[" in report.nodeid
    if any(passed.values()):
        contradicted = ", ".join(cases.CONTRADICTED)
        terminalreporter.write_line(
            f"W3C SCXML: {passed['mandatory']} of {cases.MANDATORY} mandatory cases without invoke passed "
            f"(contradicted by the recommendation: {contradicted}), {passed['optional']} optional ones"
        )
