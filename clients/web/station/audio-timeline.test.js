import assert from "node:assert/strict";
import { test } from "node:test";

import { AudioTimeline } from "./audio-timeline.js";

/** Repeatable jitter in [0, 1). @param {number} i */
const jitter = (i) => ((i * 7919) % 104729) / 104729;

/**
 * The worst error over a run, milliseconds, after two seconds.
 * @param {{offset: number, ppm: number, late: (i: number) => number, seconds?: number}} how
 */
function worst({ offset, ppm, late, seconds = 120 }) {
  const timeline = new AudioTimeline();
  let error = 0;
  for (let i = 0; i < seconds * 50; i++) {
    const audio = i * 0.02;
    const heard = offset + audio * 1000 * (1 + ppm / 1e6);
    timeline.arrived(audio, heard + late(i));
    const mapped = timeline.toPage(audio, 0);
    if (audio > 2) error = Math.max(error, Math.abs(mapped - heard));
  }
  return error;
}

test("late arrivals do not move the rows", () => {
  assert.ok(worst({ offset: 5000, ppm: 0, late: (i) => 2 + 40 * jitter(i) ** 3 }) < 4);
});

test("the drift of a sound card is followed", () => {
  for (const ppm of [100, -100]) assert.ok(worst({ offset: 0, ppm, late: (i) => 1 + 10 * jitter(i) }) < 4);
});

test("rows never go back in time", () => {
  const timeline = new AudioTimeline();
  let last = -Infinity;
  for (let i = 0; i < 3000; i++) {
    timeline.arrived(i * 0.02, i * 20 + 60 * jitter(i) - (i > 1500 ? 30 : 0));
    const at = timeline.toPage(i * 0.02, 12);
    assert.ok(at >= last);
    last = at;
  }
});

test("when the audio clock stood still, its rows move on with the page's", () => {
  const timeline = new AudioTimeline();
  for (let i = 0; i < 200; i++) timeline.arrived(i * 0.02, 1000 + i * 20);
  for (let i = 200; i < 400; i++) timeline.arrived(i * 0.02, 9000 + i * 20); // 8 s suspended
  assert.ok(Math.abs(timeline.toPage(8, 0) - 17_000) < 2);
});
