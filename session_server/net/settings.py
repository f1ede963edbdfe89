"""What an installation decides: addresses, folders, the database."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from session_server.net.disk import RESERVE_BYTES
from telemetry.sensors import load
from telemetry.streams import Sensor

DEFAULT_PORT: Final = 8600


@dataclass(frozen=True, slots=True)
class Settings:
    """``origins`` are page origins besides the server's own that may open WebSockets, such as a proxy's public name.

    ``database`` says in a line which database it is; ``ready``, that it was reached and has the schema it needs.
    ``reserve_bytes``: what is left free on the journal's disk for the events of running sessions.
    """

    data: Path
    database_url: str
    database: str
    origins: frozenset[str] = field(default_factory=frozenset)
    profile: str = "formative"
    ready: bool = True
    reserve_bytes: int = RESERVE_BYTES
    #: Where the agency declares its own sensors, if not in ``data/sensors.toml``.
    sensors_file: Path | None = None

    @property
    def journal(self) -> Path:
        """The folder of the node's journal."""
        return self.data / "journal"

    @property
    def scenarios(self) -> Path:
        """Where every version of a scenario that was offered is kept, by its hash."""
        return self.data / "scenarios"

    def sensors(self) -> tuple[Sensor, ...]:
        """Read the agency's declared sensors; none where the data folder has no such file.

        ``SensorsError`` with every fault, ``OSError`` where a file that was named cannot be read.
        """
        path = self.sensors_file or self.data / "sensors.toml"
        return load(path) if self.sensors_file or path.exists() else ()

    @property
    def reports(self) -> Path:
        """Where reports are written as files."""
        return self.data / "reports"
