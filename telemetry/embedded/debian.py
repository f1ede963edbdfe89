"""TimescaleDB's source from Debian, through an apt configuration of our own.

apt checks the archive's signature and the files' hashes. Its lists and its cache live in a temporary folder,
and the machine's own apt sources, lists and hooks stay as they are; its proxy, certificate and credential
settings are kept, because without them some machines reach no mirror. Works without being root.
"""

import lzma
import os
import pwd
import re
import shutil
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from telemetry.embedded.errors import CommandError, NotBuiltError
from telemetry.embedded.process import Step, run

# Debian's stable release; its TimescaleDB supports PostgreSQL 14 to 17 and holds only the Apache-licensed
# part.
SUITE = "trixie"
SOURCE = "timescaledb"

MIRROR_VARIABLE = "TALKDOWN_DEBIAN_MIRROR"
# Not cdrom: an installation disc has no sources on it.
SCHEMES = ("http", "https", "file")
KEYRINGS = ("debian-archive-keyring.gpg", "debian-archive-keyring.pgp")

# 11 MB of lists at 100 kB/s, the slowest line on which one would still wait for it.
UPDATE_TIMEOUT_S = 120
# 1.3 MB of source.
DOWNLOAD_TIMEOUT_S = 60
# Reading the sources and lists already on disk.
TARGETS_TIMEOUT_S = 20

CONFIGURATION = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist "{work}/talkdown.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::State "{work}/state";
Dir::State::status "/dev/null";
Dir::Cache "{work}/cache";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Update::Error-Mode "any";
"""

SOURCES = """\
Types: deb-src
URIs: {mirror}
Suites: {suite}
Components: main
Signed-By: {keyring}
"""


def fetch(work: Path, log: Path) -> Path:
    """Download and unpack the source under `work`; returns its folder, Debian's changes beside it.

    Raises `NotBuiltError` when this machine has no Debian archive, or the archive does not answer.
    """
    address, keyring = mirror(), _keyring()
    download = work / "source"
    _lay_out(work, download, address, keyring)
    apt: list[str | Path] = ["apt-get", "-c", work / "apt.conf", "-q"]
    try:
        run(Step([*apt, "update"], work, UPDATE_TIMEOUT_S), log=log)
        words = [*apt, "source", "--download-only", f"{SOURCE}/{SUITE}"]
        run(Step(words, download, DOWNLOAD_TIMEOUT_S), log=log)
    except CommandError as error:
        raise NotBuiltError(f"Debian's source package {SOURCE} could not be fetched: {error}") from error
    return _unpack(download)


def available() -> str | None:
    """Why this machine cannot give us Debian's source, or None when it can."""
    try:
        mirror()
        _keyring()
    except NotBuiltError as error:
        return str(error)
    return None


def _lay_out(work: Path, download: Path, address: str, keyring: Path) -> None:
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    download.mkdir()
    # Root's apt downloads as the user _apt, who must be let in.
    work.chmod(0o755)
    if os.geteuid() == 0:
        with suppress(KeyError):  # an apt without that user downloads as root
            os.chown(download, pwd.getpwnam("_apt").pw_uid, -1)
    (work / "apt.conf").write_text(CONFIGURATION.format(work=work))
    (work / "talkdown.sources").write_text(SOURCES.format(mirror=address, suite=SUITE, keyring=keyring))


def mirror() -> str:
    """The address of the Debian mirror that this machine already uses; raises `NotBuiltError` without one."""
    if shutil.which("apt-get") is None:
        raise NotBuiltError("this is not a Debian system (no apt-get)")
    if named := os.environ.get(MIRROR_VARIABLE):
        return named
    for address, component in _targets():
        parts = urlsplit(address)
        # The security archive and other people's archives are laid out alike but do not carry the package.
        if component == "main" and parts.path.rstrip("/").endswith("/debian") and parts.scheme in SCHEMES:
            return address
    raise NotBuiltError(f"apt knows no Debian mirror here; name one: {MIRROR_VARIABLE}=URL")


def _targets() -> list[tuple[str, str]]:
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=TARGETS_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotBuiltError(f"apt does not tell its mirrors: {error}") from error
    rows = [line.split() for line in done.stdout.splitlines()]
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def _keyring() -> Path:
    for name in KEYRINGS:
        path = Path("/usr/share/keyrings") / name
        if path.exists():
            return path
    raise NotBuiltError("Debian's keys are not installed: apt-get install debian-archive-keyring")


def _unpack(download: Path) -> Path:
    for pattern in ("*.orig.tar.*", "*.debian.tar.*"):
        archives = list(download.glob(pattern))
        if len(archives) != 1:
            raise NotBuiltError(
                f"Debian's source package has {len(archives)} files {pattern}, one was expected"
            )
        try:
            extract(archives[0], download)
        except (tarfile.TarError, lzma.LZMAError, OSError) as error:
            raise NotBuiltError(f"Debian's source package does not unpack: {error}") from error
    trees = [path for path in download.iterdir() if re.fullmatch(rf"{SOURCE}-[\d.]+", path.name)]
    if len(trees) != 1:
        raise NotBuiltError(
            f"Debian's source package holds {len(trees)} folders {SOURCE}-VERSION, one was expected"
        )
    return trees[0]


def extract(path: Path, folder: Path) -> None:
    """Unpack the plain files and folders of an archive, inside `folder` only.

    What tarfile's "data" filter does; Debian 12's Python 3.11.2 is older than that filter.
    """
    with tarfile.open(path) as archive:
        for member in archive:
            inside = PurePosixPath(member.name)
            if inside.is_absolute() or ".." in inside.parts or not (member.isfile() or member.isdir()):
                raise NotBuiltError(f"{path.name} holds {member.name}, which is not a plain file inside it")
            target = folder / inside
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            target.write_bytes(content.read() if content else b"")
            target.chmod(0o755 if member.mode & 0o100 else 0o644)
