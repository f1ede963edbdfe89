"""The pure runtime: an engine that turns signals, inputs and time into effects."""

from scenario_assets.runtime.actors import ActorView, Bearing, Gaze
from scenario_assets.runtime.coverage import Coverage, Driver, Reach, Way
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
    Unfit,
    UnknownName,
)
from scenario_assets.runtime.inputs import Act, Choice, Goto, Hold, Inject, Input, Nudge, Radio, Said, Steer
from scenario_assets.runtime.monte_carlo import Ending, Exploration, Quartiles, Sample, explore
from scenario_assets.runtime.policy import policy_as_json
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.quantise import quantise
from scenario_assets.runtime.share import Share
from scenario_assets.runtime.simulate import Result, Simulation, Trainee, simulate
from scenario_assets.runtime.steering import Ahead
from scenario_assets.runtime.verify import Tally, Verdict, judge, verify

__all__ = [
    "TICK_MS",
    "Act",
    "ActorView",
    "Ahead",
    "Bearing",
    "Branch",
    "Cause",
    "Choice",
    "Coverage",
    "Driver",
    "Effect",
    "Emitted",
    "Ending",
    "Engine",
    "Exploration",
    "Gaze",
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
    "Quartiles",
    "Radio",
    "RadioChanged",
    "Reach",
    "Result",
    "RuntimeFault",
    "Said",
    "Sample",
    "Say",
    "Senseless",
    "Share",
    "SignalBack",
    "SignalStale",
    "Simulation",
    "SnapshotError",
    "StateCause",
    "Steer",
    "Tally",
    "Trainee",
    "Unfit",
    "UnknownName",
    "Verdict",
    "Way",
    "drawn_variants",
    "explore",
    "judge",
    "policy_as_json",
    "quantise",
    "simulate",
    "verify",
]
