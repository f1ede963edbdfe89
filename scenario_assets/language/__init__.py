"""The scenario language: frozen types, the strict loader, checks, and what a client may know."""

from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Fault, ScenarioError
from scenario_assets.language.load import examine, inspect, load, reread
from scenario_assets.language.localise import localised
from scenario_assets.language.public import media_as_json, public

__all__ = [
    "Fault",
    "Scenario",
    "ScenarioError",
    "examine",
    "inspect",
    "load",
    "localised",
    "media_as_json",
    "public",
    "reread",
]
