"""Running the programs that the embedded database needs: bounded in time, logged, nothing left behind."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from telemetry.embedded.errors import CommandError
from telemetry.embedded.owner import Owner

# Enough of a log's end to show a compiler's message with its context.
TAIL_LINES = 12

# A caller's make hands its options and job server down; PostgreSQL's programs would read PGDATA, PGPORT and
# the like.
FOREIGN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "DESTDIR")


@dataclass(frozen=True, slots=True)
class Step:
    """One program to run: its words, the folder to run it in, how long it may take (seconds)."""

    words: Sequence[str | Path]
    folder: Path
    timeout_s: float


def run(step: Step, *, log: Path, owner: Owner | None = None, extra: Mapping[str, str] | None = None) -> None:
    """Run `step`, as `owner` when that is another user, with its output appended to `log`.

    `extra` is added to the environment. Raises `CommandError`; on time-out, and on Ctrl-C, the program and
    all it started are killed.
    """
    words = [str(word) for word in step.words]
    switch = owner is not None and owner.switch
    with log.open("ab") as output:
        output.write(f"$ {' '.join(words)}\n".encode())
        output.flush()
        try:
            process = subprocess.Popen(
                words,
                cwd=step.folder,
                env=_environment(extra or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=owner.uid if owner and switch else None,
                group=owner.gid if owner and switch else None,
                # Root's other groups are not the owner's.
                extra_groups=[] if switch else None,
            )
        except OSError as error:
            raise CommandError(f"{words[0]} could not be run: {error}") from error
    _wait(process, words, step.timeout_s, log)


def _wait(process: subprocess.Popen[bytes], words: Sequence[str], timeout_s: float, log: Path) -> None:
    name = Path(words[0]).name
    try:
        status = process.wait(timeout_s)
    except subprocess.TimeoutExpired as error:
        _kill(process)
        raise CommandError(f"{name} was still running after {timeout_s:.0f} s.{_tail(log)}") from error
    except BaseException:
        _kill(process)
        raise
    if status != 0:
        raise CommandError(f"{name} failed with status {status}.{_tail(log)}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    # The program leads a session of its own, so its children go with it.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    ours = {
        name: value for name, value in os.environ.items() if name not in FOREIGN and not name.startswith("PG")
    }
    # The logs and the tools' messages are the same everywhere.
    return ours | {"LC_ALL": "C"} | dict(extra)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join([" Its last lines:", *(f"    {line}" for line in lines), f"The whole log: {log}"])
