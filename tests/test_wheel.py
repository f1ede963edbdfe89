"""The wheel is complete: it carries what the code needs at run time, and alone it plays a session."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from telemetry import embedded

ROOT = Path(__file__).parents[1]
SOURCES = ("clients", "scenario_assets", "scoring", "session_server", "telemetry")
BESIDE = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")

# Building takes some 5 s, installing some 2 s, the demo its 5 s and as much again to start, grade and stop;
# under load on two cores several times that.
BUILD_TIMEOUT_S = 120
DEMO_TIMEOUT_S = 180


def run(*words: str | Path, cwd: Path, timeout: float, **environment: str) -> str:
    """Run to the end and return what it printed; a failure shows all that it wrote."""
    # Nothing of this test run may help the program: no path to the checkout, no home, no settings.
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment}
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{words[0]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def code(source: str) -> str:
    """JavaScript without its block comments, where types are imported that no browser loads."""
    return re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: setuptools leaves its work in a tree and finds it again next time."""
    copy, target = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in BESIDE:
        shutil.copy(ROOT / name, copy)
    # Without isolation: the locked setuptools of this environment builds it, and nothing is downloaded.
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, copy,
        cwd=copy, timeout=BUILD_TIMEOUT_S, HOME=str(target),
    )  # fmt: skip
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty virtual environment with the wheel in it.

    The dependencies are those of this environment, reached by a path file: they are locked and tested as
    installed, and downloading them again would test the network. Talkdown itself is not reachable that way,
    since a path file adds a folder but does not follow the path files in it, one of which is the
    checkout's.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index",
        wheel, cwd=folder, timeout=BUILD_TIMEOUT_S, HOME=str(folder), PIP_DISABLE_PIP_VERSION_CHECK="1",
    )  # fmt: skip
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    asked = run(python, "-c", purelib, cwd=folder, timeout=20)
    (Path(asked.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def test_the_wheel_holds_what_the_code_reads_and_nothing_else(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    expected = {
        "clients/web/station/index.html",
        "clients/web/instructor/index.html",
        "clients/web/replay/index.html",
        "clients/web/vendor/three/three.module.js",
        "clients/web/vendor/three/three.core.js",
        "clients/web/vendor/three/LICENSE",
        "clients/web/vendor/uplot/uPlot.esm.js",
        "clients/web/vendor/uplot/uPlot.min.css",
        "clients/web/vendor/uplot/LICENSE",
        "scenario_assets/starter/README.md",
        "scenario_assets/starter/scenario.yaml",
        "scoring/profiles/formative.toml",
        "telemetry/schema/001_extension.sql",
    }
    assert sorted(expected - names) == []
    spoken = (ROOT / "scenario_assets" / "library").rglob("*.opus")
    kept = {path.relative_to(ROOT).as_posix() for path in spoken}
    assert sorted(kept - names) == [], "the spoken lines of the shipped scenario"
    assert [name for name in names if re.search(r"/testing/|\.test\.|^tests/", name)] == []
    legal = {Path(name).name for name in names if "/licenses/" in name}
    assert legal == {"LICENSE", "NOTICE"}


def test_every_module_is_in_the_wheel(wheel: Path) -> None:
    written = {path.relative_to(ROOT).as_posix() for name in SOURCES for path in (ROOT / name).rglob("*.py")}
    missing = sorted(written - set(ZipFile(wheel).namelist()))
    assert missing == [], "does its folder have an __init__.py?"


def test_every_file_the_pages_name_is_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        pages = [name for name in names if name.startswith("clients/web/") and name.endswith(".html")]
        asked = {
            f"clients{link}"
            for page in pages
            for link in re.findall(r'(?:src|href)="(/web/[^"#?]+)"', archive.read(page).decode())
        }
        scripts = [name for name in names if re.fullmatch(r"clients/web/(?!vendor/).*\.js", name)]
        asked |= {
            os.path.normpath(Path(name).parent / link)
            for name in scripts
            for link in re.findall(r'(?:from|import)\s*\(?"(\.[^"]+\.js)"', code(archive.read(name).decode()))
        }
    assert pages
    assert asked
    assert sorted(asked - names) == []


def test_the_installed_wheel_alone_plays_the_demo(environment: Path, open_folder: Path) -> None:
    home, elsewhere = open_folder / "home", open_folder / "empty"
    home.mkdir()
    elsewhere.mkdir()
    where = run(
        environment / "bin" / "python", "-c", "import session_server; print(session_server.__file__)",
        cwd=elsewhere, timeout=20, HOME=str(home),
    )  # fmt: skip
    assert Path(where.strip()).is_relative_to(environment)
    played = run(
        environment / "bin" / "talkdown", "demo", "--for", "5", "--port", "0", "--data", open_folder / "data",
        cwd=elsewhere, timeout=DEMO_TIMEOUT_S, HOME=str(home),
        # The database's programs are not what is tested here; built once, they serve every run.
        XDG_CACHE_HOME=str(embedded.default_cache_dir().parent),
    )  # fmt: skip
    assert re.search(r"(?i)grade", played), played
    assert not list(elsewhere.iterdir()), "a command leaves nothing in the folder it is called from"
