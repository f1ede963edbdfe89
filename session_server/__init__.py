"""The server of Talkdown: a pure session core, and the shell that connects it to sockets, disk and database."""

__version__ = "0.1.0"
