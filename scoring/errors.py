"""Everything scoring can refuse, as one tree.

ScoringError
├── ProfileError      the profile author's fault: a profile that cannot be used; carries every fault found
├── TraceError        the caller's fault: this trace cannot be graded with this scenario
└── UnreviewedError   the caller's fault: this scenario may not be used to assess anybody
"""


class ScoringError(Exception):
    """Base of all errors of this package."""


class ProfileError(ScoringError):
    """A profile was refused; `faults` lists everything wrong with it, not only the first thing."""

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        lines = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(f"profile {name!r} has {len(faults)} fault{'s' if len(faults) > 1 else ''}:{lines}")
        self.name = name
        self.faults = faults


class TraceError(ScoringError):
    """The trace was recorded with another scenario than the one it is to be graded with."""


class UnreviewedError(ScoringError):
    """A summative profile was to grade a scenario that nobody has reviewed."""
