"""Films of a scenario: each fault of a file by a tiny film that has it, and what is said without `av`."""

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest

from scenario_assets.language import examine, inspect
from scenario_assets.language import films as films_module
from scenario_assets.language.checks import media
from scenario_assets.language.films import FilmError, fast_start, probe
from tests.scenario_assets.faulty import FILM, GERMAN, VTT
from tests.scenario_assets.footage import film
from tests.scenario_assets.texts import changed


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    return tmp_path


def told(folder: Path, shown: str = FILM, *changes: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Code, severity and message of everything found."""
    file = folder / "scenario.yaml"
    file.write_text(changed(("    pacing:\n", f"    pacing:\n      media: {{{shown}, still: kim.png}}\n"), *changes))
    (folder / "media" / "kim.png").write_bytes(b"a picture")
    return [(fault.code, fault.severity, fault.message) for fault in inspect(file, films=True).faults]


def test_a_film_is_what_was_written(folder: Path) -> None:
    found = probe(film(folder / "media" / "kim.mp4", size=(128, 64), fps=20, seconds=3.0, key_every=10))
    assert (found.codec, found.pixels, found.width, found.height) == ("h264", "yuv420p", 128, 64)
    assert found.fps == pytest.approx(20.0)
    assert found.seconds == pytest.approx(3.0, abs=0.1)
    assert found.first_gap_s == pytest.approx(0.5)
    assert "mp4" in found.container


@pytest.mark.parametrize(
    ("name", "made", "severity", "message"),
    [
        ("kim.mp4", {}, None, ""),
        ("kim.webm", {"codec": "libvpx-vp9"}, None, ""),
        ("kim.mp4", {"codec": "mpeg4"}, "error", "codec mpeg4 is not played in headsets; known: h264, vp9, hevc, av1"),
        ("kim.webm", {"codec": "libvpx"}, "error", "codec vp8 is not played"),
        ("kim.mp4", {"pixels": "yuv444p"}, "error", "pixel format yuv444p is not decoded"),
        ("kim.mp4", {"fps": 90, "key_every": 30, "seconds": 1.0}, "error", "90 pictures a second, headsets play 60"),
        ("kim.mp4", {"size": (4112, 2304), "seconds": 0.2}, "error", "4112 x 2304 is more than headsets play in h264"),
        ("kim.mp4", {"fast_start": False}, "warning", "is not made to be played while it loads"),
        ("kim.mp4", {"key_every": 15}, "warning", "its first key frames are 1.5 s apart"),
        ("kim.mp4", {"key_every": 100}, "warning", "its first key frames are 2.0 s apart"),
        ("kim.mkv", {}, "error", "browsers play mp4, m4v, webm"),
    ],
)
def test_each_fault_of_a_film(
    folder: Path, name: str, made: dict[str, object], severity: str | None, message: str
) -> None:
    film(folder / "media" / name, **made)  # type: ignore[arg-type]
    found = told(folder, FILM.replace("kim.mp4", name))
    if severity is None:
        assert found == []
    else:
        assert [one[:2] for one in found] == [("S030", severity)]
        assert message in found[0][2]


def test_a_film_must_last_as_long_as_its_node(folder: Path) -> None:
    film(folder / "media" / "kim.mp4", seconds=1.5)
    once = FILM.replace("loop: true", "loop: false")
    assert told(folder) == []
    ((code, severity, message),) = told(folder, once)
    assert (code, severity) == ("S030", "warning")
    assert message == "kim.mp4: lasts 1.5 s, the node's last cue comes at 2 s: loop it, or lengthen it"
    film(folder / "media" / "kim.mp4", seconds=2.5)
    assert told(folder, once) == []


def test_an_altered_film_is_noticed(folder: Path) -> None:
    path = film(folder / "media" / "kim.mp4")
    declared = hashlib.sha256(path.read_bytes()).hexdigest()
    assert told(folder, f"{FILM}, sha256: {declared}") == []
    path.write_bytes(path.read_bytes() + b"\0\0\0\x08free")
    ((code, severity, message),) = told(folder, f"{FILM}, sha256: {declared}")
    assert (code, severity) == ("S030", "error")
    assert f"declared is {declared}" in message


@pytest.mark.parametrize("content", [b"", b"no film at all", b"\0\0\0\x18ftypmp42" + b"\0" * 400, b"\xff" * 2000])
@pytest.mark.parametrize("name", ["kim.mp4", "kim.webm"])
def test_what_is_no_film_is_told_in_words(folder: Path, name: str, content: bytes) -> None:
    (folder / "media" / name).write_bytes(content)
    found = told(folder, FILM.replace("kim.mp4", name))
    assert [one[:2] for one in found] == [("S030", "error")]
    assert "cannot be read as a film" in found[0][2]


def test_a_film_cut_anywhere_is_read_or_told(folder: Path) -> None:
    path = film(folder / "media" / "kim.mp4", seconds=0.5)
    whole = path.read_bytes()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        for look in (probe, fast_start):
            with suppress(FilmError):
                look(path)


def test_a_film_shown_twice_is_looked_into_once(folder: Path) -> None:
    film(folder / "media" / "kim.mp4", fast_start=False)
    twice = ("    shouting:\n", f"    shouting:\n      media: {{{FILM}, still: kim.png}}\n")
    assert len(told(folder, FILM, twice)) == 1


def test_films_in_every_language(folder: Path) -> None:
    (folder / "locales").mkdir()
    (folder / "locales" / "de.yaml").write_text(GERMAN)
    shown = FILM.replace("kim.mp4", "'{locale}/kim.mp4'") + ", captions: '{locale}.vtt'"
    for tag in ("en", "de"):
        film(folder / "media" / tag / "kim.mp4", seconds=4.0)
        (folder / "media" / f"{tag}.vtt").write_text(VTT)
    assert told(folder, shown) == []
    (folder / "media" / "de" / "kim.mp4").unlink()
    (folder / "media" / "de.vtt").unlink()
    missing = [f"there is no file {folder}/media/de/kim.mp4", f"there are no captions {folder}/media/de.vtt"]
    assert [message for _, _, message in told(folder, shown)] == missing


def test_captions_after_the_film_are_told_with_their_line(folder: Path) -> None:
    film(folder / "media" / "kim.mp4", seconds=2.0)
    late = VTT + "\n00:04.000 --> 00:06.000\nStill here.\n"
    (folder / "media" / "kim.vtt").write_text(late)
    assert told(folder, f"{FILM}, captions: kim.vtt")
    fault = inspect(folder / "scenario.yaml", films=True).faults[0]
    assert (fault.code, fault.severity, fault.line) == ("S040", "warning", 6)
    assert fault.path == str(folder / "media" / "kim.vtt")
    assert fault.message == "begins after 4 s, the film lasts 2.0 s"


def test_without_av_one_warning_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "available", lambda: False)
    film(folder / "media" / "kim.mp4", codec="mpeg4", fast_start=False)
    found = told(folder)
    assert [one[:2] for one in found] == [("S030", "warning")] * 2
    assert "`av` is not installed: pip install 'talkdown[media]'" in found[0][2]
    assert "while it loads" in found[1][2]  # that is seen without it


def test_a_scenario_without_films_needs_no_av(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "available", lambda: False)
    file = folder / "scenario.yaml"
    file.write_text(changed())
    assert inspect(file, films=True).faults == ()


def test_loading_does_not_read_films(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a film was opened")

    monkeypatch.setattr(media, "probe", refuse)
    monkeypatch.setattr(media, "fast_start", refuse)
    film(folder / "media" / "kim.mp4", codec="mpeg4")
    told_films = folder / "scenario.yaml"
    told_films.write_text(changed(("    pacing:\n", f"    pacing:\n      media: {{{FILM}, still: kim.png}}\n")))
    (folder / "media" / "kim.png").write_bytes(b"a picture")
    assert examine(told_films)[1] == ()


def test_more_films_than_are_held_ready(tmp_path: Path) -> None:
    def many(count: int) -> list[str]:
        nodes = "".join(
            f"    n{n}: {{media: {{{FILM.replace('kim', f'n{n}')}, still: n{n}.png}}, end: left}}\n"
            for n in range(count)
        )
        ways = "".join(f"        - {{when: agitation > {80 - n}, to: n{n}}}\n" for n in range(count))
        text = changed(
            ("        - {when: agitation >= 80,", f"{ways}        - {{when: agitation > 90,"),
            ("    helped: {end: helped}\n", f"    helped: {{end: helped}}\n{nodes}"),
        )
        _, faults = examine(tmp_path / "x.yaml", text=text)
        return [fault.message for fault in faults if fault.code == "S031"]

    assert many(media.HELD_READY) == []
    assert many(media.HELD_READY + 1) == ["7 films can follow person.pacing, 6 are held ready"]


def test_boxes_of_an_mp4(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    ftyp, moov, mdat = b"\0\0\0\x08ftyp", b"\0\0\0\x08moov", b"\0\0\0\0mdat"
    long = b"\0\0\0\x01free" + (20).to_bytes(8, "big") + b"abcd"
    for content, first in ((ftyp + moov + mdat, True), (ftyp + long + moov, True), (ftyp + mdat + moov, False)):
        file.write_bytes(content)
        assert fast_start(file) is first
    for content in (ftyp, b"\0\0\0\0free" + moov, b"\0\0\0\x07free" + moov, ftyp * 2000 + moov):
        file.write_bytes(content)
        with pytest.raises(FilmError, match="neither `moov` nor `mdat`"):
            fast_start(file)


def test_av_is_here_for_the_tests() -> None:
    assert films_module.available()
