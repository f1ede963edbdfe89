"""The inputs of a session: which events of a journal are causes, and what each request turns into."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Final

from scenario_assets import runtime
from scenario_assets.language import Scenario
from scenario_assets.runtime import Engine, InputError, UnknownName
from session_server.core import versions
from session_server.core.checkpoints import Checkpoints
from session_server.core.errors import Refusal
from session_server.core.messages import (
    Act,
    Begin,
    Choose,
    Consent,
    End,
    Flag,
    Freeze,
    Goto,
    Hold,
    Inject,
    Mark,
    Nudge,
    Presented,
    RadioCall,
    Request,
    Resume,
    Rewind,
    Stop,
)  # fmt: skip

#: What is consumed; every other event of a journal follows from these.
INPUTS: Final = frozenset({
    "session_opened", "joined", "left", "consent", "calibrated", "begin", "signals", "choice", "act", "radio", "mark",
    "inject", "flag", "presented", "freeze", "resume", "stop", "end", "graded", "goto", "nudge", "hold", "rewind",
    "reload", "clock_epoch",
})  # fmt: skip

Data = Mapping[str, object]


def of(
    request: Request, scenario: Scenario, engine: Engine, *, spoken: Collection[int], checkpoints: Checkpoints,
    sensors: Collection[str],
) -> tuple[str, Data]:  # fmt: skip
    """Return the input that ``request`` is, as (type, data); ``Refusal`` where it names what is not there.

    ``spoken`` are the lines that no client has yet said it presented, ``checkpoints`` those that are kept, ``sensors``
    those that are declared.
    """
    match request:
        case Consent():
            settings = None if request.settings is None else asdict(request.settings)
            agreed = sorted({_known("sensor", name, sensors) for name in request.sensors})
            return "consent", {"microphone": request.microphone, "settings": settings, "sensors": agreed}
        case Choose(choice=name):
            _known("choice", name, scenario.choices)
            if name not in engine.offered:
                now = ", ".join(engine.offered) or "none"
                raise Refusal("not_offered", f"the choice {name!r} is not offered now; offered: {now}")
            return "choice", {"choice": name}
        case Act(act=name):
            return "act", {"act": _known("act", name, scenario.acts)}
        case RadioCall(request=name):
            return "radio", {"request": _known("radio request", name, scenario.radio)}
        case Mark(kind=name):
            return "mark", {"kind": _known("kind of speech", name, scenario.said)}
        case Inject(inject=name):
            return "inject", {"inject": _known("inject", name, scenario.injects)}
        case Flag(note=note):
            return "flag", {"note": note}
        case Presented(event=event, client_ms=client_ms):
            if event not in spoken:
                raise Refusal("unknown_name", f"event {event} is no spoken line, or was presented already")
            return "presented", {"event": event, "client_ms": client_ms}
        case Goto(region=region, node=node):
            return _possible(engine, "goto", {"region": region, "node": node})
        case Nudge(state=state, by=by):
            return _possible(engine, "nudge", {"state": state, "by": by})
        case Hold(rule=rule, on=on):
            return _possible(engine, "hold", {"rule": rule, "on": on})
        case Rewind(checkpoint=checkpoint):
            if checkpoint not in checkpoints:
                known = ", ".join(map(str, checkpoints)) or "none"
                raise Refusal("unknown_name", f"no checkpoint {checkpoint} is kept; kept: {known}")
            then = checkpoints[checkpoint].engine()
            if then.scenario.sha256 != scenario.sha256:
                versions.check_fits(then, scenario, f"checkpoint {checkpoint} is of another version of the scenario")
            return "rewind", {"checkpoint": checkpoint}
        case Begin() | Freeze() | Resume() | Stop() | End():
            return request.type, {}
        case _:
            raise TypeError(f"{type(request).__name__} is not an input of a session")


def steer(kind: str, data: Data) -> runtime.Steer:
    """Return what an instructor does to the engine by a ``goto``, ``nudge`` or ``hold``."""
    match kind, data:
        case "goto", {"region": str(region), "node": str(node)}:
            return runtime.Goto(region, node)
        case "nudge", {"state": str(state), "by": float() | int() as by}:
            return runtime.Nudge(state, float(by))
        case "hold", {"rule": str(rule), "on": bool(on)}:
            return runtime.Hold(rule, on)
        case _:
            raise ValueError(f"{kind} with {dict(data)} steers nothing")


def _possible(engine: Engine, kind: str, data: Data) -> tuple[str, Data]:
    try:
        engine.check(steer(kind, data))
    except UnknownName as error:
        raise Refusal("unknown_name", str(error)) from None
    except InputError as error:
        raise Refusal("senseless", str(error)) from None
    return kind, data


def _known(what: str, name: str, names: Collection[str]) -> str:
    if name in names:
        return name
    raise Refusal("unknown_name", f"no {what} is called {name!r}; known: {', '.join(sorted(names)) or 'none'}")
