"""What is inside a film file, found without playing it.

``probe`` needs the optional package `av` (``pip install talkdown[media]``), which brings FFmpeg's libraries;
``fast_start`` reads the file itself. Seconds, pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

#: A box of an mp4 file begins with its length and its name, four bytes each (ISO/IEC 14496-12, 4.2).
_BOX_HEAD = 8
#: A length of 1 says that the true one follows in eight bytes.
_LONG_LENGTH = 1
#: Films have a handful of boxes at the top; a file with more is no film.
_MAX_BOXES = 1_000
#: So much of a film is searched for its second key frame.
_SEARCHED_S = 10.0


class FilmError(ValueError):
    """The file cannot be read as a film; the message says why."""


@dataclass(frozen=True, slots=True)
class Film:
    """What a film holds. ``first_gap_s`` is the time from its first key frame to the next, or to its end."""

    container: str
    codec: str
    pixels: str
    width: int
    height: int
    fps: float
    seconds: float
    first_gap_s: float


def available() -> bool:
    """Whether ``probe`` can be called: whether `av` is installed."""
    return find_spec("av") is not None


def probe(path: Path) -> Film:
    """Look into a film; raises FilmError. You must have asked ``available``."""
    import av  # here, because it is optional and takes a second to load

    try:
        with av.open(str(path)) as file:
            if not file.streams.video:
                raise FilmError("no picture track in it")
            stream = file.streams.video[0]
            if stream.codec_context is None:
                raise FilmError("its codec is not known")
            seconds = file.duration / av.time_base if file.duration is not None else 0.0
            keys: list[float] = []
            for packet in file.demux(stream):
                if packet.pts is None or packet.time_base is None:
                    continue  # the last packet says only that there are no more
                at = float(packet.pts * packet.time_base)
                if packet.is_keyframe:
                    keys.append(at)
                if len(keys) > 1 or at > _SEARCHED_S:
                    break
            return Film(
                container=file.format.name,
                codec=stream.codec.canonical_name,
                pixels=stream.codec_context.pix_fmt or "",
                width=stream.width,
                height=stream.height,
                fps=float(stream.average_rate or 0),
                seconds=seconds,
                first_gap_s=keys[1] - keys[0] if len(keys) > 1 else seconds,
            )
    except (av.FFmpegError, OSError, ValueError) as error:
        if isinstance(error, FilmError):
            raise
        raise FilmError(getattr(error, "strerror", None) or str(error)) from error


def fast_start(path: Path) -> bool:
    """Whether an mp4 file tells what it holds before its pictures, so that it plays while it is still loading."""
    try:
        with path.open("rb") as file:
            for name in _boxes(file):
                if name in (b"moov", b"mdat"):
                    return name == b"moov"
    except OSError as error:
        raise FilmError(error.strerror or str(error)) from error
    raise FilmError("no mp4 file: it has neither `moov` nor `mdat`")


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    """The names of the boxes at the top of the file."""
    place = 0
    for _ in range(_MAX_BOXES):
        file.seek(place)
        head = file.read(_BOX_HEAD)
        if len(head) < _BOX_HEAD:
            return
        yield head[4:]
        length = int.from_bytes(head[:4], "big")
        if length == _LONG_LENGTH:
            length = int.from_bytes(file.read(8), "big")
        if length < _BOX_HEAD:
            return  # 0: the box goes on to the file's end
        place += length
