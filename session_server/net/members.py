"""Who is connected to one session, and how what they are told reaches them: once its record is on disk."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from session_server.core.codec import dump
from session_server.core.effects import Audience, Send
from session_server.core.errors import Refusal
from session_server.core.messages import Ack, LivePush, Message, PhasePush, StagePush, WaysPush
from session_server.core.roles import Role
from session_server.core.session import refused
from session_server.net.counts import Counts
from session_server.net.member import Member
from session_server.net.recorder import Recorder

#: States of which only the newest matters.
State = StagePush | LivePush | WaysPush

#: Whom an audience is of. What sends a sensor takes no part: it needs to know when to send and when it is over.
_ROLES: Final = {
    Audience.ALL: frozenset({Role.TRAINEE, Role.INSTRUCTOR}),
    Audience.INSTRUCTORS: frozenset({Role.INSTRUCTOR}),
    Audience.TRAINEES: frozenset({Role.TRAINEE}),
}
_TOLD_OF_PHASES: Final = {audience: roles | {Role.SENSOR} for audience, roles in _ROLES.items()}


class Members:
    """The connections of one session, by number."""

    def __init__(self, recorder: Recorder, counts: Counts) -> None:
        self.here: dict[int, Member] = {}
        #: Whether anybody is here; a sensor that goes on sending is nobody.
        self.attended = False
        #: Whether an instructor looks on.
        self.watched = False
        #: What instructors were shown last.
        self.shown: LivePush | None = None
        self._recorder = recorder
        self._counts = counts

    def add(self, member: Member) -> None:
        """Let a connection in; an older one of the trainee, or of the same sensor, gives way."""
        if member.sender.role is not Role.INSTRUCTOR:
            # There is one trainee; a sensor gives way to nobody but itself, come back.
            for other in [m for m in self.here.values() if m.sender.id == member.sender.id]:
                other.close(4001)
                self.here.pop(other.sender.connection)
        self.here[member.sender.connection] = member
        self._count()

    def remove(self, member: Member) -> bool:
        """Let go of a connection; return whether it was here."""
        found = self.here.pop(member.sender.connection, None) is not None
        self._count()
        return found

    def _count(self) -> None:
        roles = {member.sender.role for member in self.here.values()}
        self.attended = bool(roles - {Role.SENSOR})
        self.watched = Role.INSTRUCTOR in roles

    def addressed(self, to: int | Audience, kind: type[Message]) -> list[Member]:
        """Return whom a message of this kind is for, of those who are here."""
        if isinstance(to, int):
            member = self.here.get(to)
            return [member] if member else []
        roles = (_TOLD_OF_PHASES if kind is PhasePush else _ROLES)[to]
        return [member for member in self.here.values() if member.sender.role in roles]

    def tell(self, sends: Iterable[Send]) -> None:
        """Send these in order, once all that was recorded so far is on disk."""
        # Addressed now: who joins before they leave gets a welcome that has them already.
        addressed = [(self.addressed(send.to, type(send.message)), send.message) for send in sends]
        self._recorder.after(partial(self._deliver, addressed))

    def show(self, members: Sequence[Member], state: State) -> bool:
        """Push a state once what led to it is on disk; while the disk refuses none is kept waiting, which is False."""
        if self._recorder.failure is not None:
            return False
        self._recorder.after(partial(self.show_now, members, state))
        return True

    def show_now(self, members: Sequence[Member], state: State) -> None:
        """Push a state in place of one that waits still."""
        if isinstance(state, LivePush):
            self.shown = state
        if members:
            text = dump(state)
            for member in members:
                member.outbox.post(state.type, text)

    def refuse(self, member: Member, ref: int | None, refusal: Refusal) -> None:
        """Answer a refusal at once: it makes nothing visible."""
        self._counts.refused[refusal.code] += 1
        self._deliver([([member], refused(member.sender.connection, ref, refusal).message)])

    def disconnect(self, code: int) -> None:
        """Let everybody go."""
        for member in list(self.here.values()):
            member.close(code)

    def _deliver(self, addressed: Iterable[tuple[Sequence[Member], Message]]) -> None:
        for members, message in addressed:
            if isinstance(message, Ack):
                self._counts.acks += 1
            if members:
                text = dump(message)
                for member in members:
                    member.outbox.put(text)
