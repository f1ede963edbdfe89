import assert from "node:assert/strict";
import { test } from "node:test";
import { Recording } from "./recording.js";

const turned = Math.SQRT1_2;
const replay = /** @type {any} */ ({
  session: "s",
  hz: 10,
  from_t: 10,
  t: [10, 10.1, 10.2, 10.3],
  scenario: {
    actors: { helper: { name: "H", role: "other" }, person: { name: "Daniel", role: "person" } },
    lines: { hi: { actor: "person", text: "Hello there", audio: "/media/hi.opus" } },
  },
  trainee: [[0, 1.7, 0, 0, 0, 0, 1], [0.2, 1.7, -0.1, 0, turned, 0, turned], null, null],
  actors: { person: [[0, 1.6, -3, 0, 0, 0, 1], [0.1, 1.6, -3, 0, 0, 0, -1], null, [1, 1.6, -3, 0, 0, 0, 1]] },
  poses: {
    person: [
      { t: 10, posture: "standing", gesture: "pacing", arousal: 0.5 },
      { t: 10.15, posture: "sitting", gesture: "sitting" },
    ],
  },
  distance: { person: [3, 3.1, null, 3.2] },
  voice: [null, 1, 2, null],
  states: { agitation: [60, 61, 62, 63] },
  events: [{ seq: 1, t: 10.05, ms: 0, actor: "person", kind: "say", data: { actor: "person", line: "hi" } }],
});
const recording = new Recording(replay);
const close = (/** @type {number} */ a, /** @type {number} */ b) =>
  assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("places are interpolated between rows", () => {
  const eyes = recording.traineeAt(10.05);
  close(eyes?.p[0] ?? NaN, 0.1);
  close(Math.hypot(...(eyes?.q ?? [])), 1);
});

test("a missing row is not invented", () => {
  assert.equal(recording.traineeAt(10.25), null);
  close(recording.actorsAt(10.14).person.p[0], 0.1);
  assert.equal(recording.actorsAt(10.22).person, undefined);
});

test("opposite quaternions are the same direction: no spin between them", () => {
  close(Math.abs(recording.actorsAt(10.05).person.q[3]), 1);
});

test("posture and gesture are those of the moment", () => {
  assert.equal(recording.actorsAt(10.1).person.gesture, "pacing");
  assert.equal(recording.actorsAt(10.3).person.posture, "sitting");
});

test("arousal that was not recorded follows the person's state", () => {
  close(recording.actorsAt(10.1).person.arousal, 0.5);
  close(recording.actorsAt(10.3).person.arousal, 0.63);
});

test("curves give the nearest row, and nothing where there is none", () => {
  assert.equal(recording.valueAt(replay.distance.person, 10.06), 3.1);
  assert.equal(recording.valueAt(replay.distance.person, 10.2), null);
  assert.equal(recording.valueAt(undefined, 10.2), null);
  assert.equal(recording.valueAt(replay.states.agitation, 99), 63);
});

test("a caption stays long enough to be read", () => {
  assert.equal(recording.captionAt(10), null);
  assert.equal(recording.captionAt(11.9)?.text, "Hello there");
  assert.equal(recording.captionAt(12.1), null);
});

test("a session that ended before the scenario began has an empty recording", () => {
  const empty = new Recording({ ...replay, t: [], trainee: [], actors: { person: [] }, events: [] });
  assert.deepEqual([empty.start, empty.end], [10, 10]);
  assert.equal(empty.traineeAt(10), null);
  assert.deepEqual(empty.actorsAt(10), {});
});
