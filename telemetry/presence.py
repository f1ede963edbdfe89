"""When the trainee was not in the scene, as the headset tells: it was taken off, or showed something else.

What is recorded meanwhile says nothing of what they did in it: a headset on a table neither stands still nor keeps its
distance.
"""

from __future__ import annotations

import numpy as np

from telemetry import spans
from telemetry.observation import longest_gap
from telemetry.spans import Floats
from telemetry.trace import Samples, Trace

STREAM = "headset_state"
NEEDS_SIGHT = frozenset({"head_pose", "hand_pose"})
"""Streams that say nothing of a trainee who does not see the scene; what they say can still be heard."""
NEEDS_WEARING = frozenset({*NEEDS_SIGHT, "voice"})
"""Streams that say nothing of a trainee who is not there."""


def away(trace: Trace, stream: str) -> Floats:
    """Return the spans of session time (k, 2) in which rows of a station's stream say nothing of the trainee.

    A row that says so stands from the row before it, after which it may have begun, to the row after it.
    """
    found = [_away(track, sight=stream in NEEDS_SIGHT) for track in trace.tracks if track.stream.name == STREAM]
    if stream not in NEEDS_WEARING or not found:
        return spans.spans(())
    return spans.union(np.concatenate(found))


def _away(track: Samples, *, sight: bool) -> Floats:
    off = track["worn"] == 0
    if sight:
        off |= track["visible"] == 0
    at, longest = np.flatnonzero(off), longest_gap(track.nominal_hz)
    before, after = track.t[np.maximum(at - 1, 0)], track.t[np.minimum(at + 1, len(track) - 1)]
    begins, ends = np.maximum(before, track.t[at] - longest), np.minimum(after, track.t[at] + longest)
    # The last row of all stands for as long as one usually does.
    ends = np.where(at == len(track) - 1, track.t[at] + 1 / track.nominal_hz, ends)
    return np.stack([begins, ends], axis=1)
