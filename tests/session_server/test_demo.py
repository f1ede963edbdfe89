"""The demonstration that the README promises: half a minute of a scripted trainee, and its grade."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

#: It plays 30 s after a calibration of 14 s; starting and grading take seconds, more on a busy machine.
PATIENCE_S = 180


@pytest.mark.slow
def test_half_a_minute_of_the_demonstration_is_graded(tmp_path: Path, database: str) -> None:
    command = [sys.executable, "-m", "session_server.cli", "demo", "--for", "30", "--port", "0"]
    done = subprocess.run(
        [*command, "--data", str(tmp_path), "--database-url", database],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^Grade +\d+ of 100", done.stdout, re.MULTILINE), done.stdout
    assert "lost 0, duplicated 0" in done.stdout
    # It came too close at first, and that can be seen.
    assert "too near" in done.stdout
