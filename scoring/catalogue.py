"""Every measure there is, by component; a profile chooses from here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scoring import collaboration, listening, tactics
from scoring.measurement import Measure

COMPONENTS: Mapping[str, Mapping[str, Measure]] = MappingProxyType(
    {
        "listening": MappingProxyType({measure.id: measure for measure in listening.MEASURES}),
        "tactics": MappingProxyType({measure.id: measure for measure in tactics.MEASURES}),
        "collaboration": MappingProxyType({measure.id: measure for measure in collaboration.MEASURES}),
    }
)
"""Measures by component and id; one module for each component. An id is used once."""
