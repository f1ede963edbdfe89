"""``talkdown simulate``: a real server process under stations, and an account of each of their rows."""

import json
import os
import subprocess
import sys


def test_each_row_that_was_sent_is_stored_once(database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "session_server.cli", "simulate", "--stations", "4", "--for", "3", "--json"],
        env=os.environ | {"TALKDOWN_DATABASE_URL": database}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["stations"] == 4
    # How many a busy machine got to send is its own affair; each track of each station has sent some.
    assert result["rows_sent"] >= 4 * (72 + 50)
    assert result["rows_sent"] == result["rows_acked"] == result["rows_stored"]
    assert (result["rows_lost"], result["rows_duplicated"], result["rows_foreign"]) == (0, 0, 0)
    assert result["ack_ms"]["p50"] <= result["ack_ms"]["p95"] <= result["ack_ms"]["p99"]
    assert result["server_cpu_seconds"] > 0
    assert "TimescaleDB" in result["database"]
