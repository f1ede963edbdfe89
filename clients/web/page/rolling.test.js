import assert from "node:assert/strict";
import { test } from "node:test";
import { Rolling } from "./rolling.js";

test("keeps the last stretch and one row before it", () => {
  const curve = new Rolling(1, 2);
  for (let i = 0; i <= 100; i += 1) curve.push(i / 10, [i]);
  const [t, values] = curve.columns();
  assert.equal(t[0], 7.9);
  assert.equal(t.at(-1), 10);
  assert.equal(values.length, t.length);
});

test("a silence becomes a hole", () => {
  const curve = new Rolling(1, 60);
  curve.push(0, [1]);
  curve.push(0.1, [1]);
  curve.push(4, [2]);
  assert.deepEqual(curve.columns()[1], [1, 1, null, 2]);
});

test("late and repeated rows are dropped, so that times always increase", () => {
  const curve = new Rolling(2, 60);
  for (const t of [1, 1.1, 1.05, 1.1, 1.2]) curve.push(t, [t, null]);
  assert.deepEqual(curve.columns()[0], [1, 1.1, 1.2]);
});
