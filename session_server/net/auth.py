"""Who may come in: the console key for instructors, a short code for the trainee of one session.

The code is the session's id under a keyed hash, so nothing secret is stored with the record and a restarted server
still knows every code. 20^8 codes (RFC 8628's letters, 34.6 bits) against a bounded number of guesses.
"""

import hashlib
import hmac
import os
import secrets
from collections import deque
from pathlib import Path
from typing import Final
from uuid import UUID

from session_server.core.errors import Refusal

#: RFC 8628 section 6.1: no vowels, so no words, and nothing that looks like something else.
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH: Final = 8
#: 24 random bytes in base 64; a shorter key was cut or emptied.
KEY_LENGTH: Final = 32
#: Wrong codes from one address in a minute before it must wait: 20^8 codes at this pace take 4,800 years.
MAX_FAILURES: Final = 10
WINDOW_S: Final = 60.0
#: Addresses remembered at once; the oldest is forgotten first.
MAX_ADDRESSES: Final = 10_000


def load_key(path: Path) -> str:
    """Return the console key kept in ``path``, made on first use and readable by the owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
            file.flush()
            os.fsync(file.fileno())
        made.rename(path)
    key = path.read_text().strip()
    if len(key) < KEY_LENGTH:
        raise OSError(f"the key in {path} has {len(key)} characters, at least {KEY_LENGTH} are needed: remove the file")
    return key


def code_of(session: UUID, key: str) -> str:
    """Return the trainee's code of a session, such as ``WDJB-MJHT``."""
    number = int.from_bytes(hmac.digest(key.encode(), session.bytes, hashlib.sha256)[:16], "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def normal(code: str) -> str:
    """Return ``code`` as people mean it: case, dashes and spaces do not matter."""
    return "".join(character for character in code.upper() if character.isalnum())


def same(one: str, other: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


class Guesses:
    """Counts failed attempts by address, and refuses an address that tries too often."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}

    def check(self, address: str, now: float) -> None:
        """Raise ``Refusal`` while ``address`` has failed too often within the window."""
        times = self._failures.get(address)
        while times and times[0] < now - WINDOW_S:
            times.popleft()
        if times and len(times) >= MAX_FAILURES:
            wait = int(times[0] + WINDOW_S - now) + 1
            raise Refusal("rate_limited", f"{len(times)} wrong codes or keys from here; try again in {wait} s")

    def failed(self, address: str, now: float) -> None:
        """Note a wrong code or key."""
        if address not in self._failures and len(self._failures) >= MAX_ADDRESSES:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(address, deque(maxlen=MAX_FAILURES)).append(now)
