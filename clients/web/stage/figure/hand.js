/**
 * A right hand as a field in arm space: metres of a 1.78 m person, origin at the wrist, y against the
 * fingers (they point to -y), palm towards the body (-x), thumb to the front (-z). Slightly curled, as a
 * hand hangs.
 */

import { blend, limb, roundedBox } from "./sdf.js";

/** Knuckle row: z, y of the first joint, length of the finger, thickness. */
const FINGERS = [
  { z: -0.0275, y: -0.09, length: 0.074, r: 0.0094 },
  { z: -0.0085, y: -0.094, length: 0.082, r: 0.0098 },
  { z: 0.0105, y: -0.091, length: 0.076, r: 0.0093 },
  { z: 0.0275, y: -0.083, length: 0.06, r: 0.0083 },
];
/** Radians each joint is bent in the rest shape. */
const HANG = 0.16;

/** @type {import("./sdf.js").Field} */
export function handField(x, y, z) {
  let d = limb(x, y, z, [0, 0.05, 0.002], [0, -0.02, 0], 0.026, 0.025);
  d = blend(d, roundedBox(x, y + 0.056, z, 0.0145, 0.044, 0.038, 0.014), 0.022);
  d = blend(d, limb(x, y, z, [-0.008, -0.022, -0.022], [-0.012, -0.05, -0.03], 0.015, 0.012), 0.012);
  for (const finger of FINGERS) d = blend(d, fingerField(x, y, z, finger), 0.005);
  let thumb = limb(x, y, z, [-0.01, -0.035, -0.033], [-0.019, -0.067, -0.054], 0.0132, 0.0106);
  thumb = blend(
    thumb,
    limb(x, y, z, [-0.019, -0.067, -0.054], [-0.024, -0.094, -0.06], 0.0104, 0.0086),
    0.004,
  );
  return blend(d, thumb, 0.011);
}

/**
 * @param {number} x @param {number} y @param {number} z
 * @param {{z: number, y: number, length: number, r: number}} finger
 */
function fingerField(x, y, z, { z: fz, y: fy, length, r }) {
  const spread = fz * 1.02;
  const first = length * 0.54;
  const middle = [-Math.sin(HANG) * first, fy - Math.cos(HANG) * first, spread];
  const rest = length - first;
  const tip = [
    middle[0] - Math.sin(2.6 * HANG) * rest,
    middle[1] - Math.cos(2.6 * HANG) * rest,
    spread * 1.02,
  ];
  const base = limb(x, y, z, [0.001, fy + 0.012, fz], middle, r * 1.06, r * 0.94);
  return blend(base, limb(x, y, z, middle, tip, r * 0.94, r * 0.76), 0.003);
}

/**
 * Which bone of the hand a point follows, in hand space: shares of [hand, thumb, index, index2, fingers,
 * fingers2].
 */
export function handShares(/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ z) {
  const thumbness = step(-0.033, -0.043, z + (y + 0.05) * 0.25) * step(-0.038, -0.05, y) * (y > -0.1 ? 1 : 0);
  if (thumbness > 0 && z < -0.04 + Math.max(0, -0.088 - y) * 0.5)
    return [1 - thumbness, thumbness, 0, 0, 0, 0];
  const first = step(-0.08, -0.097, y);
  const second = step(-0.126, -0.138, y);
  const isIndex = z < -0.0185 ? 1 : 0;
  const a = first * (1 - second);
  const b = first * second;
  return [1 - first, 0, a * isIndex, b * isIndex, a * (1 - isIndex), b * (1 - isIndex)];
}

/** @param {number} from @param {number} to @param {number} x 0 at `from`, 1 at `to` */
function step(from, to, x) {
  const t = Math.min(1, Math.max(0, (x - from) / (to - from)));
  return t * t * (3 - 2 * t);
}
