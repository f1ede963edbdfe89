"""The files that a node's media name: below ``media`` beside the scenario, one for each language where asked."""

from collections.abc import Iterator
from pathlib import Path

from scenario_assets.language.behaviour import Media
from scenario_assets.language.document import Scenario

#: Stands in a file name for the language.
LOCALE = "{locale}"


def files(scenario: Scenario, media: Media, key: str) -> Iterator[tuple[str, Path]]:
    """The language and the file, for each language if the name asks for it, that this key of ``media`` names."""
    name: str | None = getattr(media, key)
    if name:
        tags = (scenario.locale, *scenario.locales) if LOCALE in name else (scenario.locale,)
        for tag in dict.fromkeys(tags):
            yield tag, scenario.media / name.replace(LOCALE, tag)
