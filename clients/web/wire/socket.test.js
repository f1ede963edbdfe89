import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { connect } from "./socket.js";
import { FakeSocket, VirtualTime, settle } from "./testing/fakes.js";

const HELLO = /** @type {const} */ ({
  role: "trainee",
  code: "WDJB-MJHT",
  client: { name: "talkdown-station", modality: "browser" },
  streams: { head_pose: 72 },
});
const POSE = [0, 1.65, 4, 0, 0, 0, 1];

/** @type {VirtualTime} */ let time;
/** @type {any[]} */ let states;
/** @type {any[]} */ let pushes;
/** @type {any[]} */ let errors;
let random = 0.5;
/** By how much the wall clock has gone on while the page's stood still, milliseconds. */
let slept = 0;

beforeEach(() => {
  time = new VirtualTime();
  [states, pushes, errors] = [[], [], []];
  FakeSocket.opened = [];
  random = 0.5;
  slept = 0;
});

function open() {
  return connect({
    url: "ws://here/ws",
    hello: HELLO,
    onState: (state) => states.push(state),
    onPush: (push) => pushes.push(push),
    onError: (error) => errors.push(error),
    env: /** @type {any} */ ({
      WebSocket: FakeSocket,
      now: () => time.now,
      wall: () => time.now + slept,
      random: () => random,
      setTimeout: time.setTimeout,
      clearTimeout: time.clearTimeout,
    }),
  });
}

/** The latest socket. */
function socket() {
  return FakeSocket.opened[FakeSocket.opened.length - 1];
}

/** Accepts the connection and its hello. */
async function welcome({ nextSeq = 0, track = 1, more = /** @type {any[]} */ ([]) } = {}) {
  await time.pass(0);
  const ws = socket();
  ws.onopen?.();
  const [hello] = ws.of("hello");
  ws.push({
    type: "welcome",
    ref: hello.ref,
    protocol: 1,
    you: { id: "trainee", role: "trainee" },
    session: { id: "s", phase: "lobby", attempt: 1, t: 0, ms: 0 },
    tracks: [
      {
        track,
        stream: "head_pose",
        columns: ["px", "py", "pz", "qx", "qy", "qz", "qw"],
        rate: 72,
        next_seq: nextSeq,
      },
      ...more,
    ],
    scenario: {},
    calibration: null,
    limits: { message_bytes: 65536, frame_ms: 100 },
  });
  await settle();
  return ws;
}

/** Answers every clock request that is open. @param {FakeSocket} ws */
function answerClocks(ws) {
  for (const { ref, t0_ms } of ws.of("clock")) ws.push({ type: "clock", ref, t0_ms, t1_ms: 1, t2_ms: 2 });
}

test("hello comes first, carries a run, and opens the connection", async () => {
  const connection = open();
  const ws = await welcome();
  assert.equal(ws.url, "ws://here/ws");
  const [hello] = ws.messages;
  assert.deepEqual({ ...hello, run: "" }, { type: "hello", ref: 1, protocol: 1, run: "", ...HELLO });
  assert.match(hello.run, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    states.map((s) => s.status),
    ["connecting", "open"],
  );
  assert.equal(connection.welcome?.session.phase, "lobby");
});

test("requests settle by their ref, refusals as coded errors", async () => {
  const connection = open();
  const ws = await welcome();
  const asked = connection.request("choose", { choice: "ask_name" });
  const refused = connection.request("choose", { choice: "sit" });
  const [first, second] = ws.of("choose");
  assert.ok(second.ref > first.ref);
  ws.push({
    type: "error",
    ref: second.ref,
    code: "not_offered",
    message: "not now",
    retry: true,
    offered: ["a"],
  });
  ws.push({ type: "ok", ref: first.ref, event: 17 });
  assert.equal((await asked).event, 17);
  await assert.rejects(refused, {
    code: "not_offered",
    retry: true,
    message: "not now",
    details: { offered: ["a"] },
  });
});

test("a request without connection, or cut off, fails at once and is not sent later", async () => {
  const connection = open();
  await assert.rejects(connection.request("stop"), { code: "not_connected", retry: true });
  const ws = await welcome();
  const cut = connection.request("begin");
  ws.onclose?.({ code: 1006, reason: "" });
  await assert.rejects(cut, { code: "connection_lost", retry: true });
  await time.pass(10_000);
  const again = await welcome();
  assert.equal(again.of("begin").length, 0);
});

test("rows of 100 ms leave in one frame and stay until acknowledged", async () => {
  const connection = open();
  const ws = await welcome();
  for (let i = 0; i < 7; i++) connection.sendRow("head_pose", time.now + i * 14, POSE);
  assert.equal(ws.frames.length, 0);
  await time.pass(100);
  assert.equal(ws.frames.length, 1);
  assert.equal(ws.frames[0].blocks[0].clientMs.length, 7);
  assert.equal(ws.frames[0].sealedMs, 1100);
  ws.push({ type: "ack", tracks: { 1: 7 } });
  assert.deepEqual(connection.progress("head_pose"), { next: 7, acked: 7, lost: 0 });
  assert.deepEqual(pushes, []);
  await time.pass(300);
  assert.equal(ws.frames.length, 1, "nothing new, no frame");
});

test("after a reconnect everything the server lacks goes again, under the new track number", async () => {
  const connection = open();
  const first = await welcome();
  for (let i = 0; i < 10; i++) connection.sendRow("head_pose", time.now + i, POSE);
  await time.pass(100);
  first.push({ type: "ack", tracks: { 1: 4 } });
  first.onclose?.({ code: 1012, reason: "restart" });
  connection.sendRow("head_pose", time.now + 20, POSE); // while away
  await time.pass(1_000);
  const second = await welcome({ nextSeq: 6, track: 5 });
  assert.notEqual(second, first);
  assert.equal(second.messages[0].run, first.messages[0].run);
  assert.equal(second.messages[0].ref, 1);
  answerClocks(second);
  await time.pass(100);
  const [block] = second.frames[0].blocks;
  assert.deepEqual([block.track, block.firstSeq, block.clientMs.length], [5, 6, 5]);
});

test("a long outage is sent in frames the server accepts", async () => {
  const connection = open();
  const ws = await welcome();
  ws.bufferedAmount = 1e6; // a network that takes nothing
  for (let i = 0; i < 5_000; i++) connection.sendRow("head_pose", time.now + i * 13, POSE);
  await time.pass(500);
  assert.equal(ws.frames.length, 0);
  ws.bufferedAmount = 0;
  await time.pass(500);
  const sizes = ws.frames.map((frame) => frame.blocks[0].clientMs.length);
  assert.ok(Math.max(...sizes) <= (65_536 - 40) / 32);
  assert.equal(
    sizes.reduce((a, b) => a + b),
    5_000,
  );
});

test("a gap the server names is filled from there", async () => {
  const connection = open();
  const ws = await welcome();
  for (let i = 0; i < 10; i++) connection.sendRow("head_pose", time.now + i, POSE);
  await time.pass(100);
  ws.push({
    type: "error",
    ref: null,
    code: "sequence_gap",
    message: "",
    retry: true,
    track: 1,
    expected: 3,
  });
  await time.pass(100);
  assert.equal(ws.frames[1].blocks[0].firstSeq, 3);
  assert.equal(errors[0].code, "sequence_gap");
});

test("a stream with a label is a track of its own", async () => {
  const connection = open();
  const hand = { stream: "hand_pose", columns: ["px", "tracked"], rate: 72, next_seq: 0 };
  const more = [
    { ...hand, track: 4, label: "left" },
    { ...hand, track: 5, label: "right" },
  ];
  const ws = await welcome({ more });
  assert.equal(connection.sendRow("hand_pose.right", time.now, [0.5, 1]), true);
  assert.equal(connection.sendRow("hand_pose", time.now, [0.5, 1]), false);
  await time.pass(100);
  assert.deepEqual(
    ws.frames[0].blocks.map(({ track, columns }) => [track, columns]),
    [[5, 2]],
  );
});

test("an outage beyond a quarter of an hour costs the oldest rows, and the server is told which", async () => {
  const connection = open();
  const ws = await welcome();
  const kept = 900 * 72;
  ws.onclose?.({ code: 1006, reason: "" });
  for (let i = 0; i < kept + 100; i++) connection.sendRow("head_pose", time.now + i, POSE);
  assert.equal(connection.progress("head_pose")?.lost, 100);
  await time.pass(1_000);
  const again = await welcome();
  answerClocks(again);
  await time.pass(4_000);
  assert.deepEqual(again.frames[0].gaps, [
    { track: 1, firstSeq: 0, rows: 100, reason: 1, firstMs: 1_000, lastMs: 1_099 },
  ]);
  const rows = again.frames.flatMap(({ blocks }) => blocks);
  assert.equal(rows[0].firstSeq, 100);
  assert.equal(
    rows.reduce((sum, { clientMs }) => sum + clientMs.length, 0),
    kept,
  );
});

test("after a sleep the server is told before any row, and no block holds rows from both sides", async () => {
  const connection = open();
  const ws = await welcome();
  answerClocks(ws);
  await time.pass(3_000);
  answerClocks(ws);
  const before = ws.of("clock").length;
  assert.equal(ws.of("clock").at(-1).epoch, undefined);
  connection.sendRow("head_pose", time.now, POSE);
  slept = 60_000;
  connection.sendRow("head_pose", time.now + 5, POSE);
  connection.sendRow("head_pose", time.now + 19, POSE);
  const [clock, ...more] = ws.of("clock").slice(before);
  assert.deepEqual([clock.epoch, clock.since_ms, clock.previous], [1, time.now, null]);
  assert.equal(more.length, 0);
  await time.pass(250);
  assert.equal(ws.frames.length, 0, "until there was an exchange, nothing bounds their times");
  answerClocks(ws);
  await time.pass(360);
  assert.equal(ws.of("clock").length, before + 8, "a burst again");
  assert.deepEqual(
    ws.frames.map(({ blocks }) => blocks[0].clientMs.length),
    [1, 2],
  );
});

test("each of two sleeps in one outage is told in its turn, until the server has heard of both", async () => {
  const connection = open();
  (await welcome()).onclose?.({ code: 1006, reason: "" });
  const since = [];
  for (const asleep of [60_000, 120_000]) {
    slept = asleep;
    since.push(time.now);
    time.now += 10;
    connection.sendRow("head_pose", time.now, POSE);
  }
  await time.pass(states.at(-1).retryMs);
  const ws = await welcome();
  const told = ws.of("clock").map(({ epoch, since_ms }) => [epoch, since_ms]);
  assert.deepEqual(told, [
    [1, since[0]],
    [2, since[1]],
  ]);
  assert.equal(ws.frames.length, 0);
  answerClocks(ws);
  await time.pass(60);
  assert.deepEqual(
    ws.of("clock").map(({ epoch }) => epoch),
    [1, 2, 2],
  );
});

test("after a reconnect what waited goes once the server knows of an exchange, or after a second", async () => {
  for (const answered of [true, false]) {
    const connection = open();
    (await welcome()).onclose?.({ code: 1006, reason: "" });
    connection.sendRow("head_pose", time.now, POSE);
    await time.pass(states.at(-1).retryMs);
    const ws = await welcome();
    if (answered) {
      await time.pass(220);
      assert.equal(ws.frames.length, 0);
      answerClocks(ws);
      await time.pass(150);
      assert.notEqual(ws.of("clock").at(-1).previous, null);
    } else {
      await time.pass(950);
      assert.equal(ws.frames.length, 0);
      await time.pass(100);
    }
    assert.equal(ws.frames.length, 1);
    connection.close();
  }
});

test("an answer from before a sleep is no exchange", async () => {
  const connection = open();
  const ws = await welcome();
  const [asked] = ws.of("clock");
  slept = 60_000;
  connection.sendRow("head_pose", time.now, POSE);
  ws.push({ type: "clock", ref: asked.ref, t0_ms: asked.t0_ms, t1_ms: 1, t2_ms: 2 });
  await time.pass(60);
  assert.equal(ws.of("clock").at(-1).previous, null);
  assert.equal(ws.of("clock").at(-1).epoch, 1);
});

for (const code of ["storage_full", "rate_limited"])
  test(`a refusal that may pass, ${code}, is given a pause, then the rows again`, async () => {
    const connection = open();
    const ws = await welcome();
    connection.sendRow("head_pose", time.now, POSE);
    await time.pass(100);
    ws.push({ type: "error", ref: null, code, message: "", retry: true });
    await time.pass(800);
    assert.equal(ws.frames.length, 1);
    await time.pass(400);
    assert.equal(ws.frames[1].blocks[0].firstSeq, 0);
  });

test("eight clock exchanges in a burst, then one every two seconds, each telling of the one before", async () => {
  open();
  const ws = await welcome();
  answerClocks(ws);
  await time.pass(360);
  assert.equal(ws.of("clock").length, 8);
  assert.equal(ws.of("clock")[0].previous, null);
  assert.deepEqual(ws.of("clock")[1].previous, { t0_ms: 1000, t3_ms: 1000 });
  answerClocks(ws);
  await time.pass(2_000);
  assert.equal(ws.of("clock").length, 9);
});

test("a server that stops answering is left", async () => {
  open();
  const ws = await welcome();
  answerClocks(ws);
  await time.pass(12_000);
  assert.equal(ws.closed, true);
  assert.ok(FakeSocket.opened.length > 1);
});

test("retries double from a quarter second to eight, with full jitter", async () => {
  random = 1;
  open();
  for (let i = 0; i < 8; i++) {
    await time.pass(states.at(-1)?.retryMs ?? 0);
    socket().onclose?.({ code: 1006, reason: "" });
  }
  const waits = states.filter((s) => s.status === "waiting").map((s) => s.retryMs);
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  random = 0;
  socket();
  await time.pass(8_000);
  socket().onclose?.({ code: 1006, reason: "" });
  assert.equal(states.at(-1).retryMs, 0);
});

test("final close codes end it, others do not", async () => {
  for (const code of [4001, 4002, 4003, 4010]) {
    states = [];
    open();
    const ws = await welcome();
    ws.onclose?.({ code, reason: "" });
    assert.equal(states.at(-1).status, "closed");
    assert.ok(states.at(-1).reason.length > 10);
  }
  for (const code of [1006, 1012, 4008]) {
    open();
    const ws = await welcome();
    ws.onclose?.({ code, reason: "" });
    assert.equal(states.at(-1).status, "waiting");
  }
});

test("a refused hello ends with the server's own words", async () => {
  open();
  await time.pass(0);
  socket().onopen?.();
  socket().push({
    type: "error",
    ref: 1,
    code: "unknown_session",
    message: "no session has the code X",
    retry: false,
  });
  await settle();
  assert.equal(states.at(-1).status, "closed");
  assert.equal(states.at(-1).reason, "no session has the code X");
  assert.equal(states.at(-1).error.code, "unknown_session");
});

test("a refusal that may pass is tried again", async () => {
  open();
  await time.pass(0);
  socket().onopen?.();
  socket().push({ type: "error", ref: 1, code: "rate_limited", message: "slow down", retry: true });
  await settle();
  assert.equal(states.at(-1).status, "waiting");
});

test("closing sends the last rows and leaves no timer behind", async () => {
  const connection = open();
  const ws = await welcome();
  connection.sendRow("head_pose", time.now, POSE);
  connection.close();
  assert.equal(ws.frames.length, 1);
  assert.equal(ws.closed, true);
  await settle();
  assert.equal(time.waiting, 0);
  await assert.rejects(connection.request("stop"), { code: "closed", retry: false });
});

test("flushed tells when the server has everything", async () => {
  const connection = open();
  const ws = await welcome();
  connection.sendRow("head_pose", time.now, POSE);
  const flushed = connection.flushed("head_pose", 2_000);
  await time.pass(150);
  ws.push({ type: "ack", tracks: { 1: 1 } });
  await time.pass(100);
  assert.equal(await flushed, true);
  connection.sendRow("head_pose", time.now, POSE);
  const late = connection.flushed("head_pose", 500);
  await time.pass(1_000);
  assert.equal(await late, false);
});
