"""The scenario as it reads in another of its languages."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

from scenario_assets.language.document import Scenario
from scenario_assets.language.locales import Persona, best
from scenario_assets.language.staging import Actor


class _Worded(Protocol):
    """One of the document's records with words in it."""

    @property
    def text(self) -> str: ...


W = TypeVar("W", bound=_Worded)


def localised(scenario: Scenario, tag: str | None) -> Scenario:
    """The scenario in this language, or in the nearest there is; as it was written where there is none.

    What happens is the same but for how long lines are: the spoken time is estimated from the words.
    """
    found = best(tag, {scenario.locale: None, **scenario.locales}) if tag is not None else None
    if found is None or found == scenario.locale:
        return scenario
    words = scenario.locales[found]
    signs = _reworded(scenario.scoring.signs, words.signs)
    scene = scenario.scene
    return replace(
        scenario,
        locale=found,
        title=words.title or scenario.title,
        briefing=words.briefing or scenario.briefing,
        objectives=words.objectives or scenario.objectives,
        actors={name: _persona(actor, words.actors.get(name)) for name, actor in scenario.actors.items()},
        lines=_reworded(scenario.lines, words.lines),
        choices=_reworded(scenario.choices, words.choices),
        acts=_reworded(scenario.acts, words.acts),
        radio=_reworded(scenario.radio, words.radio),
        said=_reworded(scenario.said, words.said),
        injects=_reworded(scenario.injects, words.injects),
        outcomes=_reworded(scenario.outcomes, words.outcomes),
        scoring=replace(scenario.scoring, signs=signs),
        scene=replace(
            scene,
            cover=tuple(replace(box, label=words.cover.get(box.id, box.label)) for box in scene.cover),
            hazards=tuple(replace(item, label=words.hazards.get(item.id, item.label)) for item in scene.hazards),
        ),
    )


def _persona(actor: Actor, words: Persona | None) -> Actor:
    return actor if words is None else replace(actor, name=words.name or actor.name, role=words.role or actor.role)


def _reworded(table: Mapping[str, W], words: Mapping[str, str]) -> dict[str, W]:
    # Every record with words is a dataclass; the type system cannot say both.
    return {
        name: replace(item, text=words[name]) if name in words else item  # type: ignore[type-var]
        for name, item in table.items()
    }
