"""The scenarios a server offers, by id."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from scenario_assets import library
from scenario_assets.language import Scenario, load
from session_server.core.errors import Refusal


@dataclass(frozen=True, slots=True)
class Shelf:
    """Scenarios and the files they were read from, their media beside them."""

    scenarios: dict[str, Scenario]
    paths: dict[str, Path]

    @classmethod
    def of(cls, *files: Path) -> Self:
        """Return the shipped scenarios and those in ``files``; ``ScenarioError`` lists the faults of a file."""
        paths = [library.path(name) / "scenario.yaml" for name in library.names()] + list(files)
        loaded = [(load(path), path) for path in paths]
        return cls({scenario.id: scenario for scenario, _ in loaded}, {scenario.id: path for scenario, path in loaded})

    def __getitem__(self, name: str) -> Scenario:
        """Return a scenario; ``Refusal`` where there is none of that name."""
        if name in self.scenarios:
            return self.scenarios[name]
        raise Refusal("unknown_name", f"no scenario is called {name!r}; known: {', '.join(sorted(self.scenarios))}")

    def media(self, name: str) -> Path:
        """Return the folder of the scenario's sounds and films."""
        return self.paths[name].parent / "media"

    def file(self, name: str) -> Path:
        """Return the scenario's own file; ``Refusal`` where there is none of that name."""
        self[name]
        return self.paths[name]
