"""Frames wait for company on their way to the disk, and nothing overtakes them meanwhile."""

from pathlib import Path
from uuid import UUID

from telemetry.frames import encode, encode_block
from telemetry.journal import read
from telemetry.records import RecordKind, decode_event, decode_samples
from tests.session_server.live import Raw, live_server


def frame(number: int) -> bytes:
    return encode(number * 10.0, [encode_block(1, number, [number * 10.0], [[0.0] * 7])])


async def test_neither_a_request_nor_the_end_of_the_connection_overtakes_a_frame(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        session, code = server.open()
        async with Raw.of(server.url) as raw:
            await raw.join(code)
            for number, request in enumerate(("consent", "begin")):
                await raw.send(frame(number))
                fields = {"content": True, "microphone": True} if request == "consent" else {}
                await raw.send({"type": request, "ref": 10 + number, **fields})
            # Wrong ones are answered in their turn, and change nothing.
            await raw.send(frame(9))
            await raw.send(b"no frame")
            await raw.send({"type": "act", "ref": 12, "act": "dance"})
            await raw.until(ref=12)
            assert [message["code"] for message in raw.got if message["type"] == "error"][:2] == [
                "sequence_gap", "frame_invalid",
            ]  # fmt: skip
            await raw.send(frame(2))
        await server.stored()
        found = [record for _, record in read(tmp_path / "journal") if record.session == UUID(session)]
    order: list[object] = []
    for record in found:
        if record.kind is RecordKind.SAMPLES:
            order += [block.first_seq for block in decode_samples(record.payload).blocks() if block.track == 1]
        elif record.kind is RecordKind.EVENT:
            order.append(decode_event(record.payload)[1].type)
    wanted = [0, "consent", 1, "begin", 2, "left"]
    assert [one for one in order if one in wanted] == wanted
