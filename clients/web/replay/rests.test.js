import assert from "node:assert/strict";
import { test } from "node:test";
import { COLUMNS, cells, damageWords, gapWords, inOrder, nameOf, presenceWords, restsSentence, troubled } from "./rests.js";

const NO_GAPS = { count: 0, seconds: 0, longest_s: 0, causes: {}, longest: [] };
const SOUND = { places: 0, bytes: 0, unplaced_places: 0, unplaced_bytes: 0 };

/** @param {string} name @param {Record<string, unknown>} [more] */
const stream = (name, more = {}) =>
  /** @type {any} */ ({
    stream: name,
    label: "",
    station: "trainee",
    verdict: "good",
    why: ["100 % of the running time was observed."],
    rows: 7200,
    implausible: 0,
    nominal_hz: 72,
    rate_hz: 71.8,
    coverage: 1,
    missing: 0,
    declared: 0,
    pruned: 0,
    gaps: NO_GAPS,
    clock_ms: { median: 1, p95: 2.5, worst: 4 },
    epochs: 1,
    lag_ms: { median: 100, p95: 160.2, worst: 900 },
    clipped: null,
    worn: null,
    visible: null,
    ...more,
  });
/** @param {any[]} streams @param {Record<string, number>} [damage] */
const quality = (streams, damage = {}) =>
  /** @type {any} */ ({ seconds: 160, summary: "", streams, damage: { ...SOUND, ...damage } });

const NBSP = "\u00a0";
const SERVER = stream("actor_pose", { station: "server", label: "jonas", clock_ms: null });

test("when everything is fine one calm sentence says so, and how exact it is", () => {
  const fine = quality([stream("head_pose"), stream("voice", { clock_ms: { median: 1, p95: 3.2, worst: 5 } }), SERVER]);
  assert.equal(
    restsSentence(fine),
    `The record is sound: your movement and your voice, without a gap that matters, every moment right to 4${NBSP}ms.`,
  );
  assert.deepEqual(troubled(fine), []);
});

test("what was never there is named and is no trouble", () => {
  const none = stream("voice", { verdict: "none", rows: 0, rate_hz: null, coverage: 0, clock_ms: null });
  const silent = quality([stream("head_pose"), none]);
  assert.match(restsSentence(silent), /^The record is sound: your movement, .* Not recorded: your voice\.$/);
  assert.deepEqual(troubled(silent), []);
  assert.equal(restsSentence(quality([none, SERVER])), "Nothing of what your station measures was recorded.");
});

test("what is missing comes worst first, and what is sound is said too", () => {
  const bad = quality([
    stream("voice", { verdict: "limited" }),
    stream("head_pose", { verdict: "poor" }),
    stream("headset_state"),
  ]);
  assert.deepEqual(
    troubled(bad).map(({ stream }) => stream),
    ["head_pose", "voice"],
  );
  assert.match(restsSentence(bad), /^Parts of the record are missing or weak; .* Sound: your display\.$/);
});

test("a damaged journal is never sound", () => {
  const damaged = quality([stream("head_pose")], { places: 3, bytes: 1200, unplaced_places: 1, unplaced_bytes: 64000 });
  assert.match(restsSentence(damaged), /^Parts/);
  assert.equal(
    damageWords(damaged.damage),
    "The server’s journal was damaged: it lost 1,200 bytes of this session, and 64,000 bytes of which nobody knows the session.",
  );
  assert.equal(damageWords(SOUND), "");
});

test("a gap says when in the exercise, how long, how much and why", () => {
  const gap = { t_start: 36, t_end: 56, missing: 1440, cause: "declared", reason: "buffer_full" };
  assert.deepEqual(gapWords(gap, 20), {
    time: "00:16–00:36",
    text: `Given up: the connection was away for longer than the station can keep rows (20${NBSP}s, 1,440 rows)`,
  });
  const slept = { t_start: 20, t_end: 85, missing: 0, cause: "asleep", reason: "" };
  assert.equal(gapWords(slept, 20).text, `The device slept (1${NBSP}min 5${NBSP}s)`);
  assert.match(gapWords({ ...slept, cause: "of_another_kind" }, 20).text, /^Of another kind/);
});

test("worn and visible are told where they are known, and nearly all is not all", () => {
  assert.equal(presenceWords(stream("headset_state")), "");
  assert.equal(presenceWords(stream("headset_state", { worn: 1, visible: 1 })), "");
  const most = stream("headset_state", { worn: 0.998, visible: 0.91 });
  assert.equal(
    presenceWords(most),
    `The headset was worn 99.8${NBSP}% of the time, the scene was visible 91${NBSP}% of the time.`,
  );
});

test("streams have the names that a trainee would give them", () => {
  const named = (/** @type {string} */ name, label = "") => nameOf(stream(name, { label }));
  assert.equal(named("hand_pose", "left"), "your left hand");
  assert.equal(named("sensor", "heart_rate"), "heart rate");
  assert.equal(named("actor_pose", "cit_officer"), "movement of CIT officer");
  assert.equal(named("proximity", "daniel"), "distance to Daniel");
  assert.equal(named("person_state", "agitation"), "agitation");
  assert.equal(named("of_tomorrow"), "of tomorrow");
  assert.equal(named("of_tomorrow", "left"), "of tomorrow (left)");
  const both = inOrder(quality([SERVER, stream("head_pose"), stream("voice")]));
  assert.deepEqual(
    both.map(({ stream }) => stream),
    ["head_pose", "voice", "actor_pose"],
  );
});

test("the table has a cell for every column, also where nothing came", () => {
  for (const more of [{}, { rows: 0, rate_hz: null, clock_ms: null, lag_ms: null, declared: 40 }])
    assert.equal(cells(stream("head_pose", more)).length, COLUMNS.length);
  const many = { missing: 2, declared: 40, gaps: { ...NO_GAPS, count: 3, seconds: 1.26 }, epochs: 2, clipped: 0.0004 };
  assert.deepEqual(cells(stream("voice", many)), [
    "good",
    "72 of 72",
    `100${NBSP}%`,
    `3: 1.3${NBSP}s`,
    "2, 40 given up",
    `±3${NBSP}ms; ±4${NBSP}ms`,
    `161${NBSP}ms`,
    `clipped 0.04${NBSP}%, 2 clock epochs`,
  ]);
  assert.equal(cells(SERVER)[5], "exactly");
});
