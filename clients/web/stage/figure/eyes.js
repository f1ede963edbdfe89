/** Eyeballs, lids and brows as small regular surfaces in head space (see head.js). */

import { EYEBALL, EYE_X } from "./head.js";
import { mix, noise, smoothstep } from "./noise.js";

/**
 * A grid surface before it joins the figure's mesh.
 * @typedef {{positions: number[], normals: number[], colors: number[], roughness: number[], indices:
 *   number[], bone: string}} Patch
 */

/**
 * Polar rings of an eyeball, radians from the pupil's axis: edges of pupil, iris and its dark rim are real
 * edges.
 */
const RINGS = [0, 0.1, 0.168, 0.176, 0.24, 0.32, 0.4, 0.446, 0.472, 0.5, 0.56, 0.8, 1.1, 1.5, 2.0];
const SPOKES = 36;

/**
 * @param {1 | -1} side 1 right
 * @param {readonly number[]} iris linear RGB
 * @returns {Patch}
 */
export function eyeball(side, iris) {
  const patch = emptyPatch(side > 0 ? "eyeR" : "eyeL");
  for (const angle of RINGS) {
    for (let i = 0; i <= SPOKES; i++) {
      const turn = (i / SPOKES) * 2 * Math.PI;
      const bulge = 1 + 0.055 * Math.exp(-((angle / 0.42) ** 2)); // the cornea
      const n = [Math.sin(angle) * Math.cos(turn), Math.sin(angle) * Math.sin(turn), -Math.cos(angle)];
      patch.positions.push(
        side * EYE_X + n[0] * EYEBALL * bulge,
        n[1] * EYEBALL * bulge,
        n[2] * EYEBALL * bulge,
      );
      patch.normals.push(...n);
      paintEye(patch, angle, turn, iris);
    }
  }
  stitch(patch.indices, RINGS.length, SPOKES + 1, true);
  return patch;
}

/** @param {Patch} patch @param {number} angle @param {number} turn @param {readonly number[]} iris */
function paintEye(patch, angle, turn, iris) {
  const fibre = 0.8 + 0.35 * noise(Math.cos(turn) * 7, Math.sin(turn) * 7, angle * 6);
  const vein = 0.04 * Math.max(0, noise(Math.cos(turn) * 5, Math.sin(turn) * 5, angle * 9));
  const shade = mix(1, 0.78, smoothstep(0.5, 1.2, angle));
  if (angle < 0.17) patch.colors.push(0.006, 0.006, 0.007);
  else if (angle < 0.42) patch.colors.push(iris[0] * fibre, iris[1] * fibre, iris[2] * fibre);
  else if (angle < 0.48) patch.colors.push(iris[0] * 0.28, iris[1] * 0.28, iris[2] * 0.3);
  else patch.colors.push(0.66 * shade, (0.62 - vein) * shade, (0.6 - vein) * shade);
  patch.roughness.push(0.12);
}

/**
 * A lid: a lune of a sphere around the eye, its rim level with the pupil; the bone opens it.
 * @param {1 | -1} side
 * @param {boolean} upper
 * @param {readonly number[]} skin
 * @returns {Patch}
 */
export function lid(side, upper, skin) {
  const name = upper ? "lidUpper" : "lidLower";
  const patch = emptyPatch(name + (side > 0 ? "R" : "L"));
  const rows = 10;
  const columns = 22;
  for (let j = 0; j < rows; j++) {
    const lash = j < 1;
    const elevation = (upper ? 1 : -1) * (j === 0 ? 0 : 0.05 + 1.5 * ((j - 1) / (rows - 2)));
    for (let i = 0; i <= columns; i++) {
      const a = mix(-1.36, 1.36, i / columns);
      const n = [Math.sin(a), Math.cos(a) * Math.sin(elevation), -Math.cos(a) * Math.cos(elevation)];
      const r = EYEBALL + (j === 0 ? 0.0002 : 0.0011) + (lash && upper ? 0.0006 : 0);
      patch.positions.push(side * EYE_X + n[0] * r, n[1] * r, n[2] * r);
      patch.normals.push(...n);
      const tone = lash ? (upper ? 0.1 : 0.55) : upper ? mix(0.62, 0.86, j / rows) : 0.86;
      patch.colors.push(skin[0] * tone, skin[1] * tone * 0.92, skin[2] * tone * 0.92);
      patch.roughness.push(0.5);
    }
  }
  stitch(patch.indices, rows, columns + 1, !upper);
  return patch;
}

/**
 * An eyebrow laid on the face.
 * @param {1 | -1} side
 * @param {import("./sdf.js").Field} face
 * @param {readonly number[]} tone
 * @param {number} weight 1 usual
 * @returns {Patch}
 */
export function eyebrow(side, face, tone, weight) {
  const patch = emptyPatch(side > 0 ? "browR" : "browL");
  const columns = 18;
  const rows = 6;
  for (let i = 0; i <= columns; i++) {
    const t = i / columns;
    const x = mix(0.0085, 0.0485, t);
    const arch = 0.0195 + 0.0055 * Math.sin(Math.min(1, t * 1.25) * 2.1) - 0.006 * t * t;
    const half = 0.0036 * weight * Math.min(1, 0.55 + t * 3) * Math.sqrt(Math.max(0.03, 1 - t * t));
    for (let j = 0; j <= rows; j++) {
      const v = mix(-1, 1, j / rows);
      const fray = 0.0006 * noise(i * 3.1, j * 2.3, 7);
      const p = settle(face, x, arch + v * half + fray, 0.0012 * weight * (1 - v * v) + 0.0001);
      patch.positions.push(side * p.x, p.y, p.z);
      patch.normals.push(side * p.nx, p.ny, p.nz);
      const grain = 0.75 + 0.45 * noise(i * 1.7, j * 1.9, 3);
      patch.colors.push(tone[0] * grain, tone[1] * grain, tone[2] * grain);
      patch.roughness.push(0.75);
    }
  }
  stitch(patch.indices, columns + 1, rows + 1, side > 0);
  return patch;
}

/**
 * Drops a point from the front onto the face.
 * @param {import("./sdf.js").Field} face
 * @param {number} x
 * @param {number} y
 * @param {number} lift
 */
function settle(face, x, y, lift) {
  let z = -0.06;
  for (let i = 0; i < 24; i++) z += face(x, y, z) * 0.9;
  const e = 0.001;
  const nx = face(x + e, y, z) - face(x - e, y, z);
  const ny = face(x, y + e, z) - face(x, y - e, z);
  const nz = face(x, y, z + e) - face(x, y, z - e);
  const length = Math.hypot(nx, ny, nz);
  return {
    x: x + (nx / length) * lift,
    y: y + (ny / length) * lift,
    z: z + (nz / length) * lift,
    nx: nx / length,
    ny: ny / length,
    nz: nz / length,
  };
}

/** @param {string} bone @returns {Patch} */
function emptyPatch(bone) {
  return { positions: [], normals: [], colors: [], roughness: [], indices: [], bone };
}

/** @param {number[]} indices @param {number} rows @param {number} columns @param {boolean} flip */
function stitch(indices, rows, columns, flip) {
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const a = j * columns + i;
      const [b, c, d] = [a + 1, a + columns, a + columns + 1];
      if (flip) indices.push(a, b, d, a, d, c);
      else indices.push(a, d, b, a, c, d);
    }
  }
}
