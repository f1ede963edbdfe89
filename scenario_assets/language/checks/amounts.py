"""Numbers that do not add up, and things without content (S001, S040, S070)."""

from scenario_assets.language.behaviour import Cue, Dynamic, Move
from scenario_assets.language.checks.captions import CAPTION_CHARACTERS
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import places
from scenario_assets.language.reader import Reader
from scenario_assets.language.staging import Signal
from scenario_assets.language.uses import deeds, reactions
from scenario_assets.language.values import Point

#: Cues that repeat faster than this are a mistake in the unit.
_SHORTEST_EVERY_MS = 500
#: Nobody trains longer at a stretch, and a simulated trainee who does nothing plays on until the limit.
_LONGEST_LIMIT_MS = 4 * 3_600_000

#: Signal sources: what they measure, and in which unit; those with ``.`` need an actor behind it.
SOURCES = {
    "trainee.distance_to.": "m",
    "trainee.closing_speed_to.": "m/s",
    "trainee.cover_from.": None,
    "trainee.voice_rel_baseline": "LU",
    "trainee.speaking": None,
}


def check_amounts(scenario: Scenario, reader: Reader) -> None:
    """Report what is written in the right form and still cannot be meant."""
    check = _Check(scenario, reader)
    check.scene()
    for signal in scenario.signals.values():
        check.signal(signal)
    for dynamic in scenario.dynamics.values():
        check.dynamic(dynamic)
    check.nodes()
    check.orders()
    check.lines()
    check.rest()


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader

    def fault(self, code: str, owner: object, key: str, message: str) -> None:
        self.reader.fault(code, self.reader.place(owner, key), message)

    def scene(self) -> None:
        scene = self.scenario.scene
        for axis in ("x", "z"):
            low, high = getattr(scene.bounds, axis)
            if low >= high:
                self.fault(
                    "S070", scene.bounds, axis, f"{axis} runs from {low:g} to {high:g}; the lower comes first"
                )
        if "trainee" not in scene.starts:
            self.fault(
                "S001", scene, "starts", "key 'trainee' is missing: where does the trainee stand at first?"
            )
        for name, start in scene.starts.items():
            self._inside(scene.starts, name, start.at)
        for name, point in scene.places.items():
            self._inside(scene.places, name, point)
        for name, actor in self.scenario.actors.items():
            if not isinstance(actor.at, str) and actor.at is not None:
                self._inside(self.scenario.actors, name, actor.at)

    def _inside(self, owner: object, name: str, point: Point) -> None:
        bounds = self.scenario.scene.bounds
        if not (bounds.x[0] <= point[0] <= bounds.x[1] and bounds.z[0] <= point[1] <= bounds.z[1]):
            self.fault(
                "S070", owner, name, f"{name} at [{point[0]:g}, {point[1]:g}] is outside the scene's bounds"
            )

    def signal(self, signal: Signal) -> None:
        if signal.type == "bool":
            for key in ("unit", "range", "step"):
                if getattr(signal, key) is not None:
                    self.fault("S001", signal, key, f"a signal of type bool has no {key}")
        else:
            for key in ("range", "step"):
                if getattr(signal, key) is None:
                    self.fault("S001", signal, "", f"key {key!r} is missing: guards and replay need it")
            if signal.range is not None and signal.range[0] >= signal.range[1]:
                self.fault("S070", signal, "range", "the lower end of a range comes first")
        self._source(signal)

    def _source(self, signal: Signal) -> None:
        for source, unit in SOURCES.items():
            actor = signal.source.removeprefix(source)
            if signal.source == source or (source.endswith(".") and signal.source.startswith(source)):
                actors = self.scenario.actors
                if source.endswith(".") and actor not in actors and self.reader.sound(actors):
                    self.fault(
                        "S023",
                        signal,
                        "source",
                        f"no actor {actor!r}; known: {', '.join(actors)}",
                    )
                if not self.reader.sound(signal, "type"):
                    return
                if (source == "trainee.speaking") != (signal.type == "bool"):
                    self.fault(
                        "S001",
                        signal,
                        "source",
                        f"{source} is {'a number' if signal.type == 'bool' else 'bool'}",
                    )
                elif signal.type == "number" and signal.unit != unit:
                    self.fault(
                        "S001", signal, "unit", f"{source} is measured in {unit or 'shares without unit'}"
                    )
                return
        known = ", ".join(f"{source}<actor>" if source.endswith(".") else source for source in SOURCES)
        self.fault("S001", signal, "source", f"unknown source {signal.source!r}; known: {known}")

    def dynamic(self, dynamic: Dynamic) -> None:
        low, high = dynamic.range
        if low >= high:
            self.fault("S070", dynamic, "range", "the lower end of a range comes first")
        elif not low <= dynamic.initial.low <= dynamic.initial.high <= high:
            self.fault("S070", dynamic, "initial", f"begins outside its range {low:g} to {high:g}")
        if dynamic.half_life is not None:
            if dynamic.half_life.after <= 0:
                self.fault("S070", dynamic.half_life, "after", "a half-life must be above zero")
            if not low <= dynamic.half_life.to <= high:
                self.fault(
                    "S070",
                    dynamic.half_life,
                    "to",
                    f"{dynamic.half_life.to:g} is outside {low:g} to {high:g}",
                )
        for drive in dynamic.drives:
            if drive.rate == 0:
                self.fault("S070", drive, "rate", f"drive {drive.label!r} changes nothing")

    def nodes(self) -> None:
        for place in places(self.scenario):
            node = place.node
            if node.end and (node.next or node.states):
                self.fault(
                    "S001",
                    node,
                    "end",
                    f"{place.full} ends the scenario, so it has no `next` and no `states`",
                )
            if node.start and not node.states and self.reader.sound(node, "states"):
                self.fault("S001", node, "start", f"{place.full} has no `states` to start in")
            for cue in node.cues:
                self._cue(cue)

    def _cue(self, cue: Cue) -> None:
        if (cue.at is None) == (cue.every is None):
            self.fault("S001", cue, "", "a cue has either `at` (once) or `every` (again and again)")
        if cue.every is not None and cue.every.low < _SHORTEST_EVERY_MS:
            self.fault("S070", cue, "every", f"repeats faster than every {_SHORTEST_EVERY_MS} ms")

    def orders(self) -> None:
        keys = ("add", "place", "leave", "pose", "move", "say", "radio", "goto", "emit")
        for deed in deeds(self.scenario):
            if not any(getattr(deed, key) for key in keys):
                self.fault("S001", deed, "", f"nothing is done here; known: {', '.join(keys)}")
            for move in deed.move.values():
                self._move(move)
        for reflex in reactions(self.scenario):
            if reflex.chance <= 0:
                self.fault("S070", reflex, "chance", "with chance 0 it never happens")

    def _move(self, move: Move) -> None:
        if (move.to is None) == (not move.path):
            self.fault("S001", move, "", "a move has either `to` or `path`")
        if move.speed <= 0:
            self.fault("S070", move, "speed", "a walk needs a speed above zero")
        if move.loop and len(move.path) < 2:
            self.fault("S070", move, "loop", "to walk to and fro takes a `path` of at least two places")

    def lines(self) -> None:
        for name, line in self.scenario.lines.items():
            if not line.text.strip():
                self.fault("S040", line, "text", f"line {name} has no caption text")
            elif len(line.text) > CAPTION_CHARACTERS:
                count = len(line.text)
                self.fault(
                    "S040",
                    line,
                    "text",
                    f"line {name} has {count} characters, a caption {CAPTION_CHARACTERS}",
                )

    def rest(self) -> None:
        scenario = self.scenario
        if scenario.limit.after <= 0:
            self.fault("S070", scenario.limit, "after", "the limit must be above zero")
        elif scenario.limit.after > _LONGEST_LIMIT_MS:
            hours = f"{scenario.limit.after / 3_600_000:g} hours, at most {_LONGEST_LIMIT_MS / 3_600_000:g}"
            self.fault("S070", scenario.limit, "after", f"the limit is {hours} are played")
        if not scenario.regions:
            self.fault("S001", scenario, "regions", "a scenario has at least one region with a node")
        for region, nodes in scenario.regions.items():
            if not nodes:
                self.fault("S001", scenario.regions, region, f"region {region} has no nodes")
        for policy in scenario.policies.values():
            for step in policy.steps:
                things = ("approach", "take_cover", "speak", "choose", "radio", "act")
                if not any(getattr(step, thing) for thing in things):
                    self.fault("S001", step, "", f"nothing is done here; known: {', '.join(things)}")
                if step.every is not None and step.every < _SHORTEST_EVERY_MS:
                    self.fault("S070", step, "every", f"repeats faster than every {_SHORTEST_EVERY_MS} ms")
