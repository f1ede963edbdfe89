"""A run as JSON-able data, and back. Everything that changes is in here.

Everything else comes from the scenario.
"""

from collections.abc import Mapping
from typing import Any

from scenario_assets.runtime.actors import Body, Walk
from scenario_assets.runtime.dynamics import Cause
from scenario_assets.runtime.errors import SnapshotError
from scenario_assets.runtime.program import Program
from scenario_assets.runtime.run import Run

VERSION = 4

_MEMORY = (
    "now",
    "signals",
    "states",
    "facts",
    "variants",
    "deadlines",
    "held",
    "held_false",
    "held_unknown",
    "recent",
    "recent_true",
    "recent_unknown",
)
_BODY = ("facing", "gesture", "moves", "posture", "present", "transient", "transient_until", "yaw")


def dump_run(run: Run) -> dict[str, object]:
    """All that changes in a run.

    Only while no macrostep is under way, which is whenever the engine has returned.
    """
    memory, machine, cast = run.memory, run.machine, run.cast
    return {
        "version": VERSION,
        "scenario": run.program.scenario.sha256,
        "memory": {name: _copy(getattr(memory, name)) for name in _MEMORY},
        "running": machine.running,
        "configuration": sorted(machine.configuration),
        "history": {str(state): list(active) for state, active in sorted(machine.history.items())},
        "waiting": [list(event) for event in machine.waiting],
        "active_drives": run.dynamics.active,
        "causes": [[cause.label, cause.rate, cause.ms] for cause in run.dynamics.causes],
        "streams": [[stream.entry, stream.count] for stream in run.streams],
        "wakes": [list(wake) for wake in sorted(run.wakes)],
        "wake_count": run.wake_count,
        "reflex_fired": list(run.reflex_fired),
        "reflex_count": list(run.reflex_count),
        "input_count": dict(run.input_count),
        "radio": dict(run.radio),
        "offered": list(run.offered),
        "used": sorted(run.used),
        "holding": sorted(run.holding),
        "stale": sorted(run.stale),
        "outcome": run.outcome,
        "bodies": {name: _dump_body(body) for name, body in cast.bodies.items()},
        "busy_until": dict(cast.busy_until),
        "said": dict(cast.said),
        "last_line": dict(cast.last_line),
    }


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value


def _dump_body(body: Body) -> dict[str, object]:
    walk = body.walk
    plan = None
    if walk is not None:
        points = [list(point) for point in walk.points]
        plan = {"points": points, "times": list(walk.times), "speed": walk.speed, "loop": walk.loop}
    return {name: getattr(body, name) for name in _BODY} | {"place": list(body.place), "walk": plan}


def load_run(program: Program, data: Mapping[str, Any]) -> tuple[int, int, int, Run]:
    """Seed, time, next tick and run of a dump; raises SnapshotError."""
    if data.get("version") != VERSION:
        raise SnapshotError(f"the dump has version {data.get('version')!r}, this engine reads {VERSION}")
    if data.get("scenario") != program.scenario.sha256:
        raise SnapshotError(f"the dump belongs to scenario {data.get('scenario')!r}, not to this content")
    try:
        run = Run(program, data["seed"])
        _fill(run, data)
        return data["seed"], data["ms"], data["next_tick"], run
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SnapshotError(f"the dump is damaged: {error!r}") from error


def _fill(run: Run, data: Mapping[str, Any]) -> None:
    for name in _MEMORY:
        setattr(run.memory, name, _copy(data["memory"][name]))
    machine, cast = run.machine, run.cast
    machine.running = data["running"]
    machine.configuration.update(data["configuration"])
    machine.history = {int(state): tuple(active) for state, active in data["history"].items()}
    for kind, name in data["waiting"]:
        machine.raise_event((kind, name))
    run.dynamics.set_active(data["active_drives"])
    run.dynamics.causes = [Cause(*cause) for cause in data["causes"]]
    for stream, (entry, count) in zip(run.streams, data["streams"], strict=True):
        stream.entry, stream.count = entry, count
    run.wakes = [tuple(wake) for wake in data["wakes"]]
    run.wake_count = data["wake_count"]
    run.reflex_fired, run.reflex_count = list(data["reflex_fired"]), list(data["reflex_count"])
    run.input_count, run.radio = dict(data["input_count"]), dict(data["radio"])
    run.offered, run.used, run.outcome = tuple(data["offered"]), set(data["used"]), data["outcome"]
    run.holding, run.stale = set(data["holding"]), set(data["stale"])
    for name, body in cast.bodies.items():
        _fill_body(body, data["bodies"][name])
    cast.busy_until, cast.said = dict(data["busy_until"]), dict(data["said"])
    cast.last_line = dict(data["last_line"])
    run.replan()


def _fill_body(body: Body, data: Mapping[str, Any]) -> None:
    for name in _BODY:
        setattr(body, name, data[name])
    body.place = (data["place"][0], data["place"][1])
    plan = data["walk"]
    if plan is not None:
        points = tuple((x, z) for x, z in plan["points"])
        body.walk = Walk(points, tuple(plan["times"]), plan["speed"], plan["loop"])
