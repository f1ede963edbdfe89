"""Who a connection acts for, and what each role may send in which phase."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from session_server.core.errors import Refusal
from session_server.core.messages import (
    Act,
    Begin,
    Calibrate,
    Choose,
    Clock,
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
    Reload,
    Request,
    Resume,
    Rewind,
    Stop,
)  # fmt: skip
from session_server.core.phases import Phase, phases_for


class Role(StrEnum):
    """What a connection is allowed to be."""

    TRAINEE = "trainee"
    INSTRUCTOR = "instructor"
    #: A program that sends an agency's own sensors, and nothing else.
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True)
class Sender:
    """One connection: ``id`` is the actor's name in the record (``trainee``, ``instructor-2``, ``sensor-1``)."""

    id: str
    role: Role
    connection: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Which roles may send a message, and in which phases."""

    roles: frozenset[Role]
    phases: frozenset[Phase]


_ALL = frozenset(Phase)
_OPEN = frozenset(Phase) - {Phase.CLOSED}
_RUNNING = frozenset({Phase.RUNNING})
#: What can be prepared while time stands still.
_BEGUN = frozenset({Phase.RUNNING, Phase.FROZEN})
_TRAINEE = frozenset({Role.TRAINEE})
_INSTRUCTOR = frozenset({Role.INSTRUCTOR})
_BOTH = frozenset({Role.TRAINEE, Role.INSTRUCTOR})

#: Deny by default: a message type that is not here may be sent by nobody.
RULES: Final[dict[type, Rule]] = {
    Clock: Rule(frozenset(Role), _ALL),
    Consent: Rule(_TRAINEE, frozenset(phases_for("consent"))),
    Calibrate: Rule(_TRAINEE, frozenset({Phase.BRIEFING})),
    Begin: Rule(_BOTH, frozenset(phases_for("begin"))),
    Choose: Rule(_TRAINEE, _RUNNING),
    Act: Rule(_TRAINEE, _RUNNING),
    RadioCall: Rule(_TRAINEE, _RUNNING),
    # A line may still be sounding when the outcome comes.
    Presented: Rule(_TRAINEE, frozenset({Phase.RUNNING, Phase.FROZEN, Phase.DEBRIEF})),
    Stop: Rule(_TRAINEE, _OPEN),
    Mark: Rule(_INSTRUCTOR, _RUNNING),
    Inject: Rule(_INSTRUCTOR, _RUNNING),
    # A node that is entered speaks: that needs time to run.
    Goto: Rule(_INSTRUCTOR, _RUNNING),
    Nudge: Rule(_INSTRUCTOR, _BEGUN),
    Hold: Rule(_INSTRUCTOR, _BEGUN),
    Rewind: Rule(_INSTRUCTOR, frozenset(phases_for("rewind"))),
    Reload: Rule(_INSTRUCTOR, _OPEN - {Phase.DEBRIEF}),
    Flag: Rule(_INSTRUCTOR, frozenset({Phase.RUNNING, Phase.FROZEN, Phase.DEBRIEF})),
    Freeze: Rule(_INSTRUCTOR, frozenset(phases_for("freeze"))),
    Resume: Rule(_INSTRUCTOR, frozenset(phases_for("resume"))),
    End: Rule(_INSTRUCTOR, _OPEN),
}


def admit(request: Request, sender: Sender, phase: Phase) -> None:
    """Raise ``Refusal`` unless ``sender`` may send ``request`` in ``phase``."""
    rule = RULES.get(type(request))
    if rule is None or sender.role not in rule.roles:
        raise Refusal("forbidden", f"{_article(sender.role)} {sender.role} may not send {request.type!r}")
    if phase in rule.phases:
        return
    if phase is Phase.CLOSED:
        raise Refusal("session_ended", f"{request.type!r}: the session is closed")
    allowed = ", ".join(sorted(rule.phases))
    raise Refusal("wrong_phase", f"{request.type!r} is possible in {allowed}; the session is in {phase}")


def _article(role: Role) -> str:
    return "an" if role[0] in "aeiou" else "a"
