"""The shipped scenarios: one folder each, with scenario.yaml, media and the lesson plan."""

from importlib.resources import files
from pathlib import Path

from scenario_assets.language import Scenario
from scenario_assets.language import load as load_file

#: Folders are Python-like names, ids are what people type: the same words, with dashes.
_FOLDERS = {
    folder.name.replace("_", "-"): folder
    for folder in sorted(Path(str(files(__name__))).iterdir())
    if (folder / "scenario.yaml").is_file()
}


def names() -> tuple[str, ...]:
    """The ids of the shipped scenarios."""
    return tuple(_FOLDERS)


def path(name: str) -> Path:
    """The folder of a shipped scenario; raises KeyError."""
    if name not in _FOLDERS:
        raise KeyError(f"no scenario {name!r} in the library; known: {', '.join(_FOLDERS)}")
    return _FOLDERS[name]


def load(name: str) -> Scenario:
    """A shipped scenario by its id."""
    return load_file(path(name) / "scenario.yaml")
