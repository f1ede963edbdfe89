/** Hair and headwear, as fields in head space (see head.js), and their colours. */

import { clamp, mix, noise, smoothstep } from "./noise.js";
import { blend, common, ellipsoid, length, limb, ring } from "./sdf.js";

/**
 * @typedef {import("./sdf.js").Field} Field
 * @typedef {"short" | "messy" | "crop" | "tied" | "bob" | "beanie" | "cap"} HairStyle
 */

/** The hairline's height by depth, for the side of the head: forehead, temple, sideburn, ear, nape. */
const LINE_Z = [-0.03, 0.0, 0.02, 0.036, 0.05, 0.066, 0.076, 0.108, 0.118, 0.132, 0.2];
const LINE_Y = [0.076, 0.072, 0.058, 0.014, -0.016, -0.016, 0.021, 0.021, -0.026, -0.068, -0.078];

/** @param {number} z */
function hairline(z) {
  let i = 1;
  while (i < LINE_Z.length - 1 && LINE_Z[i] < z) i++;
  return mix(LINE_Y[i - 1], LINE_Y[i], clamp((z - LINE_Z[i - 1]) / (LINE_Z[i] - LINE_Z[i - 1]), 0, 1));
}

/** @param {number} x @param {number} y @param {number} z */
function scalp(x, y, z) {
  const d = ellipsoid(x, y - 0.034, z - 0.084, 0.0745, 0.0885, 0.0965);
  return blend(d, ellipsoid(x, y - 0.042, z - 0.036, 0.0585, 0.052, 0.056), 0.03);
}

/**
 * Locks: ridges that run from the crown outwards.
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @param {number} size
 */
function locks(x, y, z, size) {
  const around = Math.atan2(x, z - 0.075);
  const down = length(x, z - 0.075, 0) * 14;
  const warp = noise(x * 40, y * 40, z * 40);
  return (
    size * (noise(around * 7 + warp, down, y * 20) + 0.5 * noise(around * 17 + warp, down * 1.5, y * 30))
  );
}

/** @param {number} thickness @param {number} lift @param {number} lockSize @returns {Field} */
function cropped(thickness, lift, lockSize) {
  return (x, y, z) => {
    const ax = Math.abs(x);
    const top = smoothstep(0.05, 0.115, y) * smoothstep(-0.02, 0.03, z) * lift;
    const temple = 0.012 * smoothstep(0.02, 0.05, ax) * smoothstep(0.03, 0.0, z);
    const bare = scalp(x, y, z) - thickness - top;
    const shell = Math.abs(bare) > 0.03 ? bare : bare - locks(x, y, z, lockSize);
    const line = (hairline(z) + temple - y + 0.003 * noise(x * 120, 0, z * 120)) * 0.75;
    return common(shell, line, 0.009);
  };
}

/** Gathered at the back of the head. @returns {Field} */
function tied() {
  const base = cropped(0.007, 0.003, 0.0016);
  return (x, y, z) => {
    const knot = length(x, (y - 0.018) * 0.95, z - 0.2) - 0.036 - locks(x, y * 2, z * 2, 0.003);
    return blend(base(x, y, z), knot, 0.016);
  };
}

/** To the jaw, parted. @returns {Field} */
function bob() {
  const base = cropped(0.011, 0.004, 0.002);
  return (x, y, z) => {
    const ax = Math.abs(x);
    const fall = limb(ax, y, z, [0.066, 0.03, 0.07], [0.072, -0.085, 0.062], 0.02, 0.017);
    const back = ellipsoid(x, y + 0.015, z - 0.125, 0.082, 0.1, 0.058);
    const mass = blend(fall, back, 0.03) - locks(x * 1.4, y, z * 1.4, 0.0035);
    return blend(base(x, y, z), common(mass, -0.1 - y, 0.01), 0.02);
  };
}

/** A knitted cap with a folded rim. @returns {Field} */
function beanie() {
  return (x, y, z) => {
    const tilt = y - 0.036 + (z - 0.08) * 0.16;
    const rib = 0.0012 * Math.sin(Math.atan2(x, z - 0.08) * 70);
    const dome = common(scalp(x, y - 0.006, z) - 0.011 - rib, -tilt, 0.01);
    const rim =
      ring(x, tilt - 0.016, z - 0.08, 0.0815, 0.104, 0.009) * 0.9 -
      0.004 * smoothstep(0.02, 0, Math.abs(tilt - 0.016)) -
      rib;
    return blend(dome, rim, 0.008);
  };
}

/** A plain peaked cap. @returns {Field} */
function cap() {
  return (x, y, z) => {
    const tilt = y - 0.05 + (z - 0.08) * 0.12;
    const dome = common(scalp(x, y - 0.004, z) - 0.012, -tilt, 0.008);
    const peak = common(
      ellipsoid(x, tilt - 0.004 + (z + 0.02) * -0.1 + x * x * 3, z + 0.03, 0.07, 0.006, 0.066),
      z - 0.02,
      0.01,
    );
    return blend(dome, peak, 0.006);
  };
}

/** @type {Record<HairStyle, () => Field>} */
const STYLES = {
  crop: () => cropped(0.004, 0.001, 0.0009),
  short: () => cropped(0.0085, 0.006, 0.0024),
  messy: () => cropped(0.0085, 0.011, 0.0056),
  tied,
  bob,
  beanie,
  cap,
};

/** @param {HairStyle} style */
export function hairField(style) {
  return STYLES[style]();
}

/** @param {HairStyle} style */
export function isHeadwear(style) {
  return style === "beanie" || style === "cap";
}

/**
 * @param {readonly number[]} tone linear RGB
 * @param {boolean} cloth
 * @param {number} x @param {number} y @param {number} z
 * @param {number} occlusion
 * @param {Float32Array | number[]} out r, g, b, roughness
 */
export function paintHair(tone, cloth, x, y, z, occlusion, out) {
  const around = Math.atan2(x, z - 0.075);
  const strand = cloth ? 1 : 0.8 + 0.35 * noise(around * 60, length(x, z - 0.075, 0) * 30, y * 25);
  const dark = mix(0.35, 1, occlusion) * strand;
  for (let c = 0; c < 3; c++) out[c] = tone[c] * dark;
  out[3] = cloth ? 0.92 : 0.58;
}
