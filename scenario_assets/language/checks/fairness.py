"""Who somebody appears to be must not change what happens (S084).

A scenario may let the same person look older, or be somebody else, by variants, so that trainees meet everybody. If
such a variant, or a fact with the same meaning, also decided what the person does, the scenario would teach that it
does, and grade trainees by it. Words and poses may differ: a name is said, a voice sounds another way.
"""

from collections.abc import Iterator

from scenario_assets.language.behaviour import Cue, Do, Reflex
from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Severity
from scenario_assets.language.guard_tree import FactIs, VariantIs, atoms
from scenario_assets.language.paths import places
from scenario_assets.language.reader import Reader
from scenario_assets.language.uses import Condition, conditions, reactions

#: What a fact is about when its name has one of these words: protected characteristics as others see or hear them.
#: What somebody can bear, hear or understand is not among them; that rightly changes what happens.
_ABOUT = frozenset(
    ("race", "ethnicity", "ethnic", "skin", "complexion", "sex", "gender", "age", "religion", "faith", "nationality",
     "citizenship", "accent", "appearance", "looks")
)  # fmt: skip
#: What a value means, whatever the fact is called.
_VALUES = frozenset(
    ("male", "female", "transgender", "nonbinary", "gay", "lesbian", "elderly", "teenager", "asian", "latino", "latina",
     "hispanic", "arab", "roma", "indigenous", "muslim", "jewish", "christian", "hindu", "sikh", "immigrant", "migrant",
     "refugee", "foreigner")
)  # fmt: skip
#: Words of the same kind that often mean something else: a white van, an old wound.
_DOUBTFUL = frozenset(("man", "woman", "boy", "girl", "black", "white", "brown", "young", "old", "wheelchair"))

_WHY = "what happens must not depend on it, only words and poses may"


def check_fairness(scenario: Scenario, reader: Reader) -> None:
    """Report guards that make more depend on looks than words and poses."""
    harmless = _harmless(scenario)
    suspects = {name: found for name in scenario.facts if (found := _suspected(scenario, name)) is not None}
    for use in conditions(scenario):
        if id(use.guard) in harmless:
            continue
        for atom in dict.fromkeys(atoms(use.guard.tree)):
            if isinstance(atom, VariantIs):
                message = f"variant({atom.actor}, {atom.name}) is who {atom.actor} appears to be; {_WHY}"
                _report(reader, use, message, "error")
            elif isinstance(atom, FactIs) and atom.name in suspects:
                word, severity = suspects[atom.name]
                message = f"fact {atom.name} is about who somebody is ({word!r}); {_WHY}"
                _report(reader, use, message, severity)


def _report(reader: Reader, use: Condition, message: str, severity: Severity) -> None:
    reader.fault("S084", reader.place(use.guard), f"{use.what}: {message}", severity)


def _suspected(scenario: Scenario, fact: str) -> tuple[str, Severity] | None:
    """The word that tells what a fact is about, and whether it is sure."""
    about = sorted(_words(fact) & _ABOUT)
    values = {word for option in scenario.facts[fact] for word in _words(option.node)}
    sure = [*about, *sorted(values & _VALUES)]
    if sure:
        return sure[0], "error"
    doubtful = sorted(values & _DOUBTFUL)
    return (doubtful[0], "warning") if doubtful else None


def _words(name: str) -> set[str]:
    return set(name.lower().split("_"))


def _harmless(scenario: Scenario) -> set[int]:
    """The ids of guards on which nothing depends but words and poses."""
    return {id(guard) for deed in _conditional(scenario) if _shows_only(deed) for guard in _guards(deed)}


def _conditional(scenario: Scenario) -> Iterator[Cue | Reflex]:
    yield from reactions(scenario)
    for place in places(scenario):
        yield from place.node.cues


def _guards(deed: Cue | Reflex) -> Iterator[object]:
    yield deed.when
    if isinstance(deed, Cue):
        yield deed.unless


def _shows_only(deed: Do) -> bool:
    return not (deed.add or deed.place or deed.leave or deed.move or deed.radio or deed.goto or deed.emit)
