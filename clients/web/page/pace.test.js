import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.js";

/** Frames in ten seconds when a drawn one takes `cost` and an empty one 16 ms. @param {number} cost */
function run(cost) {
  const pace = new Pace();
  let [now, drawn, drawing] = [0, 0, 0];
  while (now < 10_000) {
    const draws = pace.frame(now);
    drawn += draws ? 1 : 0;
    drawing += draws ? cost : 0;
    now += draws ? cost : 16;
  }
  return { drawn, share: drawing / now };
}

test("a fast machine draws every frame", () => {
  assert.equal(run(16).drawn, 625);
});

test("a slow machine keeps half its time for the page", () => {
  for (const cost of [60, 250, 900]) assert.ok(Math.abs(run(cost).share - 0.5) < 0.1, `${cost}: ${run(cost).share}`);
});

test("after a hidden tab the first frame is drawn soon again", () => {
  const pace = new Pace();
  pace.frame(0);
  pace.frame(60_000);
  assert.equal(pace.frame(60_016), false);
  assert.equal(
    [...Array(100).keys()].some((i) => pace.frame(60_032 + i * 16)),
    true,
  );
});
