"""What is different between two versions of a scenario, by the names of its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import places

#: What is compared by itself: nodes by their paths, and what is not in the file.
_APART = ("regions", "path", "sha256", "locales")


@dataclass(frozen=True, slots=True)
class Difference:
    """Parts of the file, such as ``person.wary``, ``choices.ask`` or ``limit``."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def difference(before: Scenario, after: Scenario) -> Difference:
    """Compare them part by part; a node is changed if anything but its inner nodes is."""
    old, new = _parts(before), _parts(after)
    return Difference(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in new if name in old and old[name] != new[name]),
    )


def _parts(scenario: Scenario) -> dict[str, object]:
    parts: dict[str, object] = {place.full: replace(place.node, states={}) for place in places(scenario)}
    for field in fields(scenario):
        value = getattr(scenario, field.name)
        if field.name in _APART:
            continue
        if isinstance(value, Mapping):
            parts |= {f"{field.name}.{name}": part for name, part in value.items()}
        else:
            parts[field.name] = value
    return parts | {f"locales.{tag}": replace(locale, path=Path()) for tag, locale in scenario.locales.items()}
