"""What guards read.

One flat object per session, plain lists, so that a guard costs a tenth of a microsecond.
"""

from scenario_assets.language.document import Scenario

Event = tuple[str, str]
#: The kind of event by which an instructor sends a region to a node; the scenario's own is ``goto``.
STEER = "steer"
#: A time no session reaches, for deadlines that are not set.
NEVER = 1 << 60


class Memory:
    """Signals, states, the present event, active nodes, and the memory of `for` and `within`.

    ``held``: the last sampled value of each watched condition, and when it last stopped being false or
    unknown. ``recent``: the last sampled value, and when it was last true or unknown. Before 0 ms every
    condition was false.
    """

    __slots__ = (
        "active",
        "deadlines",
        "event",
        "facts",
        "held",
        "held_false",
        "held_unknown",
        "now",
        "recent",
        "recent_true",
        "recent_unknown",
        "signals",
        "states",
        "variants",
    )

    def __init__(self, scenario: Scenario, held: int, recent: int, rules: int) -> None:
        self.now = 0
        self.signals: list[float | bool | None] = [None] * len(scenario.signals)
        self.states: list[float] = [0.0] * len(scenario.dynamics)
        self.event: Event | None = None
        self.active: set[int] = set()
        self.facts: dict[str, str] = {}
        self.variants: dict[str, str] = {}
        self.deadlines: list[int] = [NEVER] * rules
        self.held: list[bool | None] = [False] * held
        self.held_false: list[int] = [0] * held
        self.held_unknown: list[int] = [-NEVER] * held
        self.recent: list[bool | None] = [False] * recent
        self.recent_true: list[int] = [-NEVER] * recent
        self.recent_unknown: list[int] = [-NEVER] * recent
