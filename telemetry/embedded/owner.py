"""Who runs the database server.

PostgreSQL refuses to run as root. An ordinary user runs it as themselves; root runs it as the system user
`talkdown-db`, which is made on first use, or as whoever already owns the data folder.
"""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from telemetry.embedded.errors import EmbeddedError, PrivateFolderError

SYSTEM_USER = "talkdown-db"

# useradd only edits a few files; longer than this means another process holds the password file's lock.
USERADD_TIMEOUT_S = 30

# shadow's exit status for "username already in use": another process made it in the meantime.
USERADD_EXISTS = 9


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that owns the data folder and runs the server; `switch` when we are root and become them."""

    name: str
    uid: int
    gid: int
    switch: bool

    def take(self, path: Path, mode: int) -> None:
        """Give `path` to the owner with exactly `mode`, whatever the umask was when it was made."""
        path.chmod(mode)
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def require_reach(self, path: Path, *, what: str) -> None:
        """Raise `PrivateFolderError` unless the owner may pass through every folder down to `path` itself.

        A private folder is refused, never widened: who made it private had a reason we do not know.
        """
        if not self.switch:
            return
        for folder in (*reversed(path.parents), path):
            if not self._may_enter(folder):
                raise PrivateFolderError(
                    f"{what} {path} cannot be used: {folder} is private (mode {_mode(folder):04o}), and "
                    f"PostgreSQL, which does not run as root, runs as the user {self.name}. Choose a folder "
                    f"that others may pass through, such as one in /var/lib, or open it: chmod o+x '{folder}'"
                )

    def _may_enter(self, folder: Path) -> bool:
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        if info.st_gid == self.gid:
            return bool(info.st_mode & stat.S_IXGRP)
        return bool(info.st_mode & stat.S_IXOTH)


def is_root() -> bool:
    """Whether we run as root, and so must become another user to run the server."""
    return os.geteuid() == 0


def of(cluster: Path) -> Owner:
    """The user to run the server of the data folder `cluster` (which may not exist yet)."""
    if not is_root():
        return _ourselves(cluster)
    if cluster.exists() and cluster.stat().st_uid != 0:
        entry = pwd.getpwuid(cluster.stat().st_uid)
    else:
        entry = _system_user()
    return Owner(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def _ourselves(cluster: Path) -> Owner:
    entry = pwd.getpwuid(os.geteuid())
    if cluster.exists() and cluster.stat().st_uid != entry.pw_uid:
        raise EmbeddedError(
            f"The database in {cluster} belongs to user id {cluster.stat().st_uid}, not to {entry.pw_name}: "
            "it was made by someone else, or by root. Choose another data folder, or run as that user"
        )
    return Owner(entry.pw_name, entry.pw_uid, os.getegid(), switch=False)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _add_system_user()
        return pwd.getpwnam(SYSTEM_USER)


def _add_system_user() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=USERADD_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root and no user could be made for it: {error}"
        ) from error
    if done.returncode not in (0, USERADD_EXISTS):
        raise EmbeddedError(
            f"PostgreSQL does not run as root and no user could be made for it: {done.stderr.strip()}. "
            f"Make one ({' '.join(command)}) or run Talkdown as an ordinary user"
        )


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
