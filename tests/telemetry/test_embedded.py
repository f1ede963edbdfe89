"""The embedded database as its users meet it: started, shared, killed, refused, and not to be built."""

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from telemetry import embedded
from telemetry.embedded import debian, locks
from telemetry.embedded.errors import CommandError, NotBuiltError, PrivateFolderError
from telemetry.embedded.owner import Owner
from telemetry.embedded.process import Step, run

# Ids above every system user's and ordinary user's: nobody on this machine.
STRANGER = Owner("stranger", 4_000_000, 4_000_000, switch=True)

# A killed process is gone in milliseconds, unless the machine has other things to do.
GONE_WITHIN_S = 10.0


def silent(_: str) -> None:
    """Progress that nobody reads."""


def value(uri: str, query: str) -> object:
    with psycopg.connect(uri) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def alive(process: psutil.Process) -> bool:
    """Whether it still does anything; a container's first process may be slow to collect the dead."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def write_note(uri: str) -> None:
    with psycopg.connect(uri) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")


@pytest.fixture
def toolless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with no compiler; root can still make the user that runs the server."""
    if useradd := shutil.which("useradd"):
        (tmp_path / "useradd").symlink_to(useradd)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return monkeypatch


def test_it_is_timescaledb_durable_and_reachable_by_socket_only(open_folder: Path) -> None:
    with embedded.start(open_folder, progress=silent) as database:
        assert database.timescaledb == value(
            database.uri, "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
        )
        assert database.describe() == (
            f"PostgreSQL {database.server_version} with TimescaleDB {database.timescaledb} (embedded)"
        )
        shown = {
            name: value(database.uri, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "listen_addresses", "timescaledb.telemetry_level")
        }
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "timescaledb.telemetry_level": "off",
    }


def test_data_outlive_the_server_and_the_server_does_not_outlive_its_users(open_folder: Path) -> None:
    with embedded.start(open_folder, progress=silent) as database:
        write_note(database.uri)
        processes = [psutil.Process(pid) for pid in database.pids()]
        assert len(processes) > 1
        assert database.cpu_seconds() > 0
    database.stop()  # a second stop does nothing
    assert database.pids() == ()
    assert database.cpu_seconds() == 0
    assert not any(alive(process) for process in processes)
    with embedded.start(open_folder, progress=silent) as again:
        assert value(again.uri, "SELECT text FROM note") == "kept"


def test_the_last_user_to_leave_stops_the_server(open_folder: Path) -> None:
    with embedded.start(open_folder, progress=silent) as first:
        second = embedded.start(open_folder, progress=silent)
        assert second.pids()[0] == first.pids()[0]
        first.stop()
        assert value(second.uri, "SELECT 1") == 1
        second.stop()
        assert second.pids() == ()


def test_a_killed_program_leaves_a_server_that_the_next_one_takes_over(open_folder: Path) -> None:
    program = (
        "import os, signal, sys, pathlib; from telemetry import embedded\n"
        "database = embedded.start(pathlib.Path(sys.argv[1]), progress=lambda line: None)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(open_folder)], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with embedded.start(open_folder, progress=silent) as database:
        server = psutil.Process(database.pids()[0])
        assert value(database.uri, "SELECT 1") == 1
    assert not alive(server)


def test_a_killed_server_starts_again_with_what_was_committed(open_folder: Path) -> None:
    database = embedded.start(open_folder, progress=silent)
    write_note(database.uri)
    server = psutil.Process(database.pids()[0])
    server.kill()
    server.wait(60)
    database.stop()
    with embedded.start(open_folder, progress=silent) as again:
        assert value(again.uri, "SELECT text FROM note") == "kept"


def test_a_server_killed_a_moment_ago_starts_again(open_folder: Path) -> None:
    """Dead, and not yet collected by whoever has to."""
    database = embedded.start(open_folder, progress=silent)
    write_note(database.uri)
    for pid in database.pids():
        os.kill(pid, signal.SIGKILL)
    with embedded.start(open_folder, progress=silent) as again:
        assert value(again.uri, "SELECT text FROM note") == "kept"
    database.stop()


def test_a_killed_server_is_started_again_on_demand_and_a_stopped_one_is_not(open_folder: Path) -> None:
    with embedded.start(open_folder, progress=silent) as database:
        write_note(database.uri)
        assert not database.revive()
        before = database.pids()
        os.kill(before[0], signal.SIGKILL)
        psutil.wait_procs([psutil.Process(before[0])], 60)
        assert database.revive()
        assert database.pids()[0] != before[0]
        assert value(database.uri, "SELECT text FROM note") == "kept"
    assert not database.revive()
    assert database.pids() == ()


def test_a_process_number_given_to_another_program_does_not_block_the_start(open_folder: Path) -> None:
    with embedded.start(open_folder, progress=silent) as database:
        remembered = (database.data_dir / "postgresql-16" / "postmaster.pid").read_text()
    lines = [str(os.getpid()), *remembered.splitlines()[1:]]
    text = "\n".join(lines) + "\n"
    (database.data_dir / "postgresql-16" / "postmaster.pid").write_text(text)
    (Path(lines[4]) / ".s.PGSQL.5432.lock").write_text(text)
    with embedded.start(open_folder, progress=silent) as again:
        assert value(again.uri, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_still_works(open_folder: Path) -> None:
    with embedded.start(open_folder / ("a folder, 'quoted' " * 6), progress=silent) as database:
        assert value(database.uri, "SELECT 1") == 1
        sockets = Path(str(value(database.uri, "SHOW unix_socket_directories")).strip('"'))
        assert sockets.is_dir()
    assert not sockets.exists()


def test_without_a_compiler_it_is_plain_postgresql_and_says_what_to_install(
    open_folder: Path, toolless: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    data, cache = open_folder / "data", open_folder / "cache"
    with embedded.start(data, cache_dir=cache, progress=told.append) as database:
        assert database.timescaledb is None
        assert database.describe() == f"PostgreSQL {database.server_version} without TimescaleDB (embedded)"
        assert "cc (apt-get install build-essential)" in str(database.plain_reason)
    assert any("without TimescaleDB" in line and "build-essential" in line for line in told)
    toolless.undo()
    with embedded.start(open_folder / "data", progress=silent) as again:
        assert again.timescaledb is None, "the tables were made without it"
        assert "another data folder" in str(again.plain_reason)


def test_data_made_with_timescaledb_are_not_opened_without_it(
    open_folder: Path, request: pytest.FixtureRequest
) -> None:
    embedded.start(open_folder / "data", progress=silent).stop()
    request.getfixturevalue("toolless")
    with pytest.raises(embedded.EmbeddedError, match=r"need TimescaleDB .* build-essential"):
        embedded.start(open_folder / "data", cache_dir=open_folder / "cache", progress=silent)


def test_a_private_folder_is_refused_and_stays_private(open_folder: Path) -> None:
    private = open_folder / "private"
    (private / "data").mkdir(parents=True)
    STRANGER.require_reach(private / "data", what="The data folder")
    private.chmod(0o700)
    with pytest.raises(PrivateFolderError, match=rf"{private} is private .* chmod o\+x '{private}'"):
        STRANGER.require_reach(private / "data", what="The data folder")
    assert private.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_is_refused_a_private_data_folder(open_folder: Path) -> None:
    open_folder.chmod(0o700)
    with pytest.raises(PrivateFolderError, match="does not run as root"):
        embedded.start(open_folder / "data", progress=silent)
    assert open_folder.stat().st_mode & 0o777 == 0o700


def test_a_program_that_takes_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ["sh", "-c", "echo started; sleep 600 & echo $! > child; wait"]
    with pytest.raises(CommandError, match=rf"(?s)still running after 1 s.*started.*{log}"):
        run(Step(words, tmp_path, timeout_s=1), log=log)
    child = int((tmp_path / "child").read_text())
    # Killed is not yet gone: the system takes its moment to end a process that has been told to.
    deadline = time.monotonic() + GONE_WITHIN_S
    while psutil.pid_exists(child) and alive(psutil.Process(child)):
        assert time.monotonic() < deadline, f"the child {child} lives on"
        time.sleep(0.01)


def test_a_failed_program_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"(?s)sh failed with status 3.*no such header"):
        run(Step(["sh", "-c", "echo no such header; exit 3"], tmp_path, timeout_s=20), log=tmp_path / "log")


def test_a_lock_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = (
        "import sys, pathlib; from telemetry.embedded import locks\n"
        "lock = locks.try_lock(pathlib.Path(sys.argv[1]))\n"
        "print(lock is not None, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        assert locks.try_lock(path) is None
        holder.kill()
        holder.wait()
    lock = locks.try_lock(path)
    assert lock is not None
    lock.release()


def test_the_machines_own_mirror_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(
        "#!/bin/sh\n"
        "echo http://mirror.example/debian-security/ main\n"
        "echo https://packages.example/debian/ contrib\n"
        "echo http://mirror.example/debian/ main\n"
    )
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv(debian.MIRROR_VARIABLE, raising=False)
    assert debian.mirror() == "http://mirror.example/debian/"
    monkeypatch.setenv(debian.MIRROR_VARIABLE, "http://other.example/debian")
    assert debian.mirror() == "http://other.example/debian"


def test_a_machine_without_debian_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho http://archive.example/ubuntu/ main\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv(debian.MIRROR_VARIABLE, raising=False)
    with pytest.raises(NotBuiltError, match=debian.MIRROR_VARIABLE):
        debian.mirror()


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "tree/../../escaped"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "source.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO(b""))
    with pytest.raises(NotBuiltError, match="escaped"):
        debian.extract(path, tmp_path / "inside")


def test_an_archive_cannot_plant_a_link(tmp_path: Path) -> None:
    path = tmp_path / "source.tar"
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    with tarfile.open(path, "w") as archive:
        archive.addfile(link)
    with pytest.raises(NotBuiltError, match="link"):
        debian.extract(path, tmp_path / "inside")
