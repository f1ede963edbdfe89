"""The pure runtime: an engine that turns signals, inputs and time into effects."""

from scenario_assets.runtime.actors import ActorView
from scenario_assets.runtime.draws import drawn_variants
from scenario_assets.runtime.dynamics import Cause
from scenario_assets.runtime.effects import (
    Branch,
    Effect,
    Emitted,
    Moved,
    Offered,
    Outcome,
    Play,
    RadioChanged,
    Say,
    SignalBack,
    SignalStale,
    StateCause,
)
from scenario_assets.runtime.engine import Engine
from scenario_assets.runtime.errors import (
    InputError,
    NotOffered,
    Over,
    RuntimeFault,
    Senseless,
    SnapshotError,
    UnknownName,
)
from scenario_assets.runtime.inputs import Act, Choice, Goto, Hold, Inject, Input, Nudge, Radio, Said, Steer
from scenario_assets.runtime.policy import policy_as_json
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.quantise import quantise
from scenario_assets.runtime.simulate import Result, Simulation, Tally, simulate, verify
from scenario_assets.runtime.steering import Ahead

__all__ = [
    "TICK_MS",
    "Act",
    "ActorView",
    "Ahead",
    "Branch",
    "Cause",
    "Choice",
    "Effect",
    "Emitted",
    "Engine",
    "Goto",
    "Hold",
    "Inject",
    "Input",
    "InputError",
    "Moved",
    "NotOffered",
    "Nudge",
    "Offered",
    "Outcome",
    "Over",
    "Play",
    "Radio",
    "RadioChanged",
    "Result",
    "RuntimeFault",
    "Said",
    "Say",
    "Senseless",
    "SignalBack",
    "SignalStale",
    "Simulation",
    "SnapshotError",
    "StateCause",
    "Steer",
    "Tally",
    "UnknownName",
    "drawn_variants",
    "policy_as_json",
    "quantise",
    "simulate",
    "verify",
]
