"""Whether a session can go on in another version of its scenario, and what would be different."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from scenario_assets.language import Scenario
from scenario_assets.language.behaviour import Notice
from scenario_assets.language.difference import difference
from scenario_assets.runtime import Engine
from session_server.core.errors import Refusal

#: Names of one kind that are recorded and told; more nobody reads.
TOLD: Final = 40
_LEVELS: Final = ("mild", "moderate", "strong")


def check_fits(engine: Engine, scenario: Scenario, what: str) -> None:
    """Raise ``Refusal`` with all that is active or pending in ``engine`` and missing in ``scenario``."""
    missing = engine.unfit(scenario)
    if missing:
        raise _refusal(f"{what}, and the newest has no {', no '.join(missing[:TOLD])}", missing)


def check_consented(agreed: Scenario, scenario: Scenario) -> None:
    """Raise ``Refusal`` where a trainee who agreed to one version's content has not agreed to the other's."""
    known = {notice.topic: notice for notice in agreed.warnings}
    missing = [
        f"consent to {notice.topic} ({notice.level})"
        for notice in scenario.warnings
        if not _covered(known.get(notice.topic), notice)
    ]
    if missing:
        raise _refusal(f"the trainee has given no {', no '.join(missing)}, which the newest version asks for", missing)


def changes(before: Scenario, after: Scenario) -> Mapping[str, object]:
    """Return what a journalled ``reload`` says: both hashes, and which parts were added, removed and changed."""
    found = difference(before, after)
    return {
        "from": before.sha256, "to": after.sha256, "added": _listed(found.added), "removed": _listed(found.removed),
        "changed": _listed(found.changed),
    }  # fmt: skip


def _covered(known: Notice | None, notice: Notice) -> bool:
    return known is not None and _LEVELS.index(known.level) >= _LEVELS.index(notice.level)


def _listed(names: Sequence[str]) -> list[str]:
    return [*names[:TOLD], *([f"and {len(names) - TOLD} more"] if len(names) > TOLD else [])]


def _refusal(message: str, missing: Iterable[str]) -> Refusal:
    return Refusal("not_reloadable", message, {"missing": list(missing)[:TOLD]})
