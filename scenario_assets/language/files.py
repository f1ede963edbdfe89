"""Reading text files of bounded size."""

from pathlib import Path

#: The largest shipped scenario has some 40 KB; a megabyte is a generous bound that still parses within a
#: second or two.
MAX_BYTES = 1_000_000


class FileError(Exception):
    """A file cannot be read; ``line`` counts from 1."""

    def __init__(self, message: str, line: int = 1) -> None:
        self.line = line
        super().__init__(message)


def read(path: Path) -> bytes:
    """The whole file; raises FileError when it cannot be opened or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
            if len(data) <= MAX_BYTES:
                return data
            size = max(path.stat().st_size, len(data))  # what is no plain file tells no size
    except OSError as error:
        raise FileError(f"cannot be opened: {error.strerror or error}") from error
    raise FileError(f"the file has {size} bytes, at most {MAX_BYTES} are read")


def decode(data: bytes) -> str:
    """The bytes as UTF-8; raises FileError with the line where they are not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError("not UTF-8 text", data.count(b"\n", 0, error.start) + 1) from error
