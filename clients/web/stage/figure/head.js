/**
 * The head: skull, face, ears and neck as one field, in head space: metres of a 1.78 m person, origin
 * between the eyeballs, face to -z. The mouth is modelled slightly open (JAW_BIND), so that lips have two
 * edges; the jaw bone closes it at rest.
 */

import { clamp, mix, noise, smoothstep } from "./noise.js";
import { blend, carve, common, ellipsoid, length, limb } from "./sdf.js";

/** How far the modelled jaw hangs open, radians: lifts the lower lip by the modelled gap of about 6 mm. */
export const JAW_BIND = 0.058;
export const EYE_X = 0.0315;
export const EYEBALL = 0.0124;

/**
 * Differences between faces, factors around 1; `brow` and `nose` in size, `age` 0..1 deepens folds.
 * @typedef {{jaw: number, chin: number, nose: number, brow: number, cheek: number, lips: number, age:
 *   number}} Face
 * @typedef {import("./sdf.js").Field} Field
 */

/** Nothing of eyes, nose and mouth lies further back, or further out: most of the field ends there. */
const BEHIND_FACE = 0.034;
const FAR = 0.03;

/** Lips as polylines of the right half, x rising; mirrored by |x|. */
const UPPER_LIP = [
  [0, -0.0662, -0.0258],
  [0.006, -0.0645, -0.0256],
  [0.016, -0.0672, -0.0212],
  [0.0265, -0.0712, -0.0115],
];
const LOWER_LIP = [
  [0, -0.0795, -0.0242],
  [0.01, -0.0788, -0.0225],
  [0.019, -0.0765, -0.0172],
  [0.0265, -0.0722, -0.0112],
];

/**
 * @param {Face} face
 * @returns {Field}
 */
export function headField(face) {
  return (x, y, z) => {
    const ax = Math.abs(x);
    let d = skull(ax, y, z, face);
    d = blend(d, neck(ax, y, z), 0.03);
    d = ears(d, ax, y, z);
    if (z > BEHIND_FACE || d > FAR) return d;
    d = eyes(d, ax, y, z, face);
    d = nose(d, ax, y, z, face);
    d = mouth(d, ax, y, z, face);
    return folds(d, ax, y, z, face);
  };
}

/** @param {number} ax @param {number} y @param {number} z @param {Face} face */
function skull(ax, y, z, face) {
  let d = ellipsoid(ax, y - 0.034, z - 0.084, 0.0745, 0.0885, 0.0965);
  d = blend(d, ellipsoid(ax, y - 0.042, z - 0.036, 0.0585, 0.052, 0.056), 0.03);
  d = blend(d, ellipsoid(ax, y + 0.028, z - 0.046, 0.0585, 0.078, 0.0605), 0.03);
  d = blend(d, limb(ax, y, z, [0.052, -0.02, 0.076], [0.041 * face.jaw, -0.071, 0.066], 0.013, 0.0135), 0.03);
  d = blend(
    d,
    limb(ax, y, z, [0.041 * face.jaw, -0.073, 0.064], [0.0135 * face.jaw, -0.107, 0.001], 0.0135, 0.015),
    0.03,
  );
  d = blend(d, ellipsoid(ax - 0.033, y + 0.056, z - 0.026, 0.021, 0.032, 0.03), 0.03); // the cheeks' flesh
  d = blend(d, ellipsoid(ax, y + 0.111, z + 0.0035, 0.0195 * face.chin, 0.0145, 0.0155 * face.chin), 0.022);
  d = blend(d, ellipsoid(ax, y + 0.07, z - 0.014, 0.031, 0.03, 0.0365), 0.024);
  d = blend(d, ellipsoid(ax - 0.0435, y + 0.027, z - 0.0125, 0.0185 * face.cheek, 0.0165, 0.0195), 0.032);
  return blend(
    d,
    limb(ax, y, z, [0.004, 0.0165, -0.0125], [0.046, 0.0195, 0.0065], 0.0085 * face.brow, 0.0075),
    0.016,
  );
}

/** @param {number} ax @param {number} y @param {number} z */
function neck(ax, y, z) {
  let d = limb(ax, y, z, [0, -0.05, 0.082], [0, -0.2, 0.104], 0.0525, 0.059);
  d = blend(d, limb(ax, y, z, [0.056, -0.055, 0.102], [0.02, -0.195, 0.062], 0.012, 0.011), 0.03);
  return blend(d, ellipsoid(ax, y + 0.142, z - 0.046, 0.011, 0.014, 0.011), 0.025);
}

/** @param {number} d @param {number} ax @param {number} y @param {number} z */
function ears(d, ax, y, z) {
  const ez = z - 0.09 - (y + 0.013) * 0.18;
  const ex = ax - 0.0725 - ez * 0.28;
  let ear = ellipsoid(ex, y + 0.012, ez, 0.0085, 0.03, 0.018);
  ear = carve(ear, ellipsoid(ex - 0.0085, y + 0.008, ez + 0.0015, 0.0065, 0.0195, 0.0105), 0.005);
  return blend(d, ear, 0.007);
}

/**
 * Sockets, the bulge of the lids, and the almond-shaped opening.
 * @param {number} d
 * @param {number} ax
 * @param {number} y
 * @param {number} z
 * @param {Face} face
 */
function eyes(d, ax, y, z, face) {
  const ex = ax - EYE_X;
  d = carve(d, ellipsoid(ex + 0.002, y + 0.001, z + 0.0165, 0.0205, 0.0145, 0.0135), 0.014);
  d = blend(d, length(ex, y, z) - 0.0147, 0.007);
  d = blend(d, ellipsoid(ex, y + 0.0165, z + 0.002, 0.015, 0.004, 0.006) + 0.003 * (1 - face.age), 0.008);
  const along = ex / 0.0152;
  const tilt = 0.0012 * along;
  const almond = (Math.abs(y - tilt - 0.0003) / 0.0062 + along * along - 1) * 0.005;
  return carve(d, common(almond, z - 0.001, 0.002), 0.0016);
}

/** @param {number} d @param {number} ax @param {number} y @param {number} z @param {Face} face */
function nose(d, ax, y, z, face) {
  const n = face.nose;
  d = blend(d, limb(ax, y, z, [0, 0.006, -0.0135], [0, -0.034, -0.0345 * n], 0.0062, 0.0085), 0.012);
  d = blend(d, ellipsoid(ax, y + 0.0375, z + 0.0345 * n, 0.0092 * n, 0.0085, 0.0095), 0.007);
  d = blend(d, ellipsoid(ax - 0.0112 * n, y + 0.0415, z + 0.0225, 0.0068, 0.0068, 0.0098), 0.0055);
  return carve(d, ellipsoid(ax - 0.0062 * n, y + 0.0482, z + 0.0275, 0.0034, 0.0042, 0.006), 0.002);
}

/** @param {number} d @param {number} ax @param {number} y @param {number} z @param {Face} face */
function mouth(d, ax, y, z, face) {
  if (y > -0.045 || y < -0.11) return d;
  d = blend(d, polyline(ax, y, z, UPPER_LIP, 0.0038 * face.lips, 0.0018), 0.0065);
  d = blend(d, polyline(ax, y, z, LOWER_LIP, 0.0046 * face.lips, 0.002), 0.0075);
  d = carve(d, ellipsoid(ax, y + 0.0885, z + 0.0285, 0.014, 0.0035, 0.005), 0.008); // the fold under the lip
  const gapY = y + 0.0728 - (ax > 0.014 ? (ax - 0.014) * 0.14 : 0);
  return carve(d, ellipsoid(ax, gapY, z + 0.008, 0.0255, 0.0031, 0.026), 0.0012);
}

/**
 * Nasolabial folds and the groove under the eyes: what makes a face look lived in.
 * @param {number} d
 * @param {number} ax
 * @param {number} y
 * @param {number} z
 * @param {Face} face
 */
function folds(d, ax, y, z, face) {
  const nasolabial = limb(ax, y, z, [0.0185, -0.043, -0.0235], [0.0305, -0.073, -0.0135], 0.0016, 0.0012);
  d = carve(d, nasolabial, 0.006 + 0.004 * face.age);
  return d + 0.0003 * noise(ax * 90, y * 90, z * 90) * face.age;
}

/**
 * @param {number} x @param {number} y @param {number} z
 * @param {number[][]} points @param {number} first @param {number} last radii at the ends
 */
function polyline(x, y, z, points, first, last) {
  let d = 1;
  const n = points.length - 1;
  for (let i = 0; i < n; i++) {
    const part = limb(
      x,
      y,
      z,
      points[i],
      points[i + 1],
      mix(first, last, i / n),
      mix(first, last, (i + 1) / n),
    );
    d = i === 0 ? part : blend(d, part, 0.003);
  }
  return d;
}

/**
 * How much of a point's movement follows the jaw: all below the lips, none above, spread over the cheeks.
 * @param {number} x @param {number} y @param {number} z
 */
export function jawShare(x, y, z) {
  const ax = Math.abs(x);
  // Angle below the plane through the jaw's hinge and the corners of the mouth, in metres at lip distance.
  const below = -0.0718 - y + (z + 0.02) * -0.42;
  const lateral = smoothstep(0.019, 0.034, ax);
  const back = smoothstep(-0.005, 0.05, z);
  const width = mix(0.0007, 0.028, Math.max(lateral, back));
  const share = smoothstep(-width, width, below);
  const throat = 1 - smoothstep(0.02, 0.062, z + (y + 0.1) * 0.35);
  const under = 1 - smoothstep(0.0, 0.05, -0.118 - y);
  return share * throat * under;
}

/** @param {number} x @param {number} y @param {number} z @param {number} side 1 right, -1 left */
export function mouthShare(x, y, z, side) {
  const d = Math.hypot(x - 0.025 * side, y + 0.0705, z + 0.015);
  return 0.75 * Math.exp(-((d / 0.0125) ** 2));
}

/** @param {number} x @param {number} y @param {number} z @param {number} side */
export function browShare(x, y, z, side) {
  const lateral = smoothstep(0.075, 0.045, x * side) * smoothstep(-0.012, 0.008, x * side);
  const height = smoothstep(0.008, 0.019, y) * smoothstep(0.06, 0.03, y);
  return 0.85 * lateral * height * smoothstep(0.03, 0.0, z);
}

/**
 * Skin: what the person's tone does over the face.
 * @param {{skin: readonly number[], lip: readonly number[], hair: readonly number[], stubble: number,
 *   tired: number}} look linear RGB
 * @param {number} x @param {number} y @param {number} z
 * @param {number} occlusion
 * @param {Float32Array | number[]} out r, g, b, roughness
 */
export function paintSkin(look, x, y, z, occlusion, out) {
  const ax = Math.abs(x);
  const blush =
    0.5 * bump(ax - 0.044, y + 0.034, z - 0.002, 0.022) +
    0.6 * bump(ax, y + 0.04, z + 0.036, 0.016) +
    0.7 * bump(ax - 0.076, y + 0.015, z - 0.09, 0.024) +
    0.3 * bump(ax, y + 0.11, z + 0.01, 0.02);
  const socket =
    look.tired *
    (bump(ax - 0.03, y + 0.012, z + 0.006, 0.013) + 0.4 * bump(ax - 0.02, y - 0.002, z + 0.006, 0.012));
  const mottle = 1 + 0.04 * noise(x * 160, y * 160, z * 160) + 0.04 * noise(x * 45, y * 45, z * 45);
  const dark = mix(0.42, 1, Math.sqrt(occlusion)) * mottle;
  out[0] = look.skin[0] * dark * (1 + 0.1 * blush) * (1 - 0.3 * socket);
  out[1] = look.skin[1] * dark * (1 - 0.22 * blush) * (1 - 0.36 * socket);
  out[2] = look.skin[2] * dark * (1 - 0.2 * blush) * (1 - 0.26 * socket);
  out[3] = 0.52;
  paintStubble(look, ax, y, z, out);
  paintLips(look, ax, y, z, out);
}

/**
 * @param {{hair: readonly number[], stubble: number}} look
 * @param {number} ax
 * @param {number} y
 * @param {number} z
 * @param {Float32Array | number[]} out
 */
function paintStubble(look, ax, y, z, out) {
  const low = smoothstep(-0.046, -0.068, y + ax * 0.25) * smoothstep(-0.15, -0.118, y);
  const sideburn = smoothstep(0.02, -0.03, y) * smoothstep(0.05, 0.058, ax) * smoothstep(0.075, 0.05, z);
  const cheek = smoothstep(0.085, 0.05, z);
  const grain = 0.8 + 0.2 * noise(ax * 420, y * 420, z * 420);
  const share = clamp(Math.max(low * cheek, sideburn * 0.8), 0, 1) * look.stubble * grain;
  for (let c = 0; c < 3; c++) out[c] = mix(out[c], look.hair[c] * 0.9 + out[c] * 0.12, share);
  out[3] = mix(out[3], 0.75, share);
}

/**
 * @param {{lip: readonly number[]}} look
 * @param {number} ax
 * @param {number} y
 * @param {number} z
 * @param {Float32Array | number[]} out
 */
function paintLips(look, ax, y, z, out) {
  const lips = Math.min(
    polyline(ax, y, z, UPPER_LIP, 0.0039, 0.0019),
    polyline(ax, y, z, LOWER_LIP, 0.0047, 0.0021),
  );
  const share = smoothstep(0.0022, 0.0004, lips) * 0.85;
  for (let c = 0; c < 3; c++)
    out[c] = mix(out[c], look.lip[c] * (0.6 + (0.4 * out[c]) / Math.max(out[0], 0.01)), share);
  out[3] = mix(out[3], 0.36, share);
  const inside = Math.max(0, 1 - ellipsoid(ax, y + 0.0728, z + 0.008, 0.0225, 0.0052, 0.0225) / -0.0012);
  if (z > -0.0215 && z < 0.02 && ax < 0.0225 && Math.abs(y + 0.0728) < 0.0055 && inside >= 0) {
    const depth = smoothstep(-0.0215, -0.013, z);
    const teeth = y > -0.0733 ? 0.55 * smoothstep(-0.008, -0.016, z) * smoothstep(0.019, 0.014, ax) : 0;
    out[0] = mix(out[0], 0.06 + teeth * 0.75, depth);
    out[1] = mix(out[1], 0.015 + teeth * 0.72, depth);
    out[2] = mix(out[2], 0.015 + teeth * 0.66, depth);
    out[3] = 0.5;
  }
}

/** @param {number} x @param {number} y @param {number} z @param {number} r */
function bump(x, y, z, r) {
  return Math.exp(-(x * x + y * y + z * z) / (r * r));
}
