"""Scenario files by the hash of their content, so that a session finds the very version it was played with.

``<folder>/<sha256>/scenario.yaml`` with its ``locales`` beside it. Versions are added and never changed or removed.
Media are not kept: a scenario's sound and films may be replaced.
"""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from scenario_assets.language import Scenario, ScenarioError, reread
from scenario_assets.language.locales import FOLDER

FILE: Final = "scenario.yaml"


class ChangedError(Exception):
    """A scenario's files are not any more what was read from them."""


class Versions:
    """What is kept in one folder; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, scenario: Scenario) -> None:
        """Keep the files that ``scenario`` was read from; ``ChangedError`` where they have been changed since."""
        home = self._folder / scenario.sha256
        if home.is_dir():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as name:
            made = Path(name) / scenario.sha256
            _copy(scenario.path, made)
            if _hash(made / FILE) != scenario.sha256:
                raise ChangedError(f"{scenario.path} was changed while it was read")
            try:
                made.rename(home)
            except OSError:
                if not home.is_dir():  # else another process has kept it meanwhile
                    raise
        _sync(self._folder)

    def find(self, sha256: str) -> Path | None:
        """Return the file of this version, None where it is not kept."""
        path = self._folder / sha256 / FILE
        return path if sha256 and path.is_file() else None

    def load(self, sha256: str, *, beside: Path | None = None) -> Scenario | None:
        """Return this version, None where it is not kept; its media are taken from ``beside`` that file."""
        path = self.find(sha256)
        if path is None:
            return None
        scenario = reread(path)
        return scenario if beside is None else replace(scenario, path=beside)


def _copy(source: Path, made: Path) -> None:
    """Copy a scenario's file and its locales, and have them on disk."""
    (made / FOLDER).mkdir(parents=True)
    copies = [(source, made / FILE)]
    copies += [(file, made / FOLDER / file.name) for file in sorted((source.parent / FOLDER).glob("*.yaml"))]
    for original, copy in copies:
        shutil.copyfile(original, copy)
        _sync(copy)
    _sync(made / FOLDER)
    _sync(made)


def _hash(path: Path) -> str:
    try:
        return reread(path).sha256
    except ScenarioError:
        return ""


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
