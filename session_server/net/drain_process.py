"""The drain as a process of its own, watched: whatever ends it, it is started again."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

#: Between starts of a drain that keeps failing.
RESTART_S: Final = 1.0
#: After this long a drain that was asked to stop is killed; what it did not store stays in the journal.
STOP_WITHIN_S: Final = 12.0


class DrainProcess:
    """Keeps one drain running."""

    def __init__(self, journal: Path, database_url: str) -> None:
        self._journal = journal
        self._database_url = database_url
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The drain's process, while there is one."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(self) -> None:
        """Start the drain, and again whenever it ends; the owner must await ``stop``."""
        while not self._stopping:
            # The address may hold a password: it goes by the environment, which other users cannot read.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "telemetry.drain", "--journal", str(self._journal), "--parent", str(os.getpid()),
                env=os.environ | {"TALKDOWN_DATABASE_URL": self._database_url}, stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
            if self._stopping:  # told to while it was being started
                self._process.terminate()
            code = await self._process.wait()
            if not self._stopping:
                log.error("the drain ended with %s and is started again", code)
                await asyncio.sleep(RESTART_S)

    async def stop(self) -> None:
        """Ask the drain to store what there is and end."""
        self._stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            log.error("the drain did not end within %.0f s and is killed; the journal keeps the rest", STOP_WITHIN_S)
            self._process.kill()
            await self._process.wait()
