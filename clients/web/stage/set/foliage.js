/** Hedges: a bumpy mass of leaves seen as one, with single leaves standing out of it. */

import {
  Color,
  DoubleSide,
  InstancedMesh,
  Matrix4,
  MeshLambertMaterial,
  PlaneGeometry,
  Quaternion,
  Vector3,
} from "../../vendored/three.js";
import { noise } from "../figure/noise.js";
import { roundedBox } from "../figure/sdf.js";
import { planes, polygonise } from "../figure/surface-nets.js";
import { random } from "./textures.js";

/**
 * @typedef {{x: number, y: number, z: number, rx: number, ry: number, rz: number}} Body  centre and half sizes, metres
 * @typedef {import("../painted.js").Painting} Painting
 * @typedef {import("../paint.js").Rgb} Rgb
 */

/**
 * @param {Body} body
 * @param {number} cell metres
 * @param {Rgb} tone
 * @param {Painting} painting
 */
export function addMass({ x, y, z, rx, ry, rz }, cell, tone, painting) {
  const bump = Math.min(0.09, ry * 0.3);
  const field = (/** @type {number} */ px, /** @type {number} */ py, /** @type {number} */ pz) => {
    const box = roundedBox(px - x, py - y, pz - z, rx, ry, rz, Math.min(rx, ry, rz) * 0.5);
    if (box > 0.3 || box < -0.3) return box;
    return box + bump * (noise(px * 5, py * 5, pz * 5) + 0.6 * noise(px * 13, py * 13, pz * 13));
  };
  const pad = bump + 2 * cell;
  painting.addSurface(
    polygonise(field, {
      x: planes(x - rx - pad, x + rx + pad, cell),
      y: planes(y - ry - pad, y + ry + pad, cell),
      z: planes(z - rz - pad, z + rz + pad, cell),
    }),
    tone,
    0.8,
    (px, py, pz) => 0.75 + 0.5 * noise(px * 21, py * 21, pz * 21) + 0.3 * noise(px * 47, py * 47, pz * 47),
  );
}

/**
 * Small leaves on the outside of a mass.
 * @param {Body} body
 * @param {number} count
 * @param {number} size metres
 * @param {[number, number]} tones sRGB, from dark to light
 * @param {number} seed
 */
export function leaves(body, count, size, tones, seed) {
  const mesh = new InstancedMesh(
    new PlaneGeometry(size, size * 1.5),
    new MeshLambertMaterial({ side: DoubleSide }),
    count,
  );
  const r = random(count * 7, seed);
  const [matrix, turn, at, scale] = [new Matrix4(), new Quaternion(), new Vector3(), new Vector3()];
  const [dark, light, tone] = [new Color(tones[0]), new Color(tones[1]), new Color()];
  for (let i = 0; i < count; i++) {
    const k = 7 * i;
    onBox(body, r[k], r[k + 1], r[k + 2], at);
    turn.set(r[k + 3] - 0.5, r[k + 4] - 0.5, r[k + 5] - 0.5, r[k + 6] - 0.5).normalize();
    mesh.setMatrixAt(i, matrix.compose(at, turn, scale.setScalar(0.6 + 0.8 * r[k + 6])));
    mesh.setColorAt(i, tone.copy(dark).lerp(light, r[k + 5]));
  }
  mesh.castShadow = true;
  return mesh;
}

/** A point on the top or on a side of a box; sides in proportion to their length. */
function onBox(
  /** @type {Body} */ { x, y, z, rx, ry, rz },
  /** @type {number} */ u,
  /** @type {number} */ v,
  /** @type {number} */ w,
  /** @type {Vector3} */ out,
) {
  const top = rx * rz;
  const side = rx * ry;
  const end = rz * ry;
  let pick = u * (top + 2 * side + 2 * end);
  const [a, b] = [2 * v - 1, 2 * w - 1];
  if ((pick -= top) < 0) return out.set(x + a * rx, y + ry, z + b * rz);
  if ((pick -= side) < 0) return out.set(x + a * rx, y + b * ry, z + rz);
  if ((pick -= side) < 0) return out.set(x + a * rx, y + b * ry, z - rz);
  return out.set(pick < end ? x + rx : x - rx, y + b * ry, z + a * rz);
}
