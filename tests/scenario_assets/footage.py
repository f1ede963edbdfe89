"""Tiny films for tests, made by the libraries that look into them."""

from fractions import Fraction
from pathlib import Path

import av

#: What players want: what the film holds stands at its beginning.
FAST_START = {"movflags": "+faststart"}


def film(
    path: Path, *, codec: str = "libx264", size: tuple[int, int] = (64, 32), fps: int = 10, seconds: float = 2.0,
    key_every: int = 10, pixels: str = "yuv420p", fast_start: bool = True,
) -> Path:  # fmt: skip
    """Write a grey film; ``key_every`` so many pictures is a key frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = FAST_START if fast_start and path.suffix == ".mp4" else {}
    # Nothing but what is asked for: x264 would put key frames where it sees a cut.
    encoder = {"x264-params": f"keyint={key_every}:min-keyint={key_every}:scenecut=0"} if codec == "libx264" else {}
    with av.open(str(path), "w", options=options) as file:
        stream = file.add_stream(codec, rate=fps, options=encoder)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt, stream.gop_size = pixels, key_every
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame(*size, pixels)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            for plane in frame.planes:
                plane.update(bytes([128]) * plane.buffer_size)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path
