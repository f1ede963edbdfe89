"""The ticks of one session: the newest samples in, the scenario on, the server's own rows and what is shown out.

This is most of what a session costs, twenty times a second; `tests/bench/bench_ticks.py` measures it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from scenario_assets.language import Scenario
from scenario_assets.runtime import Gaze
from session_server.core.effects import Audience, Effect
from session_server.core.messages import Recording
from session_server.core.phases import Phase
from session_server.core.session import Session
from session_server.net.members import Members
from session_server.net.recorder import Recorder
from session_server.net.showing import Showing
from session_server.net.signals import POSE_STALE_S, Signals
from session_server.net.streams_out import ServerStreams

#: Stage and live pushes go out every second tick: 10 Hz, which the stage interpolates.
PUSH_EVERY: Final = 2


class Ticks:
    """Lets time pass in a session, and knows how it stands between two ticks."""

    def __init__(
        self, session: Session, members: Members, recorder: Recorder, *, perform: Callable[[list[Effect]], None],
        recording: Callable[[], Recording],
    ) -> None:  # fmt: skip
        """``perform`` does the effects of a tick."""
        self.signals = Signals(session.fold.scenario)
        self._session = session
        self._members = members
        self._recorder = recorder
        self._perform = perform
        self._streams = ServerStreams(session.fold.tracks)
        self._showing = Showing(session, members, self.signals, self._streams, recording)
        self._count = 0
        #: The actors' eyes as the last tick left them, and the event number and scenario time of that moment.
        self._eyes: Mapping[str, Gaze] = {}
        self._eyes_at = (-1, -1)

    @property
    def due(self) -> bool:
        """Whether a tick has anything to do: nothing where nothing runs, nobody looks on and all is shown."""
        running = self._session.phase is Phase.RUNNING
        return running or self._members.watched or self._streams.waiting or self._showing.owes_stage

    def tick(self, now: float) -> None:
        """Run the scenario up to ``now``; the owner must call this every 50 ms."""
        self._count += 1
        shows = self._count % PUSH_EVERY == 0
        if shows and self._recorder.failure is not None:
            self._showing.alarm()
        if self._recorder.full:
            # Scenario time goes on, and is made up for, once the disk takes what happens in it.
            return
        if self._session.phase is Phase.RUNNING:
            self._run(now, shows=shows)
        else:
            self.flush(now)
            if shows:
                if self._showing.owes_stage:
                    self.show_stage(Audience.ALL, now)
                self._showing.live({}, now)

    def _run(self, now: float, *, shows: bool) -> None:
        session, signals = self._session, self.signals
        fold = session.fold
        # Whoever moves does so in scenario time or by an event; for where they stand, the last tick's eyes serve.
        before = self._eyes if self._eyes_at == (fold.seq, fold.engine.ms) else self._gazes(now)
        near = signals.proximity(before, now)
        if effects := session.tick(signals.read(near, fold.baseline, now), now):
            self._perform(effects)
        gazes = self._eyes = self._gazes(now)
        self._eyes_at = fold.seq, fold.engine.ms
        near = signals.after_tick(near, gazes)
        self._streams.add(now, gazes, near, fold.engine.states, fold.engine.threat())
        ended = fold.phase is not Phase.RUNNING
        self.flush(now, all=ended)
        if shows or ended:
            self._showing.stage(Audience.ALL, gazes, now)
            self._showing.live(near, now)

    def flush(self, now: float, *, all: bool = True) -> None:
        """Record the server's own rows that were gathered, or only if they make full blocks."""
        if blocks := self._streams.blocks(all=all):
            self._perform([self._session.server_rows(*rows, now) for rows in blocks])

    def show_stage(self, to: int | Audience, now: float) -> None:
        """Show where everybody stands, without waiting for a tick."""
        self._showing.stage(to, self._gazes(now), now)

    def joined(self) -> None:
        """Somebody is new, and is to be shown everything."""
        self._showing.begin_anew()

    def use(self, scenario: Scenario) -> None:
        """Go on in another version of the scenario."""
        self.signals.use(scenario)
        self._showing.begin_anew()

    def _gazes(self, now: float) -> Mapping[str, Gaze]:
        """Everybody's eyes as of now; those who face the trainee look where the trainee really is."""
        pose = self.signals.pose(now, within=POSE_STALE_S)
        return self._session.fold.engine.gazes((pose[0], pose[2]) if pose else None)
