"""Films, pictures and drawn settings of nodes: that they are there and fit to be played (S030, S031, S041).

What a headset's browser can play is the profile below. ``check_media`` looks at names and files only; ``check_films``
reads the films themselves, which takes time and, for most of it, the optional package `av`.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from scenario_assets.language.assets import LOCALE, files
from scenario_assets.language.behaviour import Media, Node
from scenario_assets.language.checks.captions import check_length
from scenario_assets.language.document import Scenario
from scenario_assets.language.films import Film, FilmError, available, fast_start, probe
from scenario_assets.language.paths import Place, by_region
from scenario_assets.language.reader import Reader
from scenario_assets.language.ways import edges, entered

#: Of each codec the largest picture, as level 5.2 of H.264 (ITU-T H.264, table A-1) and level 6.2 of H.265 (table A.8)
#: have it: Meta's page on video in the Quest's browser speaks of 4K for all and of 8K for H.265 and AV1. VP8 is left
#: out, since Quest 3 and 3S do not decode it in hardware; AV1 is not decoded in hardware by Quest 2 and Pro.
_FOUR_K, _EIGHT_K = 4096 * 2304, 8192 * 4352
PLAYABLE = {"h264": _FOUR_K, "vp9": _FOUR_K, "hevc": _EIGHT_K, "av1": _EIGHT_K}
#: What these decoders put out; 4:2:2 and 4:4:4, which editing programs write, they do not read.
PIXELS = ("yuv420p", "yuvj420p", "yuv420p10le")
#: Containers by the ending of the file, as FFmpeg names them.
CONTAINERS = {"mp4": "mov", "m4v": "mov", "webm": "webm"}
#: The levels above allow their largest pictures at 60 a second at most.
MAX_FPS = 60.0
#: A film begins at a key frame; when the first one is far from the next, a switch into it decodes more than it shows.
MAX_KEY_GAP_S = 1.0
#: Times in containers are rounded; a frame more is no fault.
_FRAME_S = 0.04
#: Films held ready for a switch: browsers load six to ten at once, and a headset's decoder is shared by all of them.
HELD_READY = 6

_FILM_KEYS = ("loop", "still", "captions", "stereo", "flashing", "sha256")
_INSTALL = "films were not looked into, `av` is not installed: pip install 'talkdown[media]'"


@dataclass(frozen=True, slots=True)
class _File:
    """A file that some key names, for one language."""

    owner: Media
    key: str
    path: Path
    tag: str


def check_media(scenario: Scenario, reader: Reader) -> None:
    """Report what is declared wrongly, and files that are not there."""
    check = _Check(scenario, reader)
    for nodes in by_region(scenario).values():
        for place in nodes.values():
            if place.node.media is not None:
                check.shown(place.node.media)
                check.flashing(place)
                check.files(place.node.media)
        check.successors(nodes)


def check_films(scenario: Scenario, reader: Reader) -> None:
    """Report films that are altered or not fit to be played; reads every film."""
    check = _Films(scenario, reader)
    for nodes in by_region(scenario).values():
        for place in nodes.values():
            check.node(place.node)
    if check.seen and not available():
        reader.fault("S030", reader.place(scenario), _INSTALL, "warning")


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self.topics = {notice.topic for notice in scenario.warnings}

    def shown(self, media: Media) -> None:
        given = [key for key in ("video", "video360", "scene") if getattr(media, key)]
        if len(given) != 1:
            found = " and ".join(given) or "nothing"
            message = f"a node shows one of video, video360 and scene, here stands {found}"
            self.reader.fault("S001", self.reader.place(media), message)
        if media.film is None:
            for key in _FILM_KEYS:
                if getattr(media, key):
                    self.reader.fault("S001", self.reader.place(media, key), f"{key} belongs to a film; there is none")
        if media.video360 and media.stereo is None:
            message = "a 360-degree film without `stereo`: say mono, top_bottom or left_right"
            self.reader.fault("S030", self.reader.place(media, "video360"), message)

    def flashing(self, place: Place) -> None:
        media = place.node.media
        if media is None or media.film is None:
            return
        if media.flashing is None:
            message = f"{media.film}: say `flashing: false`, or true where it flashes more than three times a second"
            self.reader.fault("S041", self.reader.place(media), message)
        elif media.flashing and "flashing" not in self.topics | {notice.topic for notice in place.node.warnings}:
            message = f"{media.film} flashes: warn of the topic flashing in the node and in the scenario"
            self.reader.fault("S041", self.reader.place(media, "flashing"), message)

    def files(self, media: Media) -> None:
        for key in ("video", "video360", "still"):
            name = getattr(media, key) or ""
            if "{" in name.replace(LOCALE, ""):
                message = f"{name}: only {LOCALE} can stand in braces"
                self.reader.fault("S030", self.reader.place(media, key), message)
                continue
            for _, path in files(self.scenario, media, key):
                if not path.is_file():
                    self.reader.fault("S030", self.reader.place(media, key), f"there is no file {path}")

    def successors(self, nodes: dict[str, Place]) -> None:
        """S031: what can follow must be ready before it is known that it will."""
        lacking: set[str] = set()
        for path, leads in edges(self.scenario, nodes).items():
            region = nodes[path].region
            after = {there for to in leads for there in entered(self.scenario, region, to)} - {path}
            films: set[str] = set()
            for there in after:
                media = nodes[there].node.media
                if media is not None and media.film is not None:
                    films.add(media.film)
                    lacking |= {there} if media.still is None else set()
            if len(films) > HELD_READY:
                message = f"{len(films)} films can follow {nodes[path].full}, {HELD_READY} are held ready"
                self.reader.fault("S031", self.reader.place(nodes[path].node, "next"), message, "warning")
        for path in sorted(lacking):
            message = f"{nodes[path].full} follows others: a `still` is shown where its film is not ready in time"
            self.reader.fault("S031", self.reader.place(nodes[path].node.media), message, "warning")


class _Films:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self.seen: dict[Path, Film | None] = {}

    def node(self, node: Node) -> None:
        media = node.media
        if media is None:
            return
        for key in ("video", "video360"):
            for tag, path in files(self.scenario, media, key):
                if path.is_file():
                    file = _File(media, key, path, tag)
                    self._same(file)
                    film = self._looked_into(file)
                    if film is not None:
                        self._long_enough(file, film, node)
                        captions = dict(files(self.scenario, media, "captions")).get(tag)
                        if captions is not None and film.seconds > 0.0:
                            check_length(self.reader, captions, film.seconds)

    def fault(self, file: _File, message: str, *, warning: bool = False) -> None:
        place = self.reader.place(file.owner, file.key)
        self.reader.fault("S030", place, f"{file.path.name}: {message}", "warning" if warning else "error")

    def _same(self, file: _File) -> None:
        """The declared hash is of the film in the scenario's own language."""
        declared = file.owner.sha256
        if declared is None or file.tag != self.scenario.locale:
            return
        try:
            with file.path.open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            self.fault(file, f"cannot be read: {error.strerror or error}")
            return
        if found != declared:
            self.fault(file, f"its sha256 is {found}, declared is {declared}")

    def _looked_into(self, file: _File) -> Film | None:
        """The film, whose own faults are told once however many nodes show it."""
        if file.path in self.seen:
            return self.seen[file.path]
        self.seen[file.path] = None
        container = CONTAINERS.get(file.path.suffix[1:])
        if container is None:
            self.fault(file, f"browsers play {', '.join(CONTAINERS)}")
            return None
        try:
            if container == "mov" and not fast_start(file.path):
                self.fault(
                    file, "is not made to be played while it loads (ffmpeg: -movflags +faststart)", warning=True
                )
            if available():
                film = self.seen[file.path] = probe(file.path)
                self._playable(file, film, container)
        except FilmError as error:
            self.fault(file, f"cannot be read as a film: {error}")
        return self.seen[file.path]

    def _playable(self, file: _File, film: Film, container: str) -> None:
        if container not in film.container:
            self.fault(file, f"is {film.container} inside")
        if film.codec not in PLAYABLE:
            self.fault(file, f"codec {film.codec} is not played in headsets; known: {', '.join(PLAYABLE)}")
        elif film.width * film.height > PLAYABLE[film.codec]:
            self.fault(
                file,
                f"{film.width} x {film.height} is more than headsets play in {film.codec} "
                f"({PLAYABLE[film.codec] / 1e6:.1f} million pixels)",
            )
        if film.pixels not in PIXELS:
            self.fault(file, f"pixel format {film.pixels} is not decoded in headsets; known: {', '.join(PIXELS)}")
        if film.fps > MAX_FPS + 0.01:
            self.fault(file, f"{film.fps:g} pictures a second, headsets play {MAX_FPS:g}")
        if film.first_gap_s > MAX_KEY_GAP_S + _FRAME_S:
            self.fault(
                file,
                f"its first key frames are {film.first_gap_s:.1f} s apart, {MAX_KEY_GAP_S:g} s lets it start at once",
                warning=True,
            )

    def _long_enough(self, file: _File, film: Film, node: Node) -> None:
        last = max((cue.at.high for cue in node.cues if cue.at is not None), default=0.0) / 1000
        if not file.owner.loop and film.seconds > 0.0 and last > film.seconds:
            message = f"lasts {film.seconds:.1f} s, the node's last cue comes at {last:g} s: loop it, or lengthen it"
            self.fault(file, message, warning=True)
