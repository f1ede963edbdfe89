"""A scenario to begin with: commented, complete, and free of faults."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final, get_args

from scenario_assets.language.kinds import Word
from scenario_assets.language.values import Identifier

#: The files of a scenario's folder, as they lie in the package.
_FILES: Final = ("scenario.yaml", "README.md")
#: The line of the shipped file that a new scenario has its own id in.
_ID_LINE: Final = "\nid: starter\n"


def starter(name: str) -> Mapping[str, str]:
    """The files of a new scenario's folder, by name; ValueError where its id cannot be one."""
    word: Word = get_args(Identifier)[1]
    if word.pattern.match(name) is None:
        raise ValueError(f"{name!r} is no id: small letters, digits and dashes, such as {word.example!r}")
    folder = files("scenario_assets") / "starter"
    texts = {file: (folder / file).read_text("utf-8") for file in _FILES}
    return texts | {_FILES[0]: texts[_FILES[0]].replace(_ID_LINE, f"\nid: {name}\n", 1)}
