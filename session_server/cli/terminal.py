"""How commands talk: progress on standard error, results on standard output."""

from pathlib import Path

from rich.console import Console

from telemetry.embedded import default_data_dir

console = Console(highlight=False)
progress_console = Console(stderr=True, highlight=False, style="dim")


def progress(line: str) -> None:
    """Show a step of something that takes long."""
    progress_console.print(line, markup=False)


def data_folder(given: Path | None) -> Path:
    """Return the folder to keep data in, as an absolute path."""
    return (given or default_data_dir()).expanduser().absolute()
