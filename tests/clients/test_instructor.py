"""A scripted console: sees every event once, and steers by name."""

import json

from clients.errors import RefusedError
from clients.instructor import Instructor
from tests.clients.model import Served, served


async def tell(server: Served, *numbers: int) -> None:
    for seq in numbers:
        await server.push("event", seq=seq, t=1.0, ms=0, actor="trainee", kind="choice", data={"choice": "a"})


def an_instructor(server: Served) -> Instructor:
    return Instructor(server.url, "the key", "5e5510", jitter=lambda: 0.0)


async def test_it_joins_with_key_and_session_and_sends_no_samples() -> None:
    async with served() as server, an_instructor(server):
        (hello,) = server.model.requests
        assert (hello["role"], hello["key"], hello["session"]) == ("instructor", "the key", "5e5510")
        assert hello["streams"] == {}
        assert "code" not in hello


async def test_events_told_again_after_a_reconnect_are_kept_once() -> None:
    async with served() as server, an_instructor(server) as instructor:
        await tell(server, 0, 1, 2)
        await instructor.until(lambda: len(instructor.events) == 3)
        instructor.connection.drop()
        line = instructor.connection
        await instructor.until(lambda: line.losses == 1 and line.wire.joined)
        await tell(server, 0, 1, 2, 3)
        await instructor.until(lambda: len(instructor.events) == 4)
        assert [event.seq for event in instructor.happened("choice")] == [0, 1, 2, 3]


async def test_it_sees_the_session_live() -> None:
    live = {
        "t": 4.0, "ms": 3000, "pose": [0, 1.6, 5, 0, 0, 0, 1], "voice": None, "distance": {"daniel": 6.25},
        "states": {"agitation": 61.5}, "why": {}, "nodes": {"person": "wary"},
        "recording": {"state": "storing", "behind_s": 0.1},
    }  # fmt: skip
    async with served() as server, an_instructor(server) as instructor:
        await server.push("live", **live)
        await instructor.until(lambda: instructor.live is not None)
        assert instructor.live is not None
        assert instructor.live.distance == {"daniel": 6.25}
        assert instructor.live.pose == (0, 1.6, 5, 0, 0, 0, 1)
        await server.push("grade", status="ready", reason=None)
        await instructor.until(lambda: instructor.grade is not None and instructor.grade.status == "ready")


async def test_it_knows_what_could_come_next_and_where_it_could_go_back_to() -> None:
    way = {
        "rule": "person.wary.next[0]", "label": "escalation", "when": "agitation >= 78", "held": True, "holds": None,
        "to": [{"node": "shouting", "weight": 0.75}, {"node": "gone", "weight": 0.25}], "due_ms": None,
    }  # fmt: skip
    checkpoint = {
        "checkpoint": 2, "attempt": 1, "t": 70.5, "ms": 61000, "why": "flag", "node": "wary", "label": "hands",
    }  # fmt: skip
    async with served() as server, an_instructor(server) as instructor:
        await server.push("ways", regions={"person": [way]})
        await server.push("checkpoints", checkpoints=[checkpoint])
        await server.push("scenario", scenario={"id": "bus_shelter", "title": "Another evening"})
        await server.push("attempt", attempt=2, checkpoint=2, t=80.0, ms=61000)
        await instructor.until(lambda: instructor.attempt == 2)
        assert instructor.scenario["title"] == "Another evening"
        (ahead,) = instructor.ways["person"]
        assert (ahead.rule, ahead.to) == ("person.wary.next[0]", {"shouting": 0.75, "gone": 0.25})
        assert (ahead.held, ahead.holds, ahead.due_ms) == (True, None, None)
        (moment,) = instructor.checkpoints
        assert (moment.checkpoint, moment.ms, moment.why, moment.label) == (2, 61000, "flag", "hands")


async def test_what_it_asks_for_carries_the_name() -> None:
    async with served() as server, an_instructor(server) as instructor:
        for kind in ("begin", "freeze", "resume", "end"):
            await getattr(instructor, kind)()
        server.model.event = 7
        assert await instructor.mark("reflection") == 7
        assert await instructor.inject("siren") == 7
        assert await instructor.flag("look at the hands") == 7
        assert await instructor.goto("person", "talking.sitting") == 7
        assert await instructor.nudge("agitation", -10) == 7
        assert await instructor.hold("person.wary.next[0]", on=True) == 7
        assert await instructor.rewind(3) == 7
        assert await instructor.reload() == 7
    told = server.model.requests[1:]
    assert [{key: value for key, value in request.items() if key != "ref"} for request in told] == [
        {"type": "begin"},
        {"type": "freeze"},
        {"type": "resume"},
        {"type": "end"},
        {"type": "mark", "kind": "reflection"},
        {"type": "inject", "inject": "siren"},
        {"type": "flag", "note": "look at the hands"},
        {"type": "goto", "region": "person", "node": "talking.sitting"},
        {"type": "nudge", "state": "agitation", "by": -10},
        {"type": "hold", "rule": "person.wary.next[0]", "on": True},
        {"type": "rewind", "checkpoint": 3},
        {"type": "reload"},
    ]


async def test_a_request_it_only_posts_may_be_refused_without_harm() -> None:
    async with served() as server, an_instructor(server) as instructor:
        server.model.refusals["mark"] = "unknown_name"
        instructor.connection.post("mark", kind="poem")
        try:
            await instructor.inject("siren")
        except RefusedError as error:
            raise AssertionError(json.dumps(server.model.requests)) from error
        (refused,) = instructor.connection.failed_posts
        assert isinstance(refused, RefusedError)
        assert (refused.kind, refused.refusal.code) == ("mark", "unknown_name")
