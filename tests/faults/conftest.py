"""One house for all fault tests: it must outlive every fault anyway. Each failure says how to have it again."""

import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.faults.house import Database, House
from tests.faults.seeds import VARIABLE


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    seed = getattr(item, "funcargs", {}).get("seed")
    if report.failed and seed is not None:
        name = item.nodeid.partition("[")[0]
        report.sections.append(("seed", f"{seed}; once more: {VARIABLE}={seed} .venv/bin/pytest '{name}'"))
    return report


@pytest.fixture(scope="session")
def _shared_database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="talkdown-faults-") as folder:
        # Run by root, the server is another user, who must pass through.
        Path(folder).chmod(0o711)
        database = Database(Path(folder).resolve())
        database.start()
        yield database
        database.stop()


@pytest.fixture(scope="session")
def _shared_house(_shared_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"), _shared_database.uri)
    yield house
    house.kill()


@pytest.fixture
def own_database(_shared_database: Database) -> Iterator[Database]:
    """A database server that a test may stop, freeze and kill; it runs again afterwards."""
    _shared_database.start()
    yield _shared_database
    _shared_database.start()


@pytest.fixture
def house(own_database: Database, _shared_house: House) -> House:
    """A real server with its drain, running, that a test may kill; the database's address is its own."""
    _shared_house.start()
    return _shared_house


@pytest.fixture
def empty_house(own_database: Database, tmp_path: Path) -> Iterator[House]:
    """A house nobody has started yet, with a database of its own in ``own_database``."""
    house = House(tmp_path, own_database.create())
    yield house
    house.kill()
