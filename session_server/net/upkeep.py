"""The database made ready for use: reached, and its schema brought up to date, at the start or whenever it comes back.

The server does not wait for it. Sessions live in the journal; only what was stored before cannot be looked at yet.
"""

import asyncio
import logging
from typing import Final

from session_server.net.threads import apart
from session_server.store.archive import UnavailableError, prepare
from telemetry.errors import MigrationError

log = logging.getLogger(__name__)

#: Between attempts; each gives up by itself.
RETRY_S: Final = 2.0


class Upkeep:
    """Makes the database ready, once."""

    def __init__(self, url: str, description: str, *, ready: bool) -> None:
        """``ready``: it was made ready before."""
        self._url = url
        self.ready = ready
        self.description = description
        #: Why it is not ready yet.
        self.error: str | None = None if ready else description

    async def run(self) -> None:
        """Return once the database is ready, however long that takes."""
        while not self.ready:
            try:
                self.description = await apart(prepare, self._url)
                self.ready, self.error = True, None
                log.info("the database is ready: %s", self.description)
            except (UnavailableError, MigrationError) as error:
                if str(error) != self.error:
                    log.error("the database is not ready, everything stays in the journal: %s", error)
                self.error = str(error)
                await asyncio.sleep(RETRY_S)
