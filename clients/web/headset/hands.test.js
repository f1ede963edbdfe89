import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Hands } from "./hands.js";
import { TrackingSpace } from "./tracking-space.js";

/** @type {{stream: string, ms: number, row: number[]}[]} */ let rows;
/** @type {TrackingSpace} */ let space;
/** @type {Hands} */ let hands;

beforeEach(() => {
  rows = [];
  space = new TrackingSpace();
  hands = new Hands(space, (stream, ms, row) => rows.push({ stream, ms, row: [...row] }));
});

/** A pose at a place, unturned. @param {number[]} p */
function pose([x, y, z], emulatedPosition = false) {
  return { transform: { position: { x, y, z }, orientation: { x: 0, y: 0, z: 0, w: 1 } }, emulatedPosition };
}

/** One frame. @param {{handedness: string, gripSpace: unknown}[]} inputSources poses stand in for their spaces @param {number} ms */
function frame(inputSources, ms) {
  const one = { session: { inputSources }, getPose: (/** @type {any} */ grip) => grip.pose };
  hands.sample(/** @type {any} */ (one), /** @type {any} */ ({}), ms);
}

const source = (/** @type {string} */ handedness) => ({ handedness, gripSpace: { pose: /** @type {any} */ (undefined) } });

test("both hands are recorded in the scene's frame, as the head is", () => {
  [space.x, space.z, space.yaw] = [1, 6, Math.PI / 2];
  const [left, right] = [source("left"), source("right")];
  left.gripSpace.pose = pose([0.25, 1.1, -0.5]);
  right.gripSpace.pose = pose([-0.25, 1.2, -0.5]);
  frame([right, left], 100);
  assert.deepEqual(
    rows.map(({ stream, ms }) => [stream, ms]),
    [
      ["hand_pose.left", 100],
      ["hand_pose.right", 100],
    ],
  );
  // A quarter turn to the left: what was ahead (-z) is at -x now.
  const expected = [0.5, 1.1, 5.75, 0, Math.SQRT1_2, 0, Math.SQRT1_2, 1];
  rows[0].row.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-12, `${i}: ${value}`));
});

test("an estimate is recorded as not tracked; without one, the last known pose is", () => {
  const left = source("left");
  left.gripSpace.pose = pose([0, 1, 0]);
  frame([left], 1);
  left.gripSpace.pose = pose([0, 1.5, 0], true);
  frame([left], 2);
  left.gripSpace.pose = undefined;
  frame([left], 3);
  assert.deepEqual(
    rows.map(({ row }) => [row[1], row[7]]),
    [
      [1, 1],
      [1.5, 0],
      [1.5, 0],
    ],
  );
});

test("nothing is recorded of a hand that was not seen, or is not there any more", () => {
  const left = source("left");
  frame([], 1);
  frame([{ handedness: "left", gripSpace: null }], 2);
  frame([source("none")], 3);
  frame([left], 4);
  assert.equal(rows.length, 0);
  left.gripSpace.pose = pose([0, 1, 0]);
  frame([left], 5);
  frame([], 6);
  frame([source("left")], 7); // another device, of which nothing is known yet
  assert.deepEqual(
    rows.map(({ ms }) => ms),
    [5],
  );
});
