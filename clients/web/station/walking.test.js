import assert from "node:assert/strict";
import { test } from "node:test";

import { nearestCover, pathTo } from "./cover.js";
import { RATE, Walker } from "./walking.js";

/** @typedef {import("../wire/messages.js").CoverBox} CoverBox */

/** @type {CoverBox[]} */
const BOXES = [
  { id: "shelter_back", label: "", center: [0, 1.2, -3.6], size: [4.2, 2.4, 0.1] },
  { id: "bench", label: "", center: [0, 0.25, -3.25], size: [2.4, 0.5, 0.45] },
  { id: "car", label: "", center: [-4.4, 0.75, 2.4], size: [1.8, 1.5, 4.4] },
  { id: "planter", label: "", center: [3.2, 0.5, 2.2], size: [1.8, 1, 0.8] },
];
const BOUNDS = { x: /** @type {[number, number]} */ ([-7, 7]), z: /** @type {[number, number]} */ ([-6, 9]) };
const REST = { forward: 0, right: 0, turn: 0, pitch: 0, slow: false };

/** @param {[number, number]} [at] @param {number} [yaw] */
const walker = (at = [0, 6], yaw = 0) => new Walker({ at, yaw }, BOUNDS, BOXES);

/**
 * @param {Walker} w
 * @param {object} held
 * @param {number} seconds
 * @param {{x: number, z: number}[]} [people]
 */
function walk(w, held, seconds, people = []) {
  for (let i = 0; i < seconds * RATE; i++) w.step({ ...REST, ...held }, people);
}

/** @param {number} got @param {number} expected @param {number} [within] */
function near(got, expected, within = 0.02) {
  assert.ok(Math.abs(got - expected) <= within, `${got} is not within ${within} of ${expected}`);
}

test("forward is -z at yaw 0, at walking speed, with a start and a stop", () => {
  const w = walker();
  walk(w, { forward: 1 }, 2);
  near(w.z, 6 - (1.4 * 2 - (1.4 * 1.4) / (2 * 6)));
  walk(w, {}, 1);
  near(Math.hypot(w.vx, w.vz), 0, 1e-9);
});

test("back, sideways and diagonal go the right way, diagonal no faster", () => {
  for (const [held, x, z] of /** @type {[object, number, number][]} */ ([
    [{ forward: -1 }, 0, 1],
    [{ right: 1 }, 1, 0],
    [{ right: -1 }, -1, 0],
  ])) {
    const w = walker([0, 4]);
    walk(w, held, 1);
    near(Math.sign(Math.round(w.x * 10)), x);
    near(Math.sign(Math.round((w.z - 4) * 10)), z);
  }
  const w = walker([0, 4]);
  walk(w, { forward: 1, right: 1 }, 1);
  near(Math.hypot(w.vx, w.vz), 1.4, 1e-6);
});

test("a left turn is towards +yaw, and forward follows it", () => {
  const w = walker([0, 4]);
  w.look(Math.PI / 2, 0);
  walk(w, { forward: 1 }, 1);
  assert.ok(w.x < -1);
  near(w.z, 4);
});

test("the row is the pose of the protocol: eyes, unit quaternion, pitch up positive", () => {
  const w = walker([1, 2], 90);
  w.look(0, 0.3);
  walk(w, {}, 0.1);
  const [px, py, pz, x, y, z, q] = w.row;
  assert.deepEqual([px, py, pz], [1, 1.65, 2]);
  near(x * x + y * y + z * z + q * q, 1, 1e-12);
  // the direction of view is the quaternion times (0, 0, -1)
  near(-2 * (x * z + q * y), -Math.cos(0.3), 1e-6);
  near(-2 * (y * z - q * x), Math.sin(0.3), 1e-6);
});

test("nobody walks through walls, people or the bounds", () => {
  const w = walker([-4.4, 8]);
  walk(w, { forward: 1 }, 6);
  near(w.z, 2.4 + 2.2 + 0.25, 1e-6);
  const person = { x: 0, z: 0 };
  const v = walker([0.02, 4]);
  walk(v, { forward: 1 }, 2.5, [person]);
  assert.ok(Math.hypot(v.x, v.z) >= 0.45 - 1e-9);
  const u = walker([6, 8]);
  walk(u, { right: 1 }, 3);
  assert.equal(u.x, 7);
});

test("cover is behind the nearest box that hides, seen from the person", () => {
  const cover = nearestCover(BOXES, [0, 5], [0.2, -1.8], BOUNDS);
  assert.equal(cover?.box.id, "planter");
  assert.ok(cover.at[1] > 2.6 && cover.at[0] > 3, `${cover.at}`);
  near(cover.eyes, 1.12, 1e-9);
  const low = nearestCover([BOXES[1]], [0, 5], [0.2, -1.8], BOUNDS);
  assert.equal(low, null, "a bench hides nobody");
});

test("the way to cover goes around, and walking it ends there, ducked", () => {
  /** @type {[number, number][]} */
  const path = pathTo(BOXES, [-6.4, 2.4], [-2.9, 2.4]) ?? [];
  assert.ok(path.length >= 3, "around the car");
  const w = walker([-6.4, 2.4]);
  w.goTo(path, 1.12);
  walk(w, {}, 12);
  near(w.x, -2.9, 0.1);
  near(w.z, 2.4, 0.1);
  near(w.eyes, 1.12, 1e-6);
  assert.equal(w.underway, false);
  walk(w, { forward: 1 }, 1);
  near(w.eyes, 1.65, 1e-6);
});

test("what cannot be reached is not offered", () => {
  /** @type {CoverBox[]} */
  const ring = [
    [0, -2, 6, 0.4],
    [0, 2, 6, 0.4],
    [-2.8, 0, 0.4, 4],
    [2.8, 0, 0.4, 4],
  ].map(([x, z, w, d], i) => ({
    id: `w${i}`,
    label: "",
    center: [x, 1, z],
    size: [w, 2, d],
  }));
  assert.equal(pathTo(ring, [0, 0], [0, 6]), null);
});

test("on the way to cover the eyes stay on the person, until one looks elsewhere", () => {
  const w = walker([0, 6]);
  w.goTo([[3, 6]], 1.12, { x: -4, z: 0 });
  walk(w, {}, 4);
  near(w.yaw, Math.atan2(7, 6), 0.03);
  walk(w, { turn: -1 }, 1);
  assert.ok(w.yaw < 0.3);
});
