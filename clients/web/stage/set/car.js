/**
 * A parked hatchback, modelled like the people: one field for the body, one for the glass. Metres, nose to
 * -z, on y = 0.
 */

import { mix, smoothstep } from "../figure/noise.js";
import { blend, carve, common, length, roundedBox } from "../figure/sdf.js";
import { planes, polygonise } from "../figure/surface-nets.js";

/**
 * @typedef {import("../figure/surface-nets.js").Surface} Surface
 * @typedef {{body: Surface, glass: Surface, paint: Float32Array}} CarModel
 */

const WHEEL_Z = [-1.3, 1.27];
const WHEEL_R = 0.315;

/** Height of the roof line over z. @param {number} z */
function roofLine(z) {
  const windscreen = smoothstep(-1.02, -0.2, z);
  const hatch = smoothstep(2.08, 1.5, z);
  return mix(0.9, 1.46 - 0.035 * ((z - 0.4) / 1.2) ** 2, Math.min(windscreen ** 0.9, hatch ** 0.8));
}

/** @param {number} ax @param {number} y @param {number} z */
function cabin(ax, y, z) {
  const narrow = 0.78 - 0.2 * smoothstep(0.86, 1.46, y);
  const side = (ax - narrow) * 0.95;
  const top = (y - roofLine(z)) * 0.72;
  return common(common(side, top, 0.12), Math.max(0.8 - y, z - 2.1, -1.1 - z), 0.05);
}

/** @param {number} ax @param {number} y @param {number} z */
function lower(ax, y, z) {
  const nose = smoothstep(-1.2, -2.2, z);
  const tail = smoothstep(1.6, 2.2, z);
  const half =
    0.885 -
    0.1 * nose ** 2 -
    0.06 * tail ** 2 -
    0.035 * smoothstep(0.62, 0.92, y) -
    0.03 * smoothstep(0.42, 0.2, y);
  const deck = 0.93 - 0.17 * smoothstep(-0.9, -2.15, z) + 0.03 * tail;
  const long = Math.max(-2.16 + 0.05 * smoothstep(0.5, 0.8, y) - z, z - 2.16);
  let d = common(common(ax - half, (y - deck) * 0.96, 0.1), long, 0.14);
  d = common(d, 0.2 - y, 0.05);
  for (const wz of WHEEL_Z) d = carve(d, Math.max(length(z - wz, y - WHEEL_R, 0) - 0.375, 0.6 - ax), 0.02);
  return d;
}

/** Where the windows are. @param {number} ax @param {number} y @param {number} z */
function windows(ax, y, z) {
  const inRoof = Math.max(0.94 - y, y - (roofLine(z) - 0.085));
  const pillar = Math.abs(z - 0.42) - 0.035;
  const side = Math.max(
    inRoof,
    0.5 - ax,
    -0.62 - z + (y - 0.94) * 0.95,
    z - 1.62 + (y - 0.94) * 0.4,
    -pillar,
    -(Math.abs(z - 1.3) - 0.025),
  );
  const screen = Math.max(ax - 0.6 + 0.15 * (y - 0.9), 0.95 - y, y - 1.4, z + 0.12, -1.2 - z);
  const rear = Math.max(ax - 0.56, 1.0 - y, y - 1.37, 1.6 - z);
  return Math.min(side, screen, rear);
}

/**
 * @param {number} cell metres: 0.035 shows door gaps, 0.08 a car
 * @returns {CarModel}
 */
export function modelCar(cell) {
  const shell = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ z) => {
    const ax = Math.abs(x);
    let d = blend(lower(ax, y, z), carve(cabin(ax, y, z), windows(ax, y, z), 0.012), 0.03);
    d = carve(d, Math.abs(length(z + 0.62, 0, 0)) - 0.006 + (y < 0.3 || y > 0.93 || ax < 0.7 ? 1 : 0), 0.004); // door gaps
    d = carve(d, Math.abs(z - 0.42) - 0.006 + (y < 0.3 || y > 0.93 || ax < 0.7 ? 1 : 0), 0.004);
    for (const wz of WHEEL_Z)
      d = Math.min(d, Math.max(length(z - wz, y - WHEEL_R, 0) - WHEEL_R, Math.abs(ax - 0.755) - 0.1));
    return Math.min(d, roundedBox(ax - 0.97, y - 0.98, z + 0.56, 0.1, 0.07, 0.05, 0.03));
  };
  const [x, z] = [planes(-1.12, 1.12, cell), planes(-2.3, 2.3, cell)];
  const body = polygonise(shell, { x, y: planes(-0.05, 1.6, cell), z });
  const glass = polygonise((px, y, pz) => Math.max(cabin(Math.abs(px), y, pz) + 0.02, 0.9 - y), {
    x: planes(-0.9, 0.9, 0.06),
    y: planes(0.84, 1.56, 0.06),
    z: planes(-1.3, 2.3, 0.06),
  });
  return { body, glass, paint: paint(body) };
}

/** Paint, tyres, lamps, number plates. @param {Surface} body */
function paint({ positions, occlusion }) {
  const out = new Float32Array(occlusion.length * 4);
  for (let i = 0; i < occlusion.length; i++) {
    const ax = Math.abs(positions[3 * i]);
    const y = positions[3 * i + 1];
    const z = positions[3 * i + 2];
    let [r, g, b, rough] = [0.022, 0.034, 0.05, 0.26];
    for (const wz of WHEEL_Z) {
      const from = length(z - wz, y - WHEEL_R, 0);
      if (from < WHEEL_R + 0.004 && ax > 0.6)
        [r, g, b, rough] = from < 0.2 ? [0.09, 0.094, 0.1, 0.35] : [0.012, 0.012, 0.013, 0.8];
    }
    if (z > 2.08 && ax > 0.56 && y > 0.66 && y < 0.86) [r, g, b, rough] = [0.2, 0.012, 0.01, 0.2];
    if (z < -1.95 && ax > 0.5 && y > 0.58 && y < 0.75) [r, g, b, rough] = [0.5, 0.52, 0.53, 0.15];
    if (z > 2.1 && ax < 0.26 && y > 0.55 && y < 0.66) [r, g, b, rough] = [0.55, 0.43, 0.1, 0.5];
    if (y < 0.3) [r, g, b, rough] = [r * 0.4, g * 0.4, b * 0.4, 0.8];
    const dark = mix(0.35, 1, occlusion[i]);
    out.set([r * dark, g * dark, b * dark, rough], 4 * i);
  }
  return out;
}
