"""``python -m session_server.cli``."""

from session_server.cli import main

main()
