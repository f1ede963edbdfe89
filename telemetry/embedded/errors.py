"""The errors of the embedded database.

EmbeddedError
+-- PrivateFolderError   a folder that the server's user may not enter
+-- NotBuiltError        TimescaleDB could not be built here, and why
+-- CommandError         a program failed or took too long
"""


class EmbeddedError(Exception):
    """The embedded database cannot do what was asked; the message says what to do about it."""


class PrivateFolderError(EmbeddedError):
    """The user that runs the server may not pass through a folder on the way to its files."""


class NotBuiltError(EmbeddedError):
    """TimescaleDB is not available on this machine; the message names what would make it so."""


class CommandError(EmbeddedError):
    """A program failed or took too long; the message ends with its last lines and names the whole log."""
