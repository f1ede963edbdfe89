import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ClockWatch } from "./clock.js";

/** The two clocks of a page, by hand. */
let now = 0;
let wall = 0;
/** @type {ClockWatch} */ let watch;

beforeEach(() => {
  [now, wall] = [5_000, 1_700_000_000_000];
  watch = new ClockWatch({ now: () => now, wall: () => wall });
});

/** So much time passes; the page's clock may stand still meanwhile. @param {number} ms @param {number} [counted] */
function pass(ms, counted = ms) {
  wall += ms;
  now += counted;
}

test("a sleep in which the page's clock stood still begins an epoch where it was last seen awake", () => {
  pass(100);
  assert.equal(watch.look(), false);
  pass(60_000, 14);
  assert.equal(watch.look(), true);
  assert.deepEqual([watch.epoch, watch.sinceMs], [1, 5_100]);
  pass(100);
  assert.equal(watch.look(), false);
  pass(60_000, 0);
  assert.equal(watch.look(), true);
  assert.deepEqual([watch.epoch, watch.sinceMs], [2, 5_214]);
});

test("a sleep through which the page's clock went on is none: its times are still right", () => {
  pass(60_000);
  assert.equal(watch.look(), false);
  assert.equal(watch.epoch, 0);
});

test("a wall clock that is set, by an hour either way, begins an epoch", () => {
  for (const hour of [3_600_000, -3_600_000]) {
    pass(100);
    wall += hour;
    assert.equal(watch.look(), true);
    pass(100);
    assert.equal(watch.look(), false);
  }
  assert.equal(watch.epoch, 2);
});

test("drift is no jump, however far it goes", () => {
  for (let i = 0; i < 100_000; i++) {
    pass(100, 100 * (1 + 500e-6));
    assert.equal(watch.look(), false);
  }
  assert.ok(now - 5_000 - (wall - 1_700_000_000_000) > 4_000);
});
