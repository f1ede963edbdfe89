"""The registry of streams: what is recorded, in which unit and frame, how private, and what is plausible.

This registry *is* the data dictionary: the research views, exports, `research.dictionary`, `STREAMS.md` and the table
in `clients/PROTOCOL.md` are generated from it, and the hypertables' columns are compared with it. A stream is a
declared shape; a *track* is one stream (and label) of one station in one client run.

Plausibility bounds flag a row (`flags` bit 1 in the store), they never drop it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from telemetry.streams.sensor import SENSOR, Sensor
from telemetry.streams.server import ACTOR_POSE, PERSON_STATE, PROXIMITY, THREAT_LEVELS, THREAT_STATE
from telemetry.streams.shape import Column, Frame, Labels, Origin, Privacy, Stream
from telemetry.streams.station import HAND_POSE, HEAD_POSE, HEADSET_STATE, VOICE

__all__ = ["STREAMS", "THREAT_LEVELS", "Column", "Frame", "Labels", "Origin", "Privacy", "Sensor", "Stream"]

STREAMS: Mapping[str, Stream] = MappingProxyType({
    stream.name: stream
    for stream in (
        HEAD_POSE, HAND_POSE, HEADSET_STATE, VOICE, SENSOR, ACTOR_POSE, PROXIMITY, PERSON_STATE, THREAT_STATE,
    )
})  # fmt: skip
"""Every stream by name, in the order in which dictionaries list them."""
