import assert from "node:assert/strict";
import { test } from "node:test";

import { BONES, restJoints } from "./bones.js";
import { COARSE, buildBody } from "./body.js";
import { LOOKS, lookOf } from "./looks.js";
import { planes, polygonise } from "./surface-nets.js";

test("a sphere comes out round, closed and facing outwards", () => {
  const axis = planes(-1.3, 1.3, 0.11);
  const { positions, normals, indices, occlusion } = polygonise((x, y, z) => Math.hypot(x, y, z) - 1, {
    x: axis,
    y: axis,
    z: axis,
  });
  assert.ok(positions.length > 900);
  const edges = new Map();
  for (let i = 0; i < indices.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      const [a, b] = [indices[i + k], indices[i + ((k + 1) % 3)]];
      edges.set(`${a}>${b}`, (edges.get(`${a}>${b}`) ?? 0) + 1);
    }
  }
  for (const [edge, count] of edges) {
    const [a, b] = edge.split(">");
    assert.equal(count, 1);
    assert.equal(edges.get(`${b}>${a}`), 1, "each edge has two faces, turned the same way");
  }
  for (let i = 0; i < positions.length; i += 3) {
    const [x, y, z] = positions.subarray(i, i + 3);
    assert.ok(Math.abs(Math.hypot(x, y, z) - 1) < 0.004);
    assert.ok(x * normals[i] + y * normals[i + 1] + z * normals[i + 2] > 0.99);
  }
  assert.ok(Math.min(...occlusion) > 0.95, "nothing darkens an open sphere");
});

test("empty space and far bounds give nothing, and do no harm", () => {
  const axis = planes(-1, 1, 0.1);
  assert.equal(polygonise(() => 5, { x: axis, y: axis, z: axis }).indices.length, 0);
});

test("everybody can be modelled: finite, standing on the floor, bound to bones that exist", () => {
  for (const [name, look] of Object.entries(LOOKS)) {
    const { arrays, joints } = buildBody(look, COARSE);
    const { position, normal, paint, skinIndex, skinWeight, index } = arrays;
    const vertices = position.length / 3;
    for (const array of [position, normal, paint, skinWeight]) assert.ok(array.every(Number.isFinite), name);
    assert.ok(index.every((i) => i < vertices));
    assert.ok(skinIndex.every((bone) => bone < BONES.length));
    for (let i = 0; i < vertices; i++) {
      const sum = skinWeight[4 * i] + skinWeight[4 * i + 1] + skinWeight[4 * i + 2] + skinWeight[4 * i + 3];
      assert.ok(Math.abs(sum - 1) < 1e-4, `${name}: vertex ${i} weighs ${sum}`);
    }
    let [low, high] = [Infinity, -Infinity];
    for (let i = 1; i < position.length; i += 3)
      [low, high] = [Math.min(low, position[i]), Math.max(high, position[i])];
    assert.ok(low > -0.02 && low < 0.02, `${name} stands at ${low}`);
    assert.ok(Math.abs(high - look.build.height) < 0.09, `${name} is ${high} m tall`);
    assert.ok(joints.eyeR[0] > 0 && joints.eyeL[0] === -joints.eyeR[0]);
  }
});

test("taller people have everything higher", () => {
  const base = { height: 1.78, shoulder: 1, hip: 1, chest: 1, waist: 1, limb: 1 };
  const [usual, tall] = [restJoints(base), restJoints({ ...base, height: 1.95 })];
  for (const bone of ["head", "handL", "shinR"])
    assert.ok(Math.abs(tall[bone][1] / usual[bone][1] - 1.95 / 1.78) < 1e-9);
});

test("looks follow the role, then the id", () => {
  assert.equal(lookOf("daniel", "the person"), LOOKS.person);
  assert.equal(lookOf("noor", "passer-by"), LOOKS.bystander);
  assert.equal(lookOf("sam", "co-responder, clinician"), LOOKS.co_responder);
  assert.equal(lookOf("lindqvist", "CIT officer"), LOOKS.officer);
  assert.equal(lookOf("backup", ""), LOOKS.officer);
  assert.equal(lookOf("trainee", ""), LOOKS.trainee);
  assert.equal(lookOf("x", "a neighbour"), LOOKS.bystander);
});
