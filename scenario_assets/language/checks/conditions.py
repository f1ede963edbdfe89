"""Guards held against the scenario they stand in.

Names and units (S001, S023), never true (S020), always true (S021), longer than the node (S022).
"""

from collections.abc import Collection, Mapping

from scenario_assets.language.checks.shadows import check_shadows
from scenario_assets.language.document import Scenario
from scenario_assets.language.entailment import always
from scenario_assets.language.faults import Severity, unknown
from scenario_assets.language.guard_tree import (
    Atom,
    Between,
    Compare,
    FactIs,
    Flag,
    Happened,
    Held,
    InNode,
    Tree,
    VariantIs,
    atoms,
    print_guard,
)
from scenario_assets.language.intervals import Ranges, held_parts, possible
from scenario_assets.language.paths import places
from scenario_assets.language.reader import UNREAD_GUARD, Reader
from scenario_assets.language.units import EXAMPLES, UNITS, Quantity
from scenario_assets.language.uses import EMITTING, Condition, conditions, emitted


def check_conditions(scenario: Scenario, reader: Reader) -> None:
    """Report every guard that names the unknown, mixes units, or cannot make a difference."""
    check = _Check(scenario, reader)
    ranges = Ranges(scenario)
    sound: list[Condition] = []
    for use in conditions(scenario):
        if use.guard is not UNREAD_GUARD and check.atoms(use):
            sound.append(use)
            check.possible(use, ranges)
            check.lasting(use)
    check_shadows(scenario, reader, ranges, sound={id(use.guard) for use in sound})


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self.happenings: Mapping[str, Collection[str]] = {
            "choice": scenario.choices,
            "act": scenario.acts,
            "radio": scenario.radio,
            "said": scenario.said,
            "inject": scenario.injects,
            "event": emitted(scenario),
        }
        self.nodes = {place.full for place in places(scenario)}
        self._nodes_read = reader.sound(scenario, "regions")
        self._all_emitted = reader.sound(scenario, *EMITTING)
        self._doubtful = False

    def fault(self, use: Condition, code: str, message: str, severity: Severity = "error") -> None:
        self.reader.fault(code, self.reader.place(use.guard), f"{use.what}: {message}", severity)

    def atoms(self, use: Condition) -> bool:
        """Report the leaves that make no sense; whether all do, and what they read could be read."""
        before = len(self.reader.faults)
        self._doubtful = False
        for atom in atoms(use.guard.tree):
            self._atom(use, atom)
        return len(self.reader.faults) == before and not self._doubtful

    def _atom(self, use: Condition, atom: Atom) -> None:
        match atom:
            case Compare(name, _, value):
                self._number(use, name, value)
            case Between(name, low, high):
                self._number(use, name, low)
                self._number(use, name, high)
                if low.dimension == high.dimension and low.base > high.base:
                    self.fault(use, "S070", f"[{low}, {high}]: the lower bound comes first")
            case Flag(name):
                self._flag(use, name)
            case Happened(kind, name):
                self._known(use, kind, name, self.happenings[kind], read=kind != "event" or self._all_emitted)
            case InNode(path):
                self._known(use, "node (written region.node)", path, self.nodes, read=self._nodes_read)
            case FactIs(name, value):
                self._known(use, "fact", name, self.scenario.facts)
                if name in self.scenario.facts:
                    options = [option.node for option in self.scenario.facts[name]]
                    read = self.reader.sound(self.scenario.facts, name)
                    self._known(use, f"value of fact {name}", value, options, read=read)
            case VariantIs(actor, name):
                self._known(use, "actor", actor, self.scenario.actors)
                if actor in self.scenario.actors:
                    self._known(use, f"variant of {actor}", name, self.scenario.actors[actor].variants)

    def _known(self, use: Condition, what: str, name: str, names: Collection[str], *, read: bool = True) -> None:
        """Report a name that is not among these, unless some of them could not be ``read``."""
        if name in names:
            return
        if not (read and self.reader.sound(names)):
            self._doubtful = True
        elif not self.reader.full:
            self.fault(use, "S023", unknown(what, name, names))

    def _number(self, use: Condition, name: str, value: Quantity) -> None:
        tables = (self.scenario.signals, self.scenario.dynamics)
        if not all(self.reader.sound(table, name) for table in tables):
            self._doubtful = True
            return
        if name in self.scenario.dynamics:
            unit = ""
        elif name in self.scenario.signals and self.scenario.signals[name].type == "number":
            unit = self.scenario.signals[name].unit or ""
        elif name in self.scenario.signals:
            self.fault(
                use, "S001", f"{name} is true or false, it has no size; write `{name}` or `not {name}`"
            )
            return
        else:
            read = all(self.reader.sound(table) for table in tables)
            self._known(use, "signal or state", name, [*self.scenario.signals, *self.scenario.dynamics], read=read)
            return
        wanted = UNITS[unit][0]
        if value.dimension != wanted:
            found = f"a {value.dimension}" if value.unit else "a plain number"
            self.fault(
                use, "S001", f"{name} is a {wanted}, written {EXAMPLES[wanted]!r}, but {value} is {found}"
            )

    def _flag(self, use: Condition, name: str) -> None:
        signal = self.scenario.signals.get(name)
        if not self.reader.sound(self.scenario.signals, name):
            self._doubtful = True
            return
        if name in self.scenario.dynamics or (signal is not None and signal.type == "number"):
            self.fault(use, "S001", f"{name} is a number; compare it, such as `{name} >= 50`")
        elif signal is None:
            self._known(use, "signal", name, self.scenario.signals)

    def possible(self, use: Condition, ranges: Ranges) -> None:
        """S020, S021."""
        tree, here = use.guard.tree, ranges.inside(use.place)
        if not possible(tree, ranges, sampled=use.sampled, within=here):
            hint = ""
            if use.sampled and possible(tree, ranges, sampled=False, within=here):
                hint = "; what happens at an instant is not seen here, write `within` a time"
            self.fault(use, "S020", f"`{use.guard.text}` can never be true{hint}")
        elif not use.steady and always(tree, ranges, sampled=use.sampled, within=here):
            self.fault(use, "S021", f"`{use.guard.text}` is always true", "warning")

    def lasting(self, use: Condition) -> None:
        """S022: for longer than anybody stays in the node, or than the scenario lasts."""
        longest, what = self.scenario.limit.after, "the scenario's limit"
        if use.place is not None:
            for way in use.place.node.next:
                if not self.reader.sound(way):
                    continue
                if way.when is None and way.after is not None and way.after.high < longest:
                    longest, what = (
                        round(way.after.high),
                        f"the node's own `after {way.after.high / 1000:g} s`",
                    )
        for held in held_parts(use.guard.tree):
            if held.ms >= longest:
                self.fault(use, "S022", f"`{_shown(held)}` lasts at least as long as {what}")


def _shown(tree: Tree | Held) -> str:
    return print_guard(tree)
