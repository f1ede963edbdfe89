"""What an installation decides: addresses, folders, the database."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DEFAULT_PORT: Final = 8600


@dataclass(frozen=True, slots=True)
class Settings:
    """``origins`` are page origins besides the server's own that may open WebSockets, such as a proxy's public name."""

    data: Path
    database_url: str
    database: str
    origins: frozenset[str] = field(default_factory=frozenset)
    profile: str = "formative"

    @property
    def journal(self) -> Path:
        """The folder of the node's journal."""
        return self.data / "journal"

    @property
    def scenarios(self) -> Path:
        """Where every version of a scenario that was offered is kept, by its hash."""
        return self.data / "scenarios"

    @property
    def reports(self) -> Path:
        """Where reports are written as files."""
        return self.data / "reports"
