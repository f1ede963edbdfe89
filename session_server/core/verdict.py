"""Whether a recorded session comes out again exactly as it was written, and if not, where it first differs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from scenario_assets.language import Scenario
from session_server.core.opening import Opening
from session_server.core.replay import Divergence, replay
from telemetry.errors import ChainError
from telemetry.records import EventRecord, decode_event, verify_chain


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an event that came out differently; None where one side does not have it."""

    name: str
    written: object
    derived: object


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event (``seq``) that is not as it was written.

    ``what`` says in words what is wrong; ``fields`` how the record and what comes out differ, if something comes out.
    """

    seq: int
    type: str
    t: float
    what: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of re-executing a record.

    ``digest`` is that of the state at its end, None with a difference. ``unwritten`` counts decisions that follow from
    the last input and were not written any more: the record was cut off there.
    """

    opening: Opening
    events: int
    difference: Difference | None
    digest: str | None
    unwritten: int = 0


def reexecute(id: UUID, payloads: Sequence[bytes], scenario_of: Callable[[Opening], Scenario]) -> Verdict:
    """Do everything again that ``payloads`` tell of: a session's events with their hashes, in the order of the record.

    Raises RecordError where there are none or one cannot be read, and whatever ``scenario_of`` raises.
    """
    events = [decode_event(payload)[1] for payload in payloads]
    if not events or events[0].type != "session_opened":
        raise ChainError(0, f"session {id}: the record does not begin with its opening")
    opening = Opening.of(dict(events[0].data))
    broken = _broken(payloads, events)
    try:
        fold, unwritten = replay(id, events, scenario_of)
    except Divergence as found:
        differs = _differing(found)
        # Of two at the same event, the one that shows how it differs.
        first = differs if broken is None or differs.seq <= broken.seq else broken
        return Verdict(opening, len(events), first, None)
    if broken is not None:
        return Verdict(opening, len(events), broken, None)
    return Verdict(opening, len(events), None, fold.digest(), len(unwritten))


def _broken(payloads: Sequence[bytes], events: Sequence[EventRecord]) -> Difference | None:
    """Where the hashes say that something was changed, whether or not it makes a difference to what comes out."""
    try:
        verify_chain(payloads)
    except ChainError as error:
        at = min(error.seq, len(events) - 1)
        return Difference(error.seq, events[at].type, events[at].t, str(error))
    return None


def _differing(found: Divergence) -> Difference:
    written, derived = found.written, found.derived
    if derived is None:
        return Difference(written.seq, written.type, written.t, "the record has it, and nothing comes out here")
    fields = tuple(_fields(_flat(written), _flat(derived)))
    return Difference(written.seq, written.type, written.t, "something else comes out", fields)


def _flat(event: EventRecord) -> Mapping[str, object]:
    head = {"seq": event.seq, "type": event.type, "actor": event.actor, "t": event.t, "ms": event.ms}
    return {**head, **event.data}


def _fields(written: Mapping[str, object], derived: Mapping[str, object]) -> Iterator[Field]:
    for name in {**written, **derived}:
        if written.get(name) != derived.get(name):
            yield Field(name, written.get(name), derived.get(name))
