"""What everybody is shown of a running scenario, as states of which only the newest matters."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from scenario_assets.runtime import Ahead, Gaze
from session_server.core.effects import Audience
from session_server.core.messages import LivePush, Recording, StagePush, Target, WaysPush, WayState, Why
from session_server.core.session import Session
from session_server.net.members import Members
from session_server.net.signals import POSE_STALE_S, Proximity, Signals
from session_server.net.streams_out import ServerStreams


class Showing:
    """The stage for everybody; for instructors also what is measured, and what could happen next."""

    def __init__(
        self, session: Session, members: Members, signals: Signals, streams: ServerStreams,
        recording: Callable[[], Recording],
    ) -> None:  # fmt: skip
        self._session = session
        self._members = members
        self._signals = signals
        self._streams = streams
        self._recording = recording
        #: What could happen next as instructors were last told, None while one of them may not have been.
        self._ways: tuple[Ahead, ...] | None = None
        #: Whether the disk has kept the newest stage from somebody.
        self.owes_stage = False

    def begin_anew(self) -> None:
        """Tell also what has not changed: somebody has joined, or the scenario is another version."""
        self._ways = None

    def stage(self, to: int | Audience, gazes: Mapping[str, Gaze], now: float) -> None:
        """Show where everybody stands, whose eyes are ``gazes``."""
        if not (members := self._members.addressed(to, StagePush)):
            return
        engine = self._session.fold.engine
        actors = self._streams.actors(gazes, engine.bearings)
        self.owes_stage = not self._members.show(members, StagePush(t=round(now, 3), ms=engine.ms, actors=actors))

    def live(self, near: Mapping[str, Proximity], now: float) -> None:
        """Show instructors what is measured and what moves the scenario."""
        if not (members := self._members.addressed(Audience.INSTRUCTORS, LivePush)):
            return
        fold, signals = self._session.fold, self._signals
        push = LivePush(
            t=round(now, 3), ms=fold.engine.ms, pose=signals.pose(now, within=POSE_STALE_S),
            voice=signals.voice(now, within=POSE_STALE_S, baseline=fold.baseline), headset=signals.headset,
            distance={name: round(one.distance, 3) for name, one in near.items()},
            states={name: round(value, 2) for name, value in fold.engine.states.items()},
            why={name: Why(*why) for name, why in fold.why.items()},
            nodes=dict(fold.engine.nodes), recording=self._recording(),
        )  # fmt: skip
        self._members.show(members, push)
        ways = fold.engine.ways()
        if ways != self._ways and self._members.show(members, WaysPush(regions=_by_region(ways))):
            self._ways = ways

    def alarm(self) -> None:
        """Show again what was shown last, with the record's state as of now: all that is newer waits for the disk."""
        recording = self._recording()
        shown = self._members.shown or LivePush(
            t=0.0, ms=0, pose=None, voice=None, headset=None, distance={}, states={}, why={}, nodes={},
            recording=recording,
        )  # fmt: skip
        members = self._members.addressed(Audience.INSTRUCTORS, LivePush)
        self._members.show_now(members, replace(shown, recording=recording))


def _by_region(ways: tuple[Ahead, ...]) -> dict[str, tuple[WayState, ...]]:
    """What could happen next, as instructors are told it."""
    regions: dict[str, tuple[WayState, ...]] = {}
    for way in ways:
        to = tuple(map(Target, way.targets, way.weights))
        state = WayState(way.rule, to, way.label, way.text, way.held, way.holds, way.due_ms)
        regions[way.region] = (*regions.get(way.region, ()), state)
    return regions
