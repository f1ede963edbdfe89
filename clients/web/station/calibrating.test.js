import assert from "node:assert/strict";
import { test } from "node:test";

import { Calibrating } from "./calibrating.js";

/**
 * Feeds 50 rows a second.
 * @param {Calibrating} c
 * @param {number} from ms
 * @param {number} seconds
 * @param {{power?: number, speaking?: boolean}} what
 */
function feed(c, from, seconds, { power = -60, speaking = false }) {
  let ms = from;
  for (let i = 0; i < seconds * 50; i++) c.row((ms += 20), [power, power, power, 0, speaking ? 1 : 0]);
  return ms;
}

test("five seconds of room, then reading until enough was said and a pause follows", () => {
  const c = new Calibrating();
  let ms = feed(c, 1000, 4, {});
  assert.equal(c.progress.step, "room");
  ms = feed(c, ms, 1.1, {});
  assert.equal(c.progress.step, "reading");
  ms = feed(c, ms, 10.6, { power: -30, speaking: true });
  assert.equal(c.progress.progress, 1);
  assert.equal(c.spans, null, "the last sentence is not cut off");
  ms = feed(c, ms, 1.3, {});
  const spans = /** @type {import("./calibrating.js").Spans} */ (/** @type {unknown} */ (c.spans));
  assert.deepEqual(spans.room_ms, [1020, 6020]);
  assert.equal(spans.voice_ms[0], 6020);
  assert.ok(spans.voice_ms[1] <= ms && spans.voice_ms[1] > ms - 400);
});

test("pauses in the text do not count as speech and do not end it", () => {
  const c = new Calibrating();
  let ms = feed(c, 0, 5.1, {});
  for (let i = 0; i < 4; i++) ms = feed(c, feed(c, ms, 2, { speaking: true }), 2, {});
  assert.ok(c.progress.progress < 0.85);
  assert.equal(c.spans, null);
});

test("who says nothing is not kept waiting for ever, who has read everything can say so", () => {
  const silent = new Calibrating();
  feed(silent, 0, 40, {});
  assert.notEqual(silent.spans, null);
  const done = new Calibrating();
  const ms = feed(done, 0, 9, { speaking: true });
  done.finish(ms);
  assert.deepEqual(done.spans?.voice_ms, [5020, ms]);
});

test("the room's level is the mean of its power", () => {
  const c = new Calibrating();
  feed(c, 0, 2, { power: -60 });
  feed(c, 2000, 2, { power: -50 });
  assert.ok(Math.abs((c.noise ?? 0) + 52.6) < 0.05);
});
