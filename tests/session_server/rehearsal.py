"""A session played in memory: what a shell would do, without one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from scenario_assets.language import Scenario, load
from session_server.core.effects import Audience, Effect, Record, RecordSamples, Send, StartGrading
from session_server.core.messages import ClientInfo, Consent, Hello, Message, Request
from session_server.core.opening import Opening
from session_server.core.roles import Role, Sender
from session_server.core.session import Session
from telemetry.frames import Block, Gap
from telemetry.records import EventRecord, GapRecord, SampleRecord
from telemetry.streams import Sensor

SMALL = Path(__file__).parents[1] / "data" / "small.yaml"
IDENTITY = UUID("6f1f3a52-0f0f-4a4a-8b8b-000000000001")
RUN = UUID("6f1f3a52-0f0f-4a4a-8b8b-0000000000aa")
TRAINEE = Sender("trainee", Role.TRAINEE, 1)
INSTRUCTOR = Sender("instructor-1", Role.INSTRUCTOR, 2)


def small() -> Scenario:
    return load(SMALL)


def opening(scenario: Scenario, *, seed: int = 7, sensors: Iterable[Sensor] = ()) -> Opening:
    return Opening(
        scenario=scenario.id, scenario_sha256=scenario.sha256, profile="formative", profile_sha256="0" * 64,
        software="test", seed=seed, pseudonym="P1", opened_at="2026-11-23T10:00:00.000000+00:00",
        sensors=[sensor.to_json() for sensor in sensors],
    )  # fmt: skip


def hello(run: UUID = RUN, *, role: str = "trainee", streams: Iterable[str] = ("head_pose", "voice")) -> Hello:
    rates = {"head_pose": 72.0, "voice": 50.0}
    return Hello(
        ref=1, protocol=1, role="trainee" if role == "trainee" else "instructor", run=run,
        client=ClientInfo("test", "bot"), streams={name: rates.get(name, 1.0) for name in streams},
    )  # fmt: skip


@dataclass
class Rehearsal:
    """A session and all that came out of it, in order."""

    scenario: Scenario = field(default_factory=small)
    seed: int = 7
    sensors: tuple[Sensor, ...] = ()
    now: float = 0.0
    effects: list[Effect] = field(default_factory=list)

    def __post_init__(self) -> None:
        opened = opening(self.scenario, seed=self.seed, sensors=self.sensors)
        self.session, effects = Session.open(IDENTITY, self.scenario, opened)
        self.take(effects)

    def take(self, effects: list[Effect]) -> list[Effect]:
        self.effects += effects
        return effects

    def ask(self, request: Request, sender: Sender = TRAINEE, *, after: float = 0.1) -> list[Effect]:
        self.now += after
        return self.take(self.session.receive(request, sender, self.now))

    def join(self, sender: Sender = TRAINEE, run: UUID = RUN) -> list[Effect]:
        self.now += 0.1
        streams = ("head_pose", "voice") if sender.role is Role.TRAINEE else ()
        run = run if sender.role is Role.TRAINEE else UUID(int=sender.connection)
        return self.take(self.session.join(hello(run, role=sender.role, streams=streams), sender, self.now))

    def run_for(self, seconds: float, **signals: float | bool | None) -> list[Effect]:
        out: list[Effect] = []
        for _ in range(round(seconds / 0.05)):
            self.now = round(self.now + 0.05, 6)
            out += self.take(self.session.tick(signals, self.now))
        return out

    def begin(self) -> None:
        from session_server.core.messages import Begin

        self.join()
        self.ask(Consent(ref=2, content=True, microphone=True))
        self.ask(Begin(ref=3))

    @property
    def events(self) -> list[EventRecord]:
        return [effect.event for effect in self.effects if isinstance(effect, Record)]

    @property
    def samples(self) -> list[SampleRecord]:
        return [effect.samples for effect in self.effects if isinstance(effect, RecordSamples)]

    @property
    def gradings(self) -> int:
        return sum(isinstance(effect, StartGrading) for effect in self.effects)


def dated(blocks: Iterable[Block | Gap]) -> list[SampleRecord]:
    """What a clock that is half a second behind makes of new rows and gaps."""
    kinds = [(GapRecord if isinstance(block, Gap) else SampleRecord, block) for block in blocks]
    return [kind(0, 0.0, 0.5, 0.0, 0.001, 1.0, block.raw) for kind, block in kinds]


def kinds(events: Iterable[EventRecord]) -> list[str]:
    return [event.type for event in events]


def messages(effects: Iterable[Effect], to: int | Audience | None = None) -> list[Message]:
    return [effect.message for effect in effects if isinstance(effect, Send) and to in (None, effect.to)]
