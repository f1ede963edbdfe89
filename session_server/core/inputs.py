"""The inputs of a session: which events of a journal are causes, and what each request turns into."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Final

from scenario_assets.language import Scenario
from session_server.core.errors import Refusal
from session_server.core.messages import (
    Act,
    Begin,
    Choose,
    Consent,
    End,
    Flag,
    Freeze,
    Inject,
    Mark,
    Presented,
    RadioCall,
    Request,
    Resume,
    Stop,
)  # fmt: skip

#: What is consumed; every other event of a journal follows from these.
INPUTS: Final = frozenset({
    "session_opened", "joined", "left", "consent", "calibrated", "begin", "signals", "choice", "act", "radio", "mark",
    "inject", "flag", "presented", "freeze", "resume", "stop", "end", "graded",
})  # fmt: skip

Data = Mapping[str, object]


def of(
    request: Request, scenario: Scenario, *, offered: Collection[str], spoken: Collection[int]
) -> tuple[str, Data]:
    """Return the input that ``request`` is, as (type, data); ``Refusal`` where it names what is not there.

    ``offered`` are the present choices, ``spoken`` the lines that no client has yet said it presented.
    """
    match request:
        case Consent():
            settings = None if request.settings is None else asdict(request.settings)
            return "consent", {"microphone": request.microphone, "settings": settings}
        case Choose(choice=name):
            _known("choice", name, scenario.choices)
            if name not in offered:
                now = ", ".join(offered) or "none"
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
        case Begin() | Freeze() | Resume() | Stop() | End():
            return request.type, {}
        case _:
            raise TypeError(f"{type(request).__name__} is not an input of a session")


def _known(what: str, name: str, names: Collection[str]) -> str:
    if name in names:
        return name
    raise Refusal("unknown_name", f"no {what} is called {name!r}; known: {', '.join(sorted(names)) or 'none'}")
