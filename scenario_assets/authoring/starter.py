"""A scenario to begin with: commented, complete, and free of faults."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, get_args

from scenario_assets.language.kinds import Word
from scenario_assets.language.values import Identifier

#: The files of a scenario's folder, as they lie in the package.
_FILES: Final = ("scenario.yaml", "README.md")
#: The line of the shipped file that a new scenario has its own id in.
_ID_LINE: Final = "\nid: starter\n"
#: The words that a new scenario has its own title in, in the scenario and as the heading of its lesson plan.
_TITLE: Final = "A man at a bus stop"


def starter(name: str, title: str | None = None) -> Mapping[str, str]:
    """The files of a new scenario's folder, by name; ValueError where its id or title cannot be one.

    Without a title it is made of the id: ``dorm-corridor`` is called "Dorm corridor".
    """
    word: Word = get_args(Identifier)[1]
    if word.pattern.match(name) is None:
        raise ValueError(f"{name!r} is no id: small letters, digits and dashes, such as {word.example!r}")
    folder = files("scenario_assets") / "starter"
    texts = {file: (folder / file).read_text("utf-8") for file in _FILES}
    called = name.replace("-", " ").capitalize() if title is None else " ".join(title.split())
    if not called:
        raise ValueError("a title has words in it")
    scenario, plan = (texts[file] for file in _FILES)
    # JSON's strings are YAML's too: whatever stands in a title, it stays one.
    scenario = scenario.replace(_ID_LINE, f"\nid: {name}\n", 1)
    scenario = scenario.replace(f"\ntitle: {_TITLE} ", f"\ntitle: {json.dumps(called, ensure_ascii=False)} ", 1)
    return dict(zip(_FILES, (scenario, plan.replace(f"# {_TITLE}:", f"# {called}:", 1)), strict=True))
