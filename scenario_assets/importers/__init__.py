"""Scenarios from the files of other tools, and back: Twine's stories, as Twee 3 and as Twine 2 HTML."""

from scenario_assets.importers.export import to_twee
from scenario_assets.importers.twine import Imported, import_story

__all__ = ["Imported", "import_story", "to_twee"]
