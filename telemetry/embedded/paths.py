"""Where the embedded database keeps things.

Data are what people recorded and must be kept; the cache is what can be made again (the PostgreSQL copy, the
build). Root's defaults lie outside /root, which is private, because the server does not run as root.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from telemetry.embedded.errors import EmbeddedError
from telemetry.embedded.owner import Owner

# sun_path holds 108 bytes on Linux and 104 on macOS, one of them the closing zero.
SOCKET_PATH_BYTES = 103
SOCKET_NAME = ".s.PGSQL.5432"


def default_data_dir() -> Path:
    """The data folder when none is named: /var/lib/talkdown for root, else the user's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/talkdown")
    return _xdg("XDG_DATA_HOME", ".local/share") / "talkdown"


def default_cache_dir() -> Path:
    """The folder for what can be made again: /var/cache/talkdown for root, else the user's cache folder."""
    if os.geteuid() == 0:
        return Path("/var/cache/talkdown")
    return _xdg("XDG_CACHE_HOME", ".cache") / "talkdown"


def make_folder(path: Path, *, mode: int) -> Path:
    """Make `path` and its missing parents with exactly `mode`; what exists already keeps its permissions."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
    except OSError as error:
        raise EmbeddedError(
            f"The folder {path} cannot be made: {error.strerror}. Choose another one"
        ) from error
    return path


def socket_folder(cluster: Path, owner: Owner) -> Path:
    """The folder of the server's socket: the data folder, or a private one when that path is too long."""
    if len(os.fsencode(cluster / SOCKET_NAME)) <= SOCKET_PATH_BYTES:
        return cluster
    short = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"talkdown-{short}"
    if not folder.exists():
        folder.mkdir(mode=0o700)
        owner.take(folder, 0o700)
    info = folder.lstat()
    # Anyone may make folders in the temporary folder; one that is not the owner's own could feed us a false
    # server.
    if folder.is_symlink() or info.st_uid != owner.uid or info.st_mode & 0o077:
        raise EmbeddedError(
            f"{folder} was to hold the database's socket but belongs to someone else; remove it"
        )
    return folder


def _xdg(variable: str, fallback: str) -> Path:
    named = os.environ.get(variable, "")
    # The XDG specification: a relative path in these variables is to be ignored.
    return Path(named) if os.path.isabs(named) else Path.home() / fallback
