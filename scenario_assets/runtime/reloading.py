"""Going on in another version of a scenario: a run's state carried over by names.

What has a name keeps it: nodes by their paths, signals, states, actors, choices by their ids. What has none is known
by where it stands and by its words: a rule, a cue, a condition of its node; a rule or cue that was reworded, by where
it leads, whether it waits or repeats. Of several alike, the first is the first. Deadlines that were set stay as they
were set. What is new counts from now.
"""

import heapq
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from scenario_assets.language.guard_tree import print_guard
from scenario_assets.runtime.actors import Body
from scenario_assets.runtime.chart import HISTORY, Kind
from scenario_assets.runtime.draws import Stream, drawn_variants
from scenario_assets.runtime.dynamics import Cause
from scenario_assets.runtime.effects import StateCause
from scenario_assets.runtime.program import Program, Watch
from scenario_assets.runtime.run import Run, Wake

#: Why a state stops changing for the tick that it takes its drives to be looked at again.
RELOADED = "reloaded"

#: A thing without a name, by its words, and by what it is like when those have changed.
Kinds = tuple[Hashable, Hashable]

K = TypeVar("K", bound=Hashable)
T = TypeVar("T", bound=Hashable)


def unfit(old: Run, program: Program) -> tuple[str, ...]:
    """What is active or pending in ``old`` and not there in ``program``, in words; none if the run can go on in it."""
    return _Carrier(old, program).missing()


def carried(old: Run, program: Program) -> Run:
    """A run of ``program`` that goes on where ``old`` stands; what follows from that is in its ``out``.

    You must have made sure that nothing is ``unfit``, and that the scenario has not ended.
    """
    return _Carrier(old, program).carry()


class _Carrier:
    def __init__(self, old: Run, program: Program) -> None:
        self.old = old
        self.new = Run(program, old.seeds.session)
        before, after = old.program, program
        self.states = _pairs(_states(before), _states(after))
        self.rules = _matched(_rules(before), _rules(after))
        self.cues = _matched(_cues(before), _cues(after))
        self.reflexes = _pairs(_reflexes(before), _reflexes(after))
        self.held = _pairs(_watches(before.held), _watches(after.held))
        self.recent = _pairs(_watches(before.recent), _watches(after.recent))

    # -- what fits ---

    def missing(self) -> tuple[str, ...]:
        """Active nodes and pending timers that the new version does not have."""
        old, chart = self.old, self.old.program.chart
        nodes = [
            f"{'node' if old.program.seats[state] is not None else 'region'} {chart.states[state].id}"
            for state in sorted(old.memory.active)
            if state not in self.states
        ]
        timers = (self._lacking(wake) for wake in sorted(old.wakes))
        return (*nodes, *dict.fromkeys(timer for timer in timers if timer is not None))

    def _lacking(self, wake: Wake) -> str | None:
        _, _, kind, number, detail, _ = wake
        old = self.old
        if kind == "walk":
            body = list(old.cast.bodies.values())[number]
            gone = body.moves == detail and body.id not in self.new.cast.bodies
            return f"actor {body.id}, who is walking" if gone else None
        if kind == "limit" or not self._pending(wake) or number not in self.states:
            return None
        node = old.program.chart.states[number].id
        if kind == "cue":
            return None if (number, detail) in self.cues else f"a cue of {node}"
        rule = old.program.rules[detail]
        return None if detail in self.rules or rule.delay is None else f"timer of {rule.id} ({rule.text})"

    def _pending(self, wake: Wake) -> bool:
        """Whether the node that set it has not been left since."""
        _, _, _, number, _, entry = wake
        return number in self.old.memory.active and self.old.streams[number].entry == entry

    # -- carrying over ---

    def carry(self) -> Run:
        old, new = self.old, self.new
        new.memory.now = old.memory.now
        new.wake_count = old.wake_count
        self._configuration()
        self._memory()
        self._chance()
        self._timers()
        self._people()
        self._tables()
        self._arm_what_is_new()
        self._enter_what_is_new()
        self._look_at_drives_again()
        new.replan()
        new.offer()
        return new

    def _configuration(self) -> None:
        old, new = self.old.machine, self.new.machine
        new.running = old.running
        for event in old.waiting:
            new.raise_event(event)
        new.configuration.update(self.states[state] for state in old.configuration)
        for state, active in old.history.items():
            to = self.states.get(state)
            there = [self.states[each] for each in active if each in self.states]
            same = to is not None and new.chart.states[to].kind is old.chart.states[state].kind
            if to is not None and same and len(there) == len(active):
                new.history[to] = tuple(there)

    def _memory(self) -> None:
        old, new, now = self.old.memory, self.new.memory, self.old.memory.now
        before, after = self.old.program, self.new.program
        for name, slot in after.signals.items():
            if name in before.signals:
                new.signals[slot] = old.signals[before.signals[name]]
        for slot in range(len(new.held)):
            new.held_false[slot] = now
        for slot, to in self.held.items():
            new.held[to], new.held_false[to] = old.held[slot], old.held_false[slot]
            new.held_unknown[to] = old.held_unknown[slot]
        for slot, to in self.recent.items():
            new.recent[to], new.recent_true[to] = old.recent[slot], old.recent_true[slot]
            new.recent_unknown[to] = old.recent_unknown[slot]
        for rule, to in self.rules.items():
            new.deadlines[to] = old.deadlines[rule]

    def _chance(self) -> None:
        """What was drawn, as far as it can still be; what is new is drawn as at the start."""
        old, new = self.old, self.new
        scenario = new.program.scenario
        for name, options in scenario.facts.items():
            known = [option.node for option in options]
            drawn = Stream(new.seeds, "facts", name).one_of([option.weight for option in options])
            before = old.memory.facts.get(name)
            new.memory.facts[name] = before if before in known else known[drawn]
        new.memory.variants = drawn_variants(scenario, new.seeds.session)
        for name, variant in old.memory.variants.items():
            if name in new.memory.variants and variant in scenario.actors[name].variants:
                new.memory.variants[name] = variant
        for state, to in self.states.items():
            new.streams[to].entry, new.streams[to].count = old.streams[state].entry, old.streams[state].count
        values = dict(zip(old.program.scenario.dynamics, old.memory.states, strict=True))
        for index, (name, dynamic) in enumerate(scenario.dynamics.items()):
            low, high = dynamic.range
            value = values[name] if name in values else Stream(new.seeds, "dynamics", name).within(dynamic.initial)
            new.memory.states[index] = min(max(value, low), high)

    def _timers(self) -> None:
        for wake in self.old.wakes:
            due, order, kind, number, detail, entry = wake
            if kind == "limit":
                heapq.heappush(self.new.wakes, wake)
            elif kind == "walk":
                body = list(self.old.cast.bodies)[number]
                if body in self.new.cast.bodies:
                    index = list(self.new.cast.bodies).index(body)
                    heapq.heappush(self.new.wakes, (due, order, kind, index, detail, entry))
            elif self._pending(wake):
                if kind == "cue":
                    to = self.cues[number, detail][1]
                elif detail in self.rules:
                    to = self.rules[detail]
                else:
                    continue  # a rule without a wait that was just let go, and is no more
                heapq.heappush(self.new.wakes, (due, order, kind, self.states[number], to, entry))

    def _people(self) -> None:
        old, new = self.old.cast, self.new.cast
        for name, body in new.bodies.items():
            if name in old.bodies:
                _stand(body, old.bodies[name], new.bodies)
            elif body.present:
                self.new.out.append(new.told(name))
        scenario = self.new.program.scenario
        new.busy_until = {name: until for name, until in old.busy_until.items() if name in scenario.actors}
        new.said = {line: count for line, count in old.said.items() if line in scenario.lines}
        new.last_line = {
            name: line for name, line in old.last_line.items() if name in scenario.actors and line in scenario.lines
        }

    def _tables(self) -> None:
        old, new = self.old, self.new
        scenario = new.program.scenario
        for reflex, to in self.reflexes.items():
            new.reflex_fired[to], new.reflex_count[to] = old.reflex_fired[reflex], old.reflex_count[reflex]
        new.input_count = dict(old.input_count)
        new.radio = {request: status for request, status in old.radio.items() if request in scenario.radio}
        new.used = {name for name in old.used if name in scenario.choices}
        new.stale = {name for name in old.stale if name in scenario.signals}
        new.holding = {self.rules[rule] for rule in old.holding if rule in self.rules}
        new.offered = old.offered

    def _arm_what_is_new(self) -> None:
        """Timers and cues that an active node did not have before run from now on."""
        carried_rules, carried_cues = set(self.rules.values()), set(self.cues.values())
        for state in sorted(self.new.memory.active):
            seat = self.new.program.seats[state]
            if seat is not None:
                self.new.arm(
                    seat,
                    rules=[index for index in seat.rules if index not in carried_rules],
                    cues=[number for number in range(len(seat.cues)) if (state, number) not in carried_cues],
                )

    def _enter_what_is_new(self) -> None:
        """Enter regions that were not there, and the inner nodes that an active node has got."""
        new, chart = self.new, self.new.program.chart
        for state in [*sorted(new.machine.configuration), *new.program.regions.values()]:
            inside = (state < other <= chart.states[state].last for other in new.machine.configuration)
            if chart.states[state].kind is Kind.COMPOUND and not any(inside):
                for entered in _default(new.program, state):
                    if entered not in new.machine.configuration:
                        new.machine.configuration.add(entered)
                        new.entering(entered)

    def _look_at_drives_again(self) -> None:
        """Their rates and conditions may be others: what works is found by the next tick, and told then."""
        old, new = self.old, self.new
        causes = dict(zip(old.program.scenario.dynamics, old.dynamics.causes, strict=True))
        now = new.memory.now
        for index, name in enumerate(new.program.scenario.dynamics):
            cause = causes.get(name, Cause("start", 0.0, now))
            if cause.rate:
                cause = Cause(RELOADED, 0.0, now)
                new.out.append(StateCause(now, name, RELOADED, 0.0, round(new.memory.states[index], 6)))
            new.dynamics.causes[index] = cause


def _stand(body: Body, before: Body, bodies: Mapping[str, Body]) -> None:
    """Let somebody be where they were; whom they faced may be gone."""
    for name in Body.__slots__:
        if name not in ("id", "eyes"):
            setattr(body, name, getattr(before, name))
    if body.facing not in (None, "trainee", "ahead") and body.facing not in bodies:
        body.facing = "ahead"


def _default(program: Program, state: int) -> list[int]:
    """What is entered with a compound state: the state, and down to where it starts."""
    entered = [state]
    while program.chart.states[entered[-1]].kind is Kind.COMPOUND:
        (target,) = program.chart.transitions[program.chart.states[entered[-1]].initial].targets
        if program.chart.states[target].kind in HISTORY:
            target = program.chart.states[target].parent
        entered.append(target)
    return entered


# --- names -----------------------------------------------------------------------------------------------------------


def _numbered(kinds: Iterable[K]) -> dict[tuple[K, int], int]:
    """Each thing of a sequence by its kind and how many alike come before it."""
    found: dict[tuple[K, int], int] = {}
    seen: Counter[K] = Counter()
    for index, kind in enumerate(kinds):
        found[kind, seen[kind]] = index
        seen[kind] += 1
    return found


def _pairs(before: Mapping[K, T], after: Mapping[K, T]) -> dict[T, T]:
    """What was so called, and what is now."""
    return {thing: after[name] for name, thing in before.items() if name in after}


def _matched(before: Mapping[T, Kinds], after: Mapping[T, Kinds]) -> dict[T, T]:
    """Pair things of the same words first, then those that are left by what they are like."""
    found: dict[T, T] = {}
    for kind in (0, 1):
        taken = set(found.values())
        left = [thing for thing in before if thing not in found]
        free = [thing for thing in after if thing not in taken]
        old, new = _numbered(before[thing][kind] for thing in left), _numbered(after[thing][kind] for thing in free)
        found |= {left[index]: free[to] for index, to in _pairs(old, new).items()}
    return found


def _states(program: Program) -> dict[str, int]:
    # The first two have no name of their own: the root, and what holds the regions.
    return {state.id if state.index > 1 else f"#{state.index}": state.index for state in program.chart.states}


def _rules(program: Program) -> dict[int, Kinds]:
    found: dict[int, Kinds] = {}
    for rule in program.rules:
        place = (rule.region, rule.source, rule.targets)
        found[rule.index] = (*place, rule.text), (*place, rule.delay is not None)
    return found


def _cues(program: Program) -> dict[tuple[int, int], Kinds]:
    found: dict[tuple[int, int], Kinds] = {}
    for seat in filter(None, program.seats):
        for number, rule in enumerate(seat.cues):
            place = (seat.region, seat.path)
            found[seat.state, number] = (*place, repr(rule.cue)), (*place, rule.cue.at is not None)
    return found


def _watches(watches: Iterable[Watch]) -> dict[tuple[str, int], int]:
    return _numbered(watch.name for watch in watches)


def _reflexes(program: Program) -> dict[tuple[Hashable, int], int]:
    return _numbered(
        (rule.region, rule.path, rule.reflex.label, print_guard(rule.reflex.when.tree)) for rule in program.reflexes
    )
