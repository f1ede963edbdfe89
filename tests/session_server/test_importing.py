"""``talkdown scenario import``: what it writes and prints, and when it fails."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scenario_assets.importers.twine import MAX_STORY_BYTES
from scenario_assets.language import ScenarioError, load
from session_server.cli import app, main
from tests.scenario_assets.importers.stories import BUS_STOP

runner = CliRunner()


def test_a_story_is_written_beside_itself_and_checked(tmp_path: Path) -> None:
    story = tmp_path / "bus.twee"
    story.write_text(f"\ufeff{BUS_STOP}[img[a.png]] <<set $x to 1>>\n", encoding="utf-8")
    done = runner.invoke(app, ["scenario", "import", str(story)])
    assert done.exit_code == 0, done.output
    line = BUS_STOP.count("\n") + 1
    assert f"{story}:{line}:1: S090 SugarCube macro <<set>> has no counterpart here" in done.stdout
    assert f"{story}: 2 things need a look, see above" in done.stdout
    assert f"wrote {tmp_path / 'bus.yaml'}; look for `Decide` in it" in done.stdout
    assert "somebody-at-the-bus-stop: no faults" in done.stdout
    assert load(tmp_path / "bus.yaml").title == "Somebody at the bus stop"


def test_a_file_that_is_there_is_replaced_only_when_asked(tmp_path: Path) -> None:
    story, file = tmp_path / "a.twee", tmp_path / "mine.yaml"
    story.write_text(":: A\n")
    file.write_text("my work")
    command = ["scenario", "import", str(story), "-o", str(file)]
    done = runner.invoke(app, command)
    assert done.exit_code == 1
    assert isinstance(done.exception, FileExistsError)
    assert file.read_text() == "my work"
    assert runner.invoke(app, [*command, "--force"]).exit_code == 0
    assert load(file).id == "imported-story"


def test_of_an_archive_a_story_is_chosen(tmp_path: Path) -> None:
    story = tmp_path / "all.html"
    story.write_text("".join(
        f"<tw-storydata name='{name}' startnode='1'><tw-passagedata pid='1' name='A'></tw-passagedata></tw-storydata>"
        for name in ("One", "Two")
    ))  # fmt: skip
    done = runner.invoke(app, ["scenario", "import", str(story), "--story", "Two"])
    assert done.exit_code == 0, done.output
    assert load(tmp_path / "all.yaml").title == "Two"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no story", "S091 no story is found"),
        (b":: A\n\xff\n", ":2:1: S091 not UTF-8 text"),
        (b":: A\n" * (MAX_STORY_BYTES // 5 + 1), "at most 10000000 are read"),
    ],
)
def test_what_is_no_story_is_refused_and_nothing_is_written(tmp_path: Path, content: bytes, message: str) -> None:
    story = tmp_path / "story.txt"
    story.write_bytes(content)
    done = runner.invoke(app, ["scenario", "import", str(story)])
    assert done.exit_code == 1
    assert isinstance(done.exception, ScenarioError)
    assert message in str(done.exception)
    assert not (tmp_path / "story.yaml").exists()


def test_on_the_command_line_a_refusal_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["talkdown", "scenario", "import", str(tmp_path / "none.twee")])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1
