"""The production step algorithm judged by the W3C's own cases for SCXML 1.0.

Of the 125 mandatory cases that need no ``invoke``, 124 pass; test198 contradicts the recommendation's own
sentence and test352 (``cases.CONTRADICTED``). Of the 33 optional cases 17 are run, and pass: 193, 278, 444, 445,
448, 449, 451, 456, 457, 460, 557, 558, 560, 561, 562, 569, 578; twelve of the others need the HTTP processor, four
ECMAScript or definitions of functions (``cases.LEFT_OUT``). The adapter
translates documents, executes their content and evaluates their expressions; states are selected, left and
entered by ``scenario_assets.runtime.statechart`` alone, which ``test_mutations.py`` proves.
"""

import pytest
from _pytest.mark.structures import ParameterSet

from tests.conformance.cases import CONTRADICTED, FOLDER_VARIABLE, LEFT_OUT, MANDATORY, OPTIONAL, Case, cases, folder

ABSENT = f"the W3C's SCXML cases are not there; {FOLDER_VARIABLE} can name their folder"
MANDATORY_CASES = cases("mandatory")
OPTIONAL_CASES = [case for case in cases("optional") if case.id not in LEFT_OUT]


def _parameters(found: list[Case]) -> list[ParameterSet]:
    """The cases; a contradicted one must fail, or else the reason for excluding it is gone."""
    if folder() is None:
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=ABSENT))]
    return [pytest.param(case, id=case.id, marks=_marks(case.id)) for case in found]


def _marks(case: str) -> list[pytest.MarkDecorator]:
    if case not in CONTRADICTED:
        return []
    return [pytest.mark.xfail(raises=AssertionError, reason=CONTRADICTED[case], strict=True)]


@pytest.mark.skipif(folder() is None, reason=ABSENT)
def test_all_cases_are_there() -> None:
    assert len(MANDATORY_CASES) == MANDATORY
    assert {case.id for case in MANDATORY_CASES} >= set(CONTRADICTED)
    assert len(OPTIONAL_CASES) + len(LEFT_OUT) == OPTIONAL
    assert {case.id for case in cases("optional")} >= set(LEFT_OUT)


@pytest.mark.parametrize("case", _parameters(MANDATORY_CASES))
def test_mandatory_case(case: Case) -> None:
    assert case.run() == "pass"


@pytest.mark.parametrize("case", _parameters(OPTIONAL_CASES))
def test_optional_case(case: Case) -> None:
    assert case.run() == "pass"
