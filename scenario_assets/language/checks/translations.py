"""A locale file held against its scenario (S040): nothing missing, nothing that belongs nowhere, the same blanks.

What is missing is a warning, for the scenario's own words stand in for it.
"""

import re
from collections.abc import Mapping

from scenario_assets.language.checks.captions import CAPTION_CHARACTERS
from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import listed, unknown
from scenario_assets.language.locales import Locale
from scenario_assets.language.reader import Reader

#: A blank in a text that is filled in when it is shown.
_BLANK = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]{0,63}\}")


def check_translation(scenario: Scenario, locale: Locale, reader: Reader) -> None:
    """Report to ``reader``, which has read the locale file."""
    check = _Check(scenario, locale, reader)
    check.tag()
    check.head()
    check.actors()
    for key, words in _texts(scenario).items():
        check.table(key, words)
    for name, text in locale.lines.items():
        if len(text) > CAPTION_CHARACTERS:
            check.fault(locale.lines, name, f"line {name} has {len(text)} characters, a caption {CAPTION_CHARACTERS}")


def _texts(scenario: Scenario) -> dict[str, dict[str, str]]:
    """The scenario's own words, by the locale file's tables."""
    return {
        "lines": {name: line.text for name, line in scenario.lines.items()},
        "choices": {name: choice.text for name, choice in scenario.choices.items()},
        "acts": {name: act.text for name, act in scenario.acts.items()},
        "radio": {name: request.text for name, request in scenario.radio.items()},
        "said": {name: kind.text for name, kind in scenario.said.items()},
        "injects": {name: inject.text for name, inject in scenario.injects.items()},
        "outcomes": {name: outcome.text for name, outcome in scenario.outcomes.items()},
        "signs": {name: sign.text for name, sign in scenario.scoring.signs.items()},
        "cover": {box.id: box.label for box in scenario.scene.cover},
        "hazards": {hazard.id: hazard.label for hazard in scenario.scene.hazards},
    }


class _Check:
    def __init__(self, scenario: Scenario, locale: Locale, reader: Reader) -> None:
        self.scenario = scenario
        self.locale = locale
        self.reader = reader

    def fault(self, owner: object, key: str, message: str) -> None:
        self.reader.fault("S040", self.reader.place(owner, key), message)

    def tag(self) -> None:
        locale = self.locale
        if locale.locale and locale.path.stem != locale.locale:
            self.fault(locale, "locale", f"locale {locale.locale} stands in {locale.path.name}")
        if locale.locale == self.scenario.locale:
            self.fault(locale, "locale", f"{locale.locale} is the scenario's own language, its words stand there")

    def head(self) -> None:
        scenario, locale = self.scenario, self.locale
        for key in ("title", "briefing"):
            if getattr(locale, key) is None:
                self._missing(locale, key)
            else:
                self._blanks(locale, key, getattr(locale, key), getattr(scenario, key))
        found, wanted = len(locale.objectives), len(scenario.objectives)
        if found != wanted:
            place = self.reader.place(locale, "objectives")
            self.reader.fault("S040", place, f"{found} objectives, the scenario has {wanted}", "warning")

    def actors(self) -> None:
        actors = self.scenario.actors
        self._strays("actors", self.locale.actors, actors)
        for name, persona in self.locale.actors.items():
            if name in actors:
                self._blanks(persona, "name", persona.name or "", actors[name].name if persona.name else "")
                self._blanks(persona, "role", persona.role or "", actors[name].role if persona.role else "")
        told = {name for name, persona in self.locale.actors.items() if persona.role is not None}
        self._missing(self.locale, "actors", [name for name in actors if name not in told])

    def table(self, key: str, words: Mapping[str, str]) -> None:
        translated: Mapping[str, str] = getattr(self.locale, key)
        self._strays(key, translated, words)
        for name, text in translated.items():
            if name in words:
                self._blanks(translated, name, text, words[name])
        self._missing(self.locale, key, [name for name in words if name not in translated])

    def _strays(self, key: str, found: Mapping[str, object], known: Mapping[str, object]) -> None:
        for name in found:
            if name and name not in known and not self.reader.full:
                self.fault(found, name, f"the scenario has {unknown(f'entry of {key}', name, known)}")

    def _missing(self, owner: object, key: str, names: list[str] | None = None) -> None:
        if names is None:
            told = f"{key} is not translated"
        elif names:
            told = f"{key}: not translated: {listed(names)}"
        else:
            return
        self.reader.fault("S040", self.reader.place(owner, key), told, "warning")

    def _blanks(self, owner: object, key: str, text: str, original: str) -> None:
        found, wanted = set(_BLANK.findall(text)), set(_BLANK.findall(original))
        if found != wanted:
            told = listed(sorted(wanted)) if wanted else "none"
            self.fault(owner, key, f"the blanks are {listed(sorted(found))}, in the scenario {told}")
