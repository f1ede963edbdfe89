"""The cases' expressions are read by an allow-list: what is not on it has no value and does nothing."""

import pytest

from tests.conformance.expressions import EvaluationError, Evaluator, Event

EVALUATOR = Evaluator(
    {"Var1": 1, "Var2": [1, 2], "table": {"key": "x"}, "_event": Event("go", "internal", {"a": 3})},
    {"s1"}.__contains__,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Var1 + 1", 2),
        ("Var2 + ['4']", [1, 2, "4"]),
        ("Var1 == 1 and not Var1 < 1", True),
        ("false or Var2[1] == 2", True),
        ("In('s1')", True),
        ("In('s2')", False),
        ("_event.data.a", 3),
        ("_event.data.get('b')", None),
        ("_event.sendid is None", True),
        ("hasattr(_event, 'name')", True),
        ("table['key'] in 'xyz'", True),
    ],
)
def test_what_is_read(text: str, value: object) -> None:
    assert EVALUATOR.value(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getpid()",
        "().__class__",
        "_event.__class__",
        "Var2.append(3)",
        "lambda: 1",
        "[x for x in Var2]",
        "f'{Var1}'",
        "print(1)",
        "Var3",
        "1 = 1",
        "return",
        "1 + 'a'",
        "Var2[7]",
        "1 < Var1 < 3",
        "",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError):
        EVALUATOR.value(text)


def test_scripts_are_assignments_to_variables() -> None:
    assert EVALUATOR.assignments("Var1 = 5\nVar1 += 1") == [("Var1", 5), ("Var1", 2)]
    for script in ("import os", "table['key'] = 1", "def f(): pass", "Var1 -"):
        with pytest.raises(EvaluationError):
            EVALUATOR.assignments(script)
