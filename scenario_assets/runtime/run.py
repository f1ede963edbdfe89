"""The state of one running session, and what happens inside the statechart's steps.

``Run`` is the statechart's host: it says which transitions are enabled and does what nodes and transitions
order. ``Engine`` drives it through time.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable

from scenario_assets.language.behaviour import Do
from scenario_assets.language.values import Span
from scenario_assets.runtime.cast import Cast
from scenario_assets.runtime.draws import Seeds, Stream, drawn_variants
from scenario_assets.runtime.dynamics import Dynamics
from scenario_assets.runtime.effects import (
    Branch,
    Effect,
    Emitted,
    Offered,
    Outcome,
    Play,
    RadioChanged,
    Say,
    Scalar,
    SignalBack,
    SignalStale,
)
from scenario_assets.runtime.memory import NEVER, STEER, Event, Memory
from scenario_assets.runtime.program import Plan, Program, ReflexRule, Rule, Seat
from scenario_assets.runtime.statechart import Livelock, Machine

#: due ms, order of setting, kind (rule, cue, walk, limit), number, detail, entry count
Wake = tuple[int, int, str, int, int, int]
#: A rule that fires more often than this in one step of a livelock is part of the circle.
CIRCLING = 10
#: Why a region is somewhere, where no rule of the scenario's says so.
STEERED = "sent by the instructor"


class Run:
    """Everything that changes while a session runs."""

    def __init__(self, program: Program, seed: int) -> None:
        scenario = program.scenario
        self.program = program
        self.seeds = Seeds(scenario.seed, seed)
        self.memory = Memory(scenario, len(program.held), len(program.recent), len(program.rules))
        self.machine: Machine[Event] = Machine(program.chart, self)
        self.memory.active = self.machine.configuration
        self.cast = Cast(scenario, self.memory)
        self.dynamics = Dynamics(program.drives, self.memory)
        self.streams: list[Stream] = [
            Stream(self.seeds, seat.region if seat else "", seat.path if seat else "")
            for seat in program.seats
        ]
        self.wakes: list[Wake] = []
        self.wake_count = 0
        self.reflex_fired = [-NEVER] * len(program.reflexes)
        self.reflex_count = [0] * len(program.reflexes)
        self.input_count: dict[str, int] = {}
        self.radio: dict[str, str] = {}
        self.offered: tuple[str, ...] = ()
        self.conditions = 0  # conditions of what is offered as last found, as bits; 0 before any look
        self.used: set[str] = set()
        self.holding: set[int] = set()  # rules that an instructor keeps from firing, or that have run in a circle
        self._taken: Counter[int] = Counter()  # how often each rule fired in the present step
        self.stale: set[str] = set()  # signals that were known once and are not now
        self.outcome: str | None = None
        self.out: list[Effect] = []
        self.plan: Plan = program.plan(set())
        self._drawn = [-1] * len(program.rules)
        self._why: dict[int, Branch] = {}

    # -- beginning, settling ---

    def start(self) -> None:
        """Draw the facts, enter the initial nodes, set the limit."""
        scenario, memory = self.program.scenario, self.memory
        for name, options in scenario.facts.items():
            stream = Stream(self.seeds, "facts", name)
            memory.facts[name] = options[stream.one_of([option.weight for option in options])].node
        memory.variants = drawn_variants(scenario, self.seeds.session)
        for index, (name, dynamic) in enumerate(scenario.dynamics.items()):
            memory.states[index] = Stream(self.seeds, "dynamics", name).within(dynamic.initial)
        self._wake(scenario.limit.after, "limit", 0, 0, 0)
        self._step(self.machine.start)

    def handle(self, event: Event) -> None:
        """One macrostep for something that has happened."""
        self._step(lambda: self.machine.process(event))

    def settle(self) -> None:
        """One macrostep for what has changed by itself."""
        self._step(self.machine.settle)

    def _step(self, step: Callable[[], None]) -> None:
        self._taken.clear()
        try:
            step()
        except Livelock:
            self.out.append(Emitted(self.memory.now, "error.livelock"))
            self._stop_circling()
        self.memory.event = None
        self.replan()
        self.offer()

    def _stop_circling(self) -> None:
        """Hold the rules that circle, as an instructor would: left alone, they would fill the record tick after tick.

        No wake that a livelock has set comes before time goes on, and none of nodes it has left is kept.
        """
        self.holding.update(number for number, count in self._taken.items() if count > CIRCLING)
        # In place: whoever passes time looks at this very list.
        self.wakes[:] = [wake for wake in self.wakes if wake[2] != "rule" or self._lies_ahead(wake)]
        heapq.heapify(self.wakes)

    def _lies_ahead(self, wake: Wake) -> bool:
        due, _, _, number, _, entry = wake
        return due > self.memory.now and number in self.memory.active and self.streams[number].entry == entry

    def replan(self) -> None:
        """Look up what the present configuration watches."""
        self.plan = self.program.plan(self.machine.configuration)
        self.conditions = 0

    def offer(self) -> None:
        """Tell when the offered choices have changed."""
        offered = () if self.outcome is not None else tuple(filter(self._offers, self.plan.offers))
        if offered != self.offered:
            self.offered = offered
            self.out.append(Offered(self.memory.now, offered))

    def reconsider(self) -> None:
        """Look at the conditions of what is offered; cheap while none has changed."""
        mask = 1
        for test in self.plan.conditions:
            mask = mask << 1 | (test(self.memory) is True)
        if mask != self.conditions:
            self.conditions = mask
            self.offer()

    def _offers(self, name: str) -> bool:
        test = self.program.choice_tests.get(name)
        return name not in self.used and (test is None or test(self.memory) is True)

    def finish(self, outcome: str, node: str) -> None:
        """The scenario ends here."""
        if self.outcome is None:
            self.outcome = outcome
            self.machine.stop()
            self.out.append(Outcome(self.memory.now, outcome, node))

    # -- the statechart's host ---

    def received(self, event: Event) -> None:
        """Remember what has happened, and react to it."""
        memory = self.memory
        memory.event = event
        for slot, watch in self.program.held_moments:
            if watch.test(memory) is False:
                memory.held[slot] = False
        for slot, watch in self.program.recent_moments:
            if watch.test(memory):
                memory.recent_true[slot] = memory.now
        self.replan()
        for rule in self.plan.moments:
            self.reflex(rule)

    def enabled(self, transition: int, event: Event | None) -> bool:
        """Whether the rule holds and, of weighted targets, the draw is this one."""
        number, offset = self.program.rule_of[transition]
        if offset:  # the draw was made when the machine asked for the rule's first target
            return self._drawn[number] == offset
        rule, memory = self.program.rules[number], self.memory
        memory.event = event
        if (
            (rule.test is not None and rule.test(memory) is not True)
            or (rule.delay is not None and memory.now < memory.deadlines[number])
            or number in self.holding
        ):
            self._drawn[number] = -1
            return False
        drawn = self._drawn[number] = self.streams[rule.state].one_of(rule.weights)
        # Told now, while the nodes it is taken from are still active.
        self._why[number] = self._branch(rule, drawn)
        return drawn == 0

    def leaving(self, state: int) -> None:
        """Stop the node's timers and do what it orders on leaving."""
        seat = self.program.seats[state]
        if seat is None:
            return
        for index in seat.rules:
            self.memory.deadlines[index] = NEVER
        self.do(seat.node.leave, seat.path, self.streams[state])

    def taking(self, transition: int) -> None:
        """Say why, and do what the transition orders."""
        number, _ = self.program.rule_of[transition]
        if number < 0:
            return
        rule = self.program.rules[number]
        self._taken[number] += 1
        self.out.append(self._why.pop(number))
        self.do(rule.do, rule.label, self.streams[rule.state])

    def entering(self, state: int) -> None:
        """Set the node's timers and do what it orders on entering; an ending ends the scenario."""
        seat = self.program.seats[state]
        if seat is None:
            return
        self._enter(seat)
        if seat.node.media is not None:
            self.out.append(Play(self.memory.now, seat.region, seat.path, seat.node.media))
        self.do(seat.node.enter, seat.path, self.streams[state])
        if seat.node.end is not None:
            self.finish(seat.node.end, f"{seat.region}.{seat.path}")

    def done(self, state: int) -> None:
        """Nodes of the language have no final states; endings end the whole scenario."""

    def _enter(self, seat: Seat) -> None:
        self.streams[seat.state].enter()
        for slot in seat.held:
            self.memory.held[slot] = False
            self.memory.held_false[slot] = self.memory.now
        self.arm(seat, rules=seat.rules, cues=range(len(seat.cues)))

    def arm(self, seat: Seat, *, rules: Iterable[int], cues: Iterable[int]) -> None:
        """Set these timers and cues of a node, from now on."""
        stream, memory = self.streams[seat.state], self.memory
        for index in rules:
            delay = self.program.rules[index].delay
            if delay is not None:
                memory.deadlines[index] = memory.now + round(stream.within(delay))
                self._wake(memory.deadlines[index], "rule", seat.state, index, stream.entry)
        for number in cues:
            cue = seat.cues[number].cue
            self._set_cue(seat, number, cue.at or cue.every)

    # -- what comes in ---

    def notice(self, name: str, value: float | bool | None, at_ms: int) -> None:
        """Tell when a signal gets lost and when it comes back; its value until now is still in memory."""
        if value is None:
            if self.memory.signals[self.program.signals[name]] is not None:
                self.stale.add(name)
                self.out.append(SignalStale(at_ms, name))
        elif name in self.stale:
            self.stale.discard(name)
            self.out.append(SignalBack(at_ms, name))

    def release(self, rule: Rule) -> None:
        """Let a held rule fire if it still holds, as soon as time goes on."""
        self.holding.discard(rule.index)
        if rule.state in self.memory.active:
            self._wake(self.memory.now + 1, "rule", rule.state, rule.index, self.streams[rule.state].entry)

    # -- time ---

    def _wake(self, due: int, kind: str, number: int, detail: int, entry: int) -> None:
        self.wake_count += 1
        heapq.heappush(self.wakes, (due, self.wake_count, kind, number, detail, entry))

    def _set_cue(self, seat: Seat, number: int, delay: Span | None) -> None:
        if delay is not None:
            stream = self.streams[seat.state]
            self._wake(self.memory.now + round(stream.within(delay)), "cue", seat.state, number, stream.entry)

    def woken(self, wake: Wake) -> None:
        """Do what was set for this time, unless its node has been left since."""
        _, _, kind, number, detail, entry = wake
        if kind == "limit":
            self.finish(self.program.scenario.limit.end, "limit")
            self.offer()
        elif kind == "walk":
            self._arrived(number, detail)
        elif number in self.memory.active and self.streams[number].entry == entry:
            if kind == "cue":
                self._cue(number, detail)
            self.settle()

    def _cue(self, state: int, number: int) -> None:
        seat = self.program.seats[state]
        assert seat is not None  # noqa: S101 - only nodes set cues
        rule, memory = seat.cues[number], self.memory
        blocked = (rule.when is not None and rule.when(memory) is not True) or (
            rule.unless is not None and rule.unless(memory) is True
        )
        if not blocked:
            self.do((rule.cue,), seat.path, self.streams[state], polite=rule.cue.every is not None)
        self._set_cue(seat, number, rule.cue.every)

    def _arrived(self, number: int, moves: int) -> None:
        body = list(self.cast.bodies.values())[number]
        if body.moves == moves:
            body.halt(self.memory.now)
            self.emit(f"arrived_{body.id}")
            self.settle()

    # -- reactions and deeds ---

    def reflex(self, rule: ReflexRule) -> None:
        """React if the condition holds and the last time is long enough ago."""
        memory, reflex = self.memory, rule.reflex
        if memory.now - self.reflex_fired[rule.index] < reflex.again_after or rule.test(memory) is not True:
            return
        self.reflex_fired[rule.index] = memory.now
        self.reflex_count[rule.index] += 1
        stream = Stream(self.seeds, rule.region or "reflexes", rule.id, self.reflex_count[rule.index])
        if reflex.chance >= 1.0 or stream.unit() < reflex.chance:
            self.do((reflex,), reflex.label, stream, polite=not reflex.interrupts)

    def do(self, deeds: Iterable[Do], label: str, stream: Stream, *, polite: bool = False) -> None:
        """Do these things; a polite speaker does not begin while still speaking."""
        for deed in deeds:
            for state, amount in deed.add.items():
                self.dynamics.add(state, amount, label, self.out)
            self._move(deed)
            if deed.say:
                self._say(deed.say, stream, polite)
            for request, status in deed.radio.items():
                self.set_radio(request, status)
            for region, path in deed.goto.items():
                self.machine.raise_event(("goto", f"{region}.{path}"))
            for event in deed.emit:
                self.emit(event)

    def _move(self, deed: Do) -> None:
        cast, out = self.cast, self.out
        out.extend(cast.place(actor, spot) for actor, spot in deed.place.items())
        out.extend(cast.leave(actor) for actor in deed.leave)
        out.extend(cast.pose(actor, pose) for actor, pose in deed.pose.items())
        for actor, move in deed.move.items():
            moved, plan = cast.move(actor, move)
            out.append(moved)
            if not plan.loop:
                number = list(cast.bodies).index(actor)
                self._wake(plan.arrival_ms, "walk", number, cast.bodies[actor].moves, 0)

    def _say(self, lines: tuple[str, ...], stream: Stream, polite: bool) -> None:
        if polite and self.cast.speaks(self.program.scenario.lines[lines[0]].actor):
            return
        line = self.cast.choose_line(lines, stream)
        self.out.append(Say(self.memory.now, self.cast.speak(line), line))

    def emit(self, name: str) -> None:
        """Let something happen that all regions can react to."""
        self.out.append(Emitted(self.memory.now, name))
        self.machine.raise_event(("event", name))

    def set_radio(self, request: str, status: str) -> None:
        """Tell the trainee how a request stands, if that is news."""
        if self.radio.get(request) != status:
            self.radio[request] = status
            self.out.append(RadioChanged(self.memory.now, request, status))

    # -- explaining ---

    def _branch(self, rule: Rule, offset: int) -> Branch:
        memory = self.memory
        inputs: dict[str, Scalar] = {name: read(memory) for name, read in rule.reads}
        shares = enumerate(zip(rule.targets, rule.weights, strict=True))
        others = [f"{target} (weight {weight:g})" for n, (target, weight) in shares if n != offset]
        rivals = self.program.plan(memory.active).rivals.get(rule.region, ())
        others += [text for index, text in rivals if index != rule.index]
        return Branch(
            memory.now,
            rule.region,
            rule.source or self.node(rule.region),
            rule.targets[offset],
            rule.id,
            STEERED if memory.event is not None and memory.event[0] == STEER else rule.label,
            rule.text,
            inputs,
            tuple(others),
        )

    def node(self, region: str) -> str:
        """The deepest active node of a region, as a path inside it; empty before the start."""
        root = self.program.chart.states[self.program.regions[region]]
        inside = [s for s in self.memory.active if root.index < s <= root.last]
        seat = self.program.seats[max(inside)] if inside else None
        return seat.path if seat is not None else ""
