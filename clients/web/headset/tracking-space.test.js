import assert from "node:assert/strict";
import { test } from "node:test";

import { TrackingSpace } from "./tracking-space.js";

/** @param {ArrayLike<number>} got @param {number[]} expected */
function near(got, expected) {
  expected.forEach((value, i) => assert.ok(Math.abs(got[i] - value) < 1e-12, `${i}: ${got[i]}, not ${value}`));
}

test("turning about the head leaves the head where it is, looking elsewhere", () => {
  const space = new TrackingSpace();
  [space.x, space.z, space.yaw] = [0.5, 6, 0.3];
  const head = { position: { x: 0.4, y: 1.6, z: -0.7 }, orientation: { x: 0, y: Math.sin(0.1), z: 0, w: Math.cos(0.1) } };
  const [before, after] = [new Float64Array(7), new Float64Array(7)];
  space.toScene(head, before);
  space.turnAbout(0.5, before[0], before[2]);
  space.toScene(head, after);
  near(after, [before[0], before[1], before[2], 0, Math.sin(0.5), 0, Math.cos(0.5)]); // half of 0.2 + 0.3 + 0.5
});

test("the way into the scene and back is none", () => {
  const space = new TrackingSpace();
  [space.x, space.z, space.yaw] = [-1, 2, 2.1];
  const row = new Float64Array(7);
  space.toScene({ position: { x: 0.4, y: 1, z: -0.7 }, orientation: { x: 0, y: 0, z: 0, w: 1 } }, row);
  near(space.local(row[0], row[2]), [0.4, -0.7]);
});
