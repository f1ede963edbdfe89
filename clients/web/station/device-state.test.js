import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { DeviceState } from "./device-state.js";

/** A page or a session whose visibility is set by hand. */
class Shown extends EventTarget {
  /** @type {any} */ visibilityState = "visible";
  /** @type {any} */ frameRate = undefined;

  /** @param {string} state */
  become(state) {
    this.visibilityState = state;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

let now = 0;
/** @type {Shown} */ let page;
/** @type {number[][]} ms, worn, visible, frame_rate, dropped */ let rows;
/** @type {DeviceState} */ let state;

beforeEach(() => {
  now = 10_000;
  rows = [];
  page = new Shown();
  state = new DeviceState((ms, row) => rows.push([ms, ...row]), { page: /** @type {any} */ (page), now: () => now });
});
afterEach(() => state.run(false));

/** Frames for so long. @param {number} seconds @param {number} hz @param {boolean} [posed] */
function draw(seconds, hz, posed = false) {
  const from = now;
  for (let i = 1; i <= seconds * hz; i++) {
    now = from + (1000 * i) / hz;
    state.frame(now, posed);
  }
}

test("a browser station says twice a second what it shows, and not whether it is worn", () => {
  draw(1, 60);
  assert.equal(rows.length, 0, "the exercise does not run yet");
  state.run(true);
  draw(3, 60);
  assert.equal(rows.length, 6);
  for (const [, worn, visible, rate, dropped] of rows) {
    assert.deepEqual([worn, visible, dropped], [-1, 1, 0]);
    assert.ok(Math.abs(rate - 60) < 2.1, `${rate} Hz`);
  }
  state.run(false);
  draw(1, 60);
  assert.equal(rows.length, 6);
});

test("a page that is hidden says so at once, and has dropped no frame when it comes back", () => {
  state.run(true);
  draw(2, 60);
  rows.length = 0;
  now += 8;
  page.become("hidden");
  assert.deepEqual(rows[0].slice(0, 3), [now, -1, 0]);
  now += 20_000;
  page.become("visible");
  draw(1, 60);
  assert.deepEqual(
    rows.slice(1).map(([, , visible, , dropped]) => [visible, dropped]),
    [
      [1, 0],
      [1, 0],
      [1, 0],
    ],
  );
});

test("a headset is worn while it shows and its poses come, and taken off when it hides", () => {
  const session = new Shown();
  session.frameRate = 72;
  state.run(true);
  state.wear(/** @type {any} */ (session));
  draw(1, 72, true);
  assert.deepEqual(rows.at(-1)?.slice(1, 3), [1, 1]);
  session.become("visible-blurred");
  assert.deepEqual(rows.at(-1)?.slice(1, 3), [1, 0.5]);
  session.become("hidden");
  assert.deepEqual(rows.at(-1)?.slice(1, 3), [0, 0]);
  session.become("visible");
  draw(2, 72, false);
  assert.deepEqual(rows.at(-1)?.slice(1, 3), [-1, 1], "it shows, and where the head is is not known");
  page.become("hidden");
  assert.deepEqual(rows.at(-1)?.slice(1, 3), [-1, 1], "the page behind it does not count");
  state.wear(null);
  session.become("hidden");
  page.become("visible");
  draw(1, 60);
  assert.deepEqual(rows.at(-1)?.slice(1, 3), [-1, 1]);
});

test("frames are counted against what the headset promises", () => {
  const session = new Shown();
  session.frameRate = 72;
  state.run(true);
  state.wear(/** @type {any} */ (session));
  draw(2, 36, true);
  const [, , , rate, dropped] = rows[rows.length - 1];
  assert.ok(Math.abs(rate - 36) < 2.1 && Math.abs(dropped - 18) <= 1, `${rate} Hz, ${dropped} dropped`);
});

test("times never step back, whoever tells the time", () => {
  state.run(true);
  draw(1, 60);
  page.become("hidden");
  now += 100;
  page.become("visible");
  draw(3, 60);
  for (let i = 1; i < rows.length; i++) assert.ok(rows[i][0] >= rows[i - 1][0]);
});
