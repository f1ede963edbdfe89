"""Every line of a scenario as a small Opus file, spoken by a synthesiser on the author's machine.

    python -m scenario_assets.voices bus-shelter     speaks the lines that are new or have changed

Needs Debian's ``flite`` (voices rms, slt, awb; a free licence like BSD's) and ``opusenc`` (opus-tools);
neither is needed to run a scenario. ``media/lines.json`` keeps, for each line, a hash of everything its sound
was made from, so that a test can tell when a text was edited and its sound was not made again. The voices are
synthetic; nobody's voice was recorded or imitated.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenario_assets import library
from scenario_assets.language.document import Scenario
from scenario_assets.language.staging import Line, Voice

#: Change it when the sound of an unchanged line should be made again.
RECIPE = 1
MANIFEST = "lines.json"
#: Speech at this rate is clear in mono, and a line of six seconds stays under 20 KB.
KBITS = 24
#: RMS of the spoken parts, dBFS, for a calm line; speech then lies near -20 LUFS, and a shout 4 dB above.
_LEVEL_DB, _LEVEL_STRAIN_DB = -22.0, 4.0
_PEAK = 0.89  # -1 dBFS: lossy coding overshoots a little
#: What strain does to a voice: higher, a shorter vocal tract, faster, brighter (direction: Traunmueller &
#: Eriksson).
_STRAIN_PITCH, _STRAIN_TRACT, _STRAIN_RATE, _STRAIN_BRIGHT = 0.22, 0.09, 0.16, 1.2
#: The band of a telephone or radio.
_RADIO_HZ = (300.0, 3400.0)

Samples = NDArray[np.float64]


class VoiceError(Exception):
    """A line cannot be spoken: a program is missing or has failed."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the manifest says of one line: of what it was made, and how long it is."""

    made_of: str
    seconds: float


def made_of(line: Line, voice: Voice) -> str:
    """A hash of everything a line's sound depends on."""
    parts = {
        "recipe": RECIPE,
        "kbits": KBITS,
        "text": line.text,
        "strain": line.strain,
        "voice": asdict(voice),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def manifest(media: Path) -> dict[str, Recorded]:
    """What was recorded in this folder; empty when nothing was."""
    path = media / MANIFEST
    if not path.is_file():
        return {}
    data: Mapping[str, Mapping[str, object]] = json.loads(path.read_text("utf-8"))
    return {name: Recorded(str(item["made_of"]), float(str(item["seconds"]))) for name, item in data.items()}


def outdated(scenario: Scenario) -> tuple[str, ...]:
    """The lines whose sound is missing or was made of something else."""
    recorded = manifest(scenario.media)
    return tuple(
        name
        for name, line in scenario.lines.items()
        if (voice := scenario.actors[line.actor].voice) is not None
        and (
            name not in recorded
            or recorded[name].made_of != made_of(line, voice)
            or scenario.audio(name) is None
        )
    )


def record(scenario: Scenario) -> tuple[str, ...]:
    """Speak the outdated lines into ``media`` and drop those no longer in the scenario; the lines spoken."""
    scenario.media.mkdir(exist_ok=True)
    recorded = {name: item for name, item in manifest(scenario.media).items() if name in scenario.lines}
    todo = outdated(scenario)
    for name in todo:
        line = scenario.lines[name]
        voice = scenario.actors[line.actor].voice
        assert voice is not None  # noqa: S101 - lines without a voice are not outdated
        seconds = _record_line(line, voice, scenario.media / f"{name}.opus")
        recorded[name] = Recorded(made_of(line, voice), round(seconds, 2))
    for file in scenario.media.glob("*.opus"):
        if file.stem not in scenario.lines:
            file.unlink()
    table = {name: asdict(recorded[name]) for name in sorted(recorded)}
    (scenario.media / MANIFEST).write_text(json.dumps(table, indent=1) + "\n", "utf-8")
    return todo


def _record_line(line: Line, voice: Voice, target: Path) -> float:
    """Speak one line into an Opus file; its length in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        raw, done = Path(folder) / "raw.wav", Path(folder) / "done.wav"
        _flite(line, voice, raw)
        samples, rate = _read(raw)
        samples = _finish(_resample(samples, _tract(line, voice)), rate, line, voice)
        _write(done, samples, rate)
        _run(
            "opusenc",
            "--quiet",
            "--bitrate",
            str(KBITS),
            "--speech",
            "--padding",
            "0",
            str(done),
            str(target),
        )
    return len(samples) / rate


def _tract(line: Line, voice: Voice) -> float:
    return voice.tract * (1.0 + _STRAIN_TRACT * line.strain)


def _flite(line: Line, voice: Voice, target: Path) -> None:
    # Shortening the vocal tract speeds speech up and raises its pitch; both are compensated here.
    tract = _tract(line, voice)
    pitch = voice.pitch * (1.0 + _STRAIN_PITCH * line.strain) / tract
    stretch = voice.stretch / (1.0 + _STRAIN_RATE * line.strain) * tract
    settings = {"f0_shift": pitch, "duration_stretch": stretch}
    options = [part for name, value in settings.items() for part in ("--setf", f"{name}={value:.4f}")]
    _run("flite", "-voice", voice.name, *options, "-t", line.text, "-o", str(target))


def _run(program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise VoiceError(f"{program} is not installed; on Debian: apt-get install flite opus-tools")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise VoiceError(f"{program} failed: {done.stderr.strip()[:300]}")


def _read(path: Path) -> tuple[Samples, int]:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.astype(np.float64) / 32768.0, file.getframerate()


def _write(path: Path, samples: Samples, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())


def _resample(samples: Samples, factor: float) -> Samples:
    """Play ``factor`` times as fast: pitch and formants rise together, as with a shorter vocal tract."""
    count = round(len(samples) / factor)
    spectrum = np.fft.rfft(samples)
    bins = count // 2 + 1
    resized = np.zeros(bins, dtype=complex)
    kept = min(bins, len(spectrum))
    resized[:kept] = spectrum[:kept]
    return np.fft.irfft(resized, count) * (count / len(samples))


def _finish(samples: Samples, rate: int, line: Line, voice: Voice) -> Samples:
    samples = _trim(samples, rate)
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1.0 / rate)
    spectrum *= 1.0 + _STRAIN_BRIGHT * line.strain * np.clip((hertz - 800.0) / 2400.0, 0.0, 1.0)
    if voice.band == "radio":
        low, high = _RADIO_HZ
        spectrum *= 1.0 / (1.0 + (low / np.maximum(hertz, 1.0)) ** 6) / (1.0 + (hertz / high) ** 12)
    samples = np.fft.irfft(spectrum, len(samples))
    samples = _level(samples, rate, _LEVEL_DB + _LEVEL_STRAIN_DB * line.strain)
    return _padded(samples, rate)


def _frames(samples: Samples, rate: int) -> Samples:
    """RMS of each 20 ms."""
    size = rate // 50
    count = max(1, len(samples) // size)
    power: Samples = np.mean(np.resize(samples, count * size).reshape(count, size) ** 2, axis=1)
    return np.sqrt(power)


def _trim(samples: Samples, rate: int) -> Samples:
    """Without the silence before and after."""
    levels = _frames(samples, rate)
    spoken = np.flatnonzero(levels > levels.max() * 0.01)
    size = rate // 50
    return samples[max(0, spoken[0] - 1) * size : (spoken[-1] + 2) * size]


def _level(samples: Samples, rate: int, target_db: float) -> Samples:
    """Spoken parts (within 30 dB of the loudest) at the wanted RMS; peaks rounded off, never cut."""
    levels = _frames(samples, rate)
    spoken = levels[levels > levels.max() * 10 ** (-30 / 20)]
    samples = samples * (10 ** (target_db / 20) / np.sqrt(np.mean(spoken**2)))
    knee = 0.6 * _PEAK
    over = np.abs(samples) > knee
    rounded = knee + (_PEAK - knee) * np.tanh((np.abs(samples) - knee) / (_PEAK - knee))
    samples[over] = np.sign(samples[over]) * rounded[over]
    return samples


def _padded(samples: Samples, rate: int) -> Samples:
    """Eased in and out, with a little room at both ends."""
    fade = rate // 100
    ramp = np.linspace(0.0, 1.0, fade)
    samples = samples.copy()
    samples[:fade] *= ramp
    samples[-fade:] *= ramp[::-1]
    return np.concatenate([np.zeros(rate // 40), samples, np.zeros(rate // 10)])


def main(names: list[str]) -> int:
    """Record the given scenarios of the library, or all."""
    for name in names or list(library.names()):
        try:
            scenario = library.load(name)
            spoken = record(scenario)
        except VoiceError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        print(f"{name}: {len(spoken)} of {len(scenario.lines)} lines spoken")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
