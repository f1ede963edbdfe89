"""The scenarios a server offers, by id, each in the newest version that can be used."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from scenario_assets import library
from scenario_assets.language import Scenario, ScenarioError, load
from scenario_assets.language.locales import FOLDER
from session_server.core.errors import Refusal
from session_server.core.opening import Opening
from session_server.store.versions import ChangedError, Versions

#: Faults of a file that are told in one answer; `talkdown scenario check` lists all.
TOLD: Final = 5
#: A file that changes again and again while it is read is somebody else's to bring to rest.
TRIES: Final = 3

#: Files with their times and sizes: equal while nobody has edited them.
_Seen = tuple[tuple[str, int, int], ...]


class Shelf:
    """Scenarios and the files they were read from, their media beside them. Every version offered is kept by hash."""

    def __init__(self, files: Iterable[Path], versions: Versions | None) -> None:
        """Read all files; ``ScenarioError`` lists the faults of one. Without ``versions`` only the newest are known."""
        self._versions = versions
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}
        self.scenarios: dict[str, Scenario] = {}
        self.paths: dict[str, Path] = {}
        #: What is wrong with the newest file of a scenario whose version before is offered.
        self.faults: dict[str, tuple[str, ...]] = {}
        for path in files:
            seen = _seen(path)
            scenario = self._taken(path)
            self.scenarios[scenario.id], self.paths[scenario.id], self._seen[scenario.id] = scenario, path, seen

    @classmethod
    def of(cls, *files: Path, versions: Versions | None = None) -> Self:
        """Return the shipped scenarios and those in ``files``."""
        return cls([*(library.path(name) / "scenario.yaml" for name in library.names()), *files], versions)

    def __getitem__(self, name: str) -> Scenario:
        """Return a scenario; ``Refusal`` where there is none of that name."""
        if name in self.scenarios:
            return self.scenarios[name]
        raise Refusal("unknown_name", f"no scenario is called {name!r}; known: {', '.join(sorted(self.scenarios))}")

    def refresh(self, name: str) -> None:
        """Take the scenario's file again if it was edited; one with errors changes nothing but ``faults``.

        It may take a second: call it from a thread. ``Refusal`` where there is no scenario of that name.
        """
        self[name]
        with self._lock:
            path = self.paths[name]
            seen = _seen(path)
            if seen == self._seen[name]:
                return
            try:
                scenario = self._taken(path)
            except ScenarioError as error:
                self.faults[name] = _told([str(fault) for fault in error.faults])
            except (OSError, ChangedError) as error:
                self.faults[name] = (str(error),)
                return  # not the author's fault: the next look tries again
            else:
                if scenario.id == name:
                    self.scenarios[name] = scenario
                    self.faults.pop(name, None)
                else:
                    self.faults[name] = (f"{path}: the file now holds the scenario {scenario.id!r}",)
            self._seen[name] = seen

    def played(self, opening: Opening) -> Scenario:
        """Return the version that a session is played with, to the byte; ``Refusal`` where it is not to be had."""
        name, wanted = opening.scenario, opening.scenario_sha256
        offered = self.scenarios.get(name)
        if offered is not None and offered.sha256 == wanted:
            return offered
        kept = self._versions.load(wanted, beside=self.paths.get(name)) if self._versions is not None else None
        if kept is not None:
            return kept
        if offered is None:
            told = f"it was played with {name!r}; give that scenario's file as --scenario"
        else:
            told = (
                f"it was played with another version of {name!r} (sha256 {wanted[:12]}, here {offered.sha256[:12]}) "
                "that is not kept in this data folder; give the file it was played with as --scenario"
            )
        raise Refusal("unknown_name", told)

    def media(self, name: str) -> Path:
        """Return the folder of the scenario's sounds and films."""
        return self.paths[name].parent / "media"

    def _taken(self, path: Path) -> Scenario:
        """Read and check a file, and keep what it says."""
        for _ in range(TRIES - 1):
            scenario = load(path)
            try:
                self._keep(scenario)
            except ChangedError:
                continue
            return scenario
        scenario = load(path)
        self._keep(scenario)
        return scenario

    def _keep(self, scenario: Scenario) -> None:
        if self._versions is not None:
            self._versions.keep(scenario)


def _seen(path: Path) -> _Seen:
    """How the scenario's files look from outside; a missing one is not there."""
    found = [(file, _stat(file)) for file in (path, *sorted((path.parent / FOLDER).glob("*.yaml")))]
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in found if stat is not None)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _told(faults: list[str]) -> tuple[str, ...]:
    more = [f"and {len(faults) - TOLD} more"] if len(faults) > TOLD else []
    return (*faults[:TOLD], *more)
