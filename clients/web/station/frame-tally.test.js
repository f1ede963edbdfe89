import assert from "node:assert/strict";
import { test } from "node:test";

import { FrameTally } from "./frame-tally.js";

/**
 * Frames of a display, without those of these numbers.
 * @param {FrameTally} tally
 * @param {number} hz
 * @param {number} from
 * @param {number} to
 * @param {readonly number[]} [without]
 */
function show(tally, hz, from, to, without = []) {
  for (let i = from; i < to; i++)
    if (!without.includes(i)) tally.frame((1000 * i) / hz + 0.2 * Math.sin(i));
}

for (const hz of [60, 72, 90, 120])
  test(`${hz} frames per second are counted, and each that is missing`, () => {
    const tally = new FrameTally();
    tally.begin(0);
    show(tally, hz, 0, hz);
    tally.take(1000);
    assert.deepEqual([tally.rate, tally.dropped], [hz, 0]);
    show(tally, hz, hz, 2 * hz, [hz + 10, hz + 20, hz + 21, hz + 22]);
    tally.take(2000);
    assert.deepEqual([tally.rate, tally.dropped], [hz - 4, 4]);
    show(tally, hz, 2 * hz, 3 * hz);
    tally.take(3000);
    assert.deepEqual([tally.rate, tally.dropped], [hz, 0]);
  });

test("the period is measured in spite of many dropped frames", () => {
  const tally = new FrameTally();
  tally.begin(0);
  const third = Array.from({ length: 60 }, (_, i) => 3 * i + 1);
  show(tally, 60, 0, 90, third);
  tally.take(1500);
  show(tally, 60, 90, 150, third);
  tally.take(2500);
  assert.equal(tally.dropped, 20);
});

test("a display that never reaches its own rate shows only if the device says that rate", () => {
  const [told, measured] = [new FrameTally(), new FrameTally()];
  told.nominalHz = 72;
  for (const tally of [told, measured]) {
    tally.begin(0);
    show(tally, 36, 0, 36);
    tally.take(1000);
    show(tally, 36, 36, 72);
    tally.take(2000);
  }
  assert.deepEqual([told.rate, told.dropped], [36, 36]);
  assert.deepEqual([measured.rate, measured.dropped], [36, 0]);
});

test("a page that was hidden or asleep has dropped nothing", () => {
  const tally = new FrameTally();
  tally.nominalHz = 60;
  tally.begin(0);
  show(tally, 60, 0, 60);
  tally.pause();
  tally.take(1000);
  tally.take(1500);
  assert.deepEqual([tally.rate, tally.dropped], [0, 0]);
  show(tally, 60, 120, 150);
  tally.take(2500);
  assert.equal(tally.dropped, 0);
  show(tally, 60, 36_000, 36_001);
  tally.take(600_500);
  assert.equal(tally.dropped, 0);
});
