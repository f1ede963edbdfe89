"""The settings of a vars section that mean something, as they are read and written.

- ``when PASSAGE: guard``, ``after PASSAGE: time``, ``after PASSAGE: time when guard``: ways to another passage.
- ``offer NAME: words``: a choice that a condition elsewhere may ask for.
- ``media: [video|video360|scene] NAME``, for films with ``loop``, a stereo layout, ``flashing`` or ``steady`` behind.
"""

from typing import Any, Final, Literal

from scenario_assets.importers.content import Setting
from scenario_assets.importers.story import Report, shown
from scenario_assets.importers.written import drawn, guard
from scenario_assets.language.behaviour import Media, Transition
from scenario_assets.language.reader import Reader
from scenario_assets.language.strict_yaml import Mark, Scalar
from scenario_assets.language.values import Condition, Delay, Guard, MediaFile, Name, Span, Target

WHEN: Final = "when"
AFTER: Final = "after"
OFFER: Final = "offer"
MEDIA: Final = "media"

_KINDS = ("video", "video360", "scene")
_LOOP = "loop"
_STEREO: tuple[Literal["mono", "top_bottom", "left_right"], ...] = ("mono", "top_bottom", "left_right")
#: Whether a film flashes more than three times a second.
_FLASHING = {"flashing": True, "steady": False}


def verb(setting: Setting) -> tuple[str, str]:
    """The verb of a setting and the name it is about: ``when sitting`` is (``when``, ``sitting``)."""
    first, _, name = setting.name.partition(" ")
    if name and first in (WHEN, AFTER, OFFER):
        return first, name
    return (MEDIA, "") if setting.name == MEDIA else ("", setting.name)


def read_way(setting: Setting, target: str, report: Report) -> Transition | None:
    """The way to the node ``target`` that a setting ``when`` or ``after`` describes; None where it cannot be read."""
    timed = verb(setting)[0] == AFTER
    time, _, condition = setting.value.partition(f" {WHEN} ") if timed else ("", "", setting.value)
    after: Span | None = _read(setting, time, Delay, report) if timed else None
    when: Guard | None = _read(setting, condition, Condition, report) if condition or not timed else None
    if (timed and after is None) or (when is None and (condition or not timed)):
        return None
    return Transition(when=when, after=after, to=(Target(target, 1.0),))


def way_setting(way: Transition, passage: str) -> tuple[str, str]:
    """The setting that ``read_way`` reads as this way to a passage: its name and its value."""
    when = guard(way.when.text) if way.when is not None else ""
    if when and way.after is None:
        return f"{WHEN} {passage}", when
    time = drawn(way.after) if way.after is not None else "0 s"
    return f"{AFTER} {passage}", f"{time} {WHEN} {when}" if when else time


def read_media(setting: Setting, report: Report) -> Media | None:
    """What the node shows; None where it cannot be read."""
    words = setting.value.split()
    kind = words.pop(0) if words[:1] and words[0] in _KINDS and len(words) > 1 else _KINDS[0]
    name, *rest = words or [""]
    if any(word not in (_LOOP, *_STEREO, *_FLASHING) for word in rest) or (rest and kind == "scene"):
        told = "media is written as in `media: video360 person/pacing.mp4 loop mono steady`; this is left out"
        report.tell(setting.line, told)
        return None
    value: str | None = _read(setting, name, Name if kind == "scene" else MediaFile, report)
    if value is None:
        return None
    return Media(
        video=value if kind == "video" else None, video360=value if kind == "video360" else None,
        scene=value if kind == "scene" else None, loop=_LOOP in rest,
        stereo=next((layout for layout in _STEREO if layout in rest), None),
        flashing=next((flashes for word, flashes in _FLASHING.items() if word in rest), None),
    )  # fmt: skip


def media_value(media: Media) -> str:
    """The value that ``read_media`` reads as this."""
    shown_things = ((kind, getattr(media, kind)) for kind in _KINDS)
    words = next([kind, name] for kind, name in shown_things if name is not None)
    words += [_LOOP] if media.loop else []
    words += [media.stereo] if media.stereo is not None else []
    words += [word for word, flashes in _FLASHING.items() if flashes is media.flashing]
    return " ".join(words)


def _read(setting: Setting, text: str, hint: Any, report: Report) -> Any:
    """The value of a setting as the format reads it, or None."""
    reader = Reader(report.path)
    value = reader.read(Scalar(text.strip(), text.strip(), Mark(setting.line, 1)), hint)
    for fault in reader.faults[:1]:
        report.tell(setting.line, f"{shown(setting.name)} cannot be understood and is left out: {fault.message}")
    return None if reader.faults else value
