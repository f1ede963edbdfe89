"""The sound of lines: level, band and length of what the synthesiser gave, and what is said without one."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenario_assets import library, voices
from scenario_assets.language.staging import Line, Voice

RATE = 16_000
CALM = Line(actor="daniel", text="Hello.", strain=0.0)
LOUD = replace(CALM, strain=1.0)


def speech(seconds: float = 2.0, hertz: float = 150.0) -> voices.Samples:
    """Harmonics that come and go like syllables, with silence around."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * hertz * n * t) / n for n in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * t), 0, 1)
    quiet = np.zeros(RATE // 2)
    return np.concatenate([quiet, 0.02 * tone * syllables, quiet])


def level(samples: voices.Samples) -> float:
    """RMS of the spoken parts, dBFS."""
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    power = np.mean(frames**2, axis=1)
    return float(10 * np.log10(np.mean(power[power > power.max() / 1000])))


def pitch(samples: voices.Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()])


@pytest.mark.parametrize(("line", "expected"), [(CALM, -22.0), (LOUD, -18.0)])
@pytest.mark.parametrize("gain", [0.1, 1.0, 8.0])
def test_every_line_has_its_level_whatever_the_synthesiser_gave(
    line: Line, expected: float, gain: float
) -> None:
    done = voices._finish(speech() * gain, RATE, line, Voice(name="rms"))
    assert level(done) == pytest.approx(expected, abs=0.7)
    assert np.abs(done).max() <= 0.89
    assert len(done) < 2.4 * RATE  # the silence around it is gone


def test_a_radio_voice_keeps_to_its_band() -> None:
    full, radio = (
        np.abs(np.fft.rfft(voices._finish(speech(hertz=100.0), RATE, CALM, Voice(name="rms", band=band))))
        for band in ("full", "radio")
    )
    low = round(100.0 / RATE * 2 * (len(full) - 1))
    assert radio[low - 3 : low + 4].max() < full[low - 3 : low + 4].max() / 10


def test_a_shorter_tract_is_higher_and_quicker() -> None:
    samples = speech(hertz=200.0)
    shorter = voices._resample(samples, 1.1)
    assert len(shorter) == round(len(samples) / 1.1)
    assert pitch(shorter) == pytest.approx(1.1 * pitch(samples), rel=0.01)


def test_a_missing_program_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(
        voices.VoiceError, match="flite is not installed; on Debian: apt-get install flite opus-tools"
    ):
        voices._record_line(CALM, Voice(name="rms"), tmp_path / "line.opus")


def test_the_manifest_is_read_and_lines_without_voice_are_left_alone(tmp_path: Path) -> None:
    scenario = library.load("bus-shelter")
    recorded = voices.manifest(scenario.media)
    assert set(recorded) == set(scenario.lines)
    assert all(0.3 < item.seconds < 7.0 for item in recorded.values())
    assert voices.manifest(tmp_path) == {}
    silent = {name: replace(actor, voice=None) for name, actor in scenario.actors.items()}
    assert voices.outdated(replace(scenario, actors=silent)) == ()
