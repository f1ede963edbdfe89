import assert from "node:assert/strict";
import { test } from "node:test";

import { placeGuides } from "./guides.js";

const PLOT = { left: 34, right: 300, height: 11, scale: 1 };

/** @typedef {import("./guides.js").Box} Box */

/** As the voice's strip has them. @param {number} pixels height of the plot */
function voice(pixels) {
  const y = (/** @type {number} */ lu) => ((24 - lu) / 39) * pixels;
  return [
    { y: y(0), width: 38, below: false },
    { y: y(6.2), width: 34, below: false },
    { y: y(13.1), width: 24, below: false },
  ];
}

/** @param {Box} a @param {Box} b */
function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

test("at any height of the plot no label lies on another, stands off its line, or is crossed", () => {
  for (let pixels = 1; pixels <= 400; pixels++) {
    const wanted = voice(pixels);
    const placed = placeGuides(wanted, PLOT);
    const boxes = placed.map(({ label }) => /** @type {Box} */ (label));
    assert.ok(boxes.every((box) => box !== null && box.right <= PLOT.right));
    for (const [i, box] of boxes.entries()) {
      assert.ok(Math.abs(wanted[i].y - box.bottom - 2) < 1e-9);
      assert.ok(boxes.every((other, j) => i === j || !overlap(box, other)));
      for (const [j, { dashes }] of placed.entries()) {
        const within = wanted[j].y > box.top && wanted[j].y < box.bottom;
        assert.ok(!within || dashes.every(([from, to]) => to <= box.left || from >= box.right));
      }
    }
  }
});

test("where there is room the labels stand one above another, and the lines run through", () => {
  const placed = placeGuides(voice(120), PLOT);
  assert.deepEqual(new Set(placed.map(({ label }) => label?.left)), new Set([40]));
  assert.ok(placed.every(({ dashes }) => dashes.length === 1 && dashes[0][0] === 34 && dashes[0][1] === 300));
});

test("a label without room is left out, its line stays", () => {
  const placed = placeGuides(voice(20), { ...PLOT, right: 100 });
  assert.deepEqual(
    placed.map(({ label }) => label !== null),
    [true, false, false],
  );
  assert.ok(placed.every(({ dashes }) => dashes.at(-1)?.[1] === 100));
});

test("a label below its line", () => {
  const [{ label }] = placeGuides([{ y: 50, width: 20, below: true }], { ...PLOT, scale: 2 });
  assert.deepEqual(label, { left: 46, top: 54, right: 66, bottom: 65 });
});
