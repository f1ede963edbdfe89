"""Caption files of films (S040): strict WebVTT, in every language, one caption at a time, and time to read it."""

from itertools import pairwise
from pathlib import Path

from scenario_assets.language.assets import files
from scenario_assets.language.behaviour import Media
from scenario_assets.language.document import Scenario
from scenario_assets.language.files import FileError, decode, read
from scenario_assets.language.paths import places
from scenario_assets.language.reader import Reader
from scenario_assets.language.strict_yaml import Mark
from scenario_assets.language.webvtt import Caption, parse

#: Two lines of 80 characters are what a caption can show and a listener can take in at once.
CAPTION_CHARACTERS = 160
#: Characters a second. Netflix's guides for timed text allow 17 to 20 for adults; a quarter more is beyond all of them.
_READING_SPEED = 25.0


def check_captions(scenario: Scenario, reader: Reader) -> None:
    """Report caption files that are missing or cannot be read, and captions nobody could read in their time."""
    seen: set[Path] = set()
    for place in places(scenario):
        media = place.node.media
        if media is None:
            continue
        for _, path in files(scenario, media, "captions"):
            if path not in seen:
                seen.add(path)
                _check_file(reader, media, path)


def check_length(reader: Reader, path: Path, seconds: float) -> None:
    """Report captions that begin when their film of this length is over; of a file that can be read."""
    try:
        captions, _ = parse(decode(read(path)))
    except FileError:
        return
    late = [caption for caption in captions if caption.start / 1000 >= seconds]
    if late:
        message = f"begins after {late[0].start / 1000:g} s, the film lasts {seconds:.1f} s"
        reader.fault("S040", Mark(late[0].line, 1), message, "warning", file=path)


def _check_file(reader: Reader, media: Media, path: Path) -> None:
    if not path.is_file():
        reader.fault("S040", reader.place(media, "captions"), f"there are no captions {path}")
        return
    try:
        captions, flaws = parse(decode(read(path)))
    except FileError as error:
        reader.fault("S040", Mark(error.line, 1), str(error), file=path)
        return
    for flaw in flaws:
        reader.fault("S040", Mark(flaw.line, 1), flaw.message, file=path)
    for caption in captions:
        _readable(reader, path, caption)
    for before, after in pairwise(captions):
        if before.start <= after.start < before.end:
            message = f"begins while the caption of line {before.line} is still shown"
            reader.fault("S040", Mark(after.line, 1), message, "warning", file=path)


def _readable(reader: Reader, path: Path, caption: Caption) -> None:
    count, seconds = len(caption.text), (caption.end - caption.start) / 1000
    mark = Mark(caption.line, 1)
    if count > CAPTION_CHARACTERS:
        reader.fault("S040", mark, f"{count} characters, a caption has {CAPTION_CHARACTERS}", file=path)
    elif count / seconds > _READING_SPEED:
        message = (
            f"{count} characters in {seconds:g} s are {count / seconds:.0f} a second; "
            f"people read up to {_READING_SPEED:g}, show it for {count / _READING_SPEED:.1f} s"
        )
        reader.fault("S040", mark, message, "warning", file=path)
