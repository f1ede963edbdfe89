/**
 * Clothes as fields over the rest pose, in figure space: metres, feet on y = 0, face to -z. Each garment is
 * drawn around the body's joints, so it fits every build; folds are noise where cloth gathers.
 */

import { mix, noise, smoothstep } from "./noise.js";
import { blend, carve, common, ellipsoid, length, limb, ring, roundedBox } from "./sdf.js";

/**
 * @typedef {import("./sdf.js").Field} Field
 * @typedef {import("./bones.js").Joints} Joints
 * @typedef {import("./looks.js").Look} Look
 * @typedef {{joints: Joints, look: Look, s: number}} Model  s: the person's height over BASE_HEIGHT
 */

/**
 * The bare trunk, on the right half: every garment is an offset of it.
 * @param {Model} model
 * @returns {Field}
 */
function trunk({ joints, look: { build }, s }) {
  const shoulder = joints.armR;
  const w = build.shoulder;
  return (ax, y, z) => {
    const u = y / s;
    const x = ax / s;
    const v = z / s;
    let d = ellipsoid(x, u - 1.305, v - 0.024, 0.155 * w * Math.sqrt(build.chest), 0.2, 0.106 * build.chest);
    d = blend(d, ellipsoid(x, u - 1.1, v - 0.014, 0.142 * build.waist, 0.19, 0.1 * build.waist), 0.07);
    d = blend(d, ellipsoid(x, u - 0.955, v - 0.02, 0.161 * build.hip, 0.125, 0.109 * build.hip), 0.07);
    d = blend(
      d,
      limb(x, u, v, [0.02, 1.44, 0.03], [shoulder[0] / s - 0.012, 1.42, 0.022], 0.066, 0.05),
      0.05,
    );
    d = blend(d, limb(x, u, v, [0.0, 1.505, 0.05], [0.13 * w, 1.448, 0.04], 0.046, 0.034), 0.04);
    return d * s;
  };
}

/**
 * Sleeve of the right arm, cut at the wrist.
 * @param {Model} model
 * @param {number} upper
 * @param {number} cuff
 * @param {number} shorter
 * @returns {Field}
 */
function sleeve({ joints, s }, upper, cuff, shorter) {
  const { armR: a, foreR: b, handR: c } = joints;
  const inward = [a[0] - 0.02 * s, a[1] + 0.004 * s, a[2]];
  const dx = (c[0] - b[0]) / (0.255 * s);
  const dy = (c[1] - b[1]) / (0.255 * s);
  const end = [c[0] + dx * 0.03 * s, c[1] + dy * 0.03 * s, c[2]];
  const middle = mix(upper, cuff, 0.5);
  return (ax, y, z) => {
    let d = limb(ax, y, z, inward, b, upper * s, middle * 1.04 * s);
    d = blend(d, limb(ax, y, z, b, end, middle * 1.02 * s, cuff * s), 0.02 * s);
    const along = (ax - c[0]) * dx + (y - c[1]) * dy + shorter * s;
    return common(d, along, 0.008 * s);
  };
}

/**
 * Creases of a sleeve: rings pushed up at the elbow and the cuff.
 * @param {Model} model
 * @param {number} depth
 * @returns {Field}
 */
function sleeveFolds({ joints, s }, depth) {
  const { armR: a, foreR: b, handR: c } = joints;
  return (ax, y, z) => {
    const toElbow = length(ax - b[0], y - b[1], 0) / s;
    const toCuff = length(ax - c[0], y - c[1], 0) / s;
    const toShoulder = length(ax - a[0], y - a[1], 0) / s;
    const along = ((ax - a[0]) * 0.643 + (y - a[1]) * -0.766) / s;
    const wobble = noise(ax * 18, y * 18, z * 22) * 2.2;
    const rings = Math.sin(along * 95 + wobble + z * 30);
    const weight =
      0.9 * Math.exp(-((toElbow / 0.085) ** 2)) +
      0.8 * Math.exp(-((toCuff / 0.075) ** 2)) +
      0.25 * Math.exp(-((toShoulder / 0.1) ** 2));
    return depth * s * rings * weight * (0.7 + 0.5 * noise(ax * 9, y * 9, z * 9));
  };
}

/**
 * Soft large folds of cloth that hangs.
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @param {number} depth
 */
function drape(x, y, z, depth) {
  const out = 1 / (length(x, z, 0) + 0.02); // around the body, without a seam
  const warp = noise(x * 5, y * 4, z * 5);
  return (
    depth *
    (noise(x * out * 2.6, y * 7 + warp, z * out * 2.6) + 0.5 * noise(x * out * 5.5, y * 13, z * out * 5.5))
  );
}

/** @param {Model} model @returns {Field} */
export function jacketField(model) {
  const {
    look: { jacket, build },
    s,
  } = model;
  const body = trunk(model);
  const bulk = { parka: 0.026, raincoat: 0.02, uniform: 0.015, softshell: 0.014 }[jacket.kind];
  const width = { parka: 0.061, raincoat: 0.059, uniform: 0.058, softshell: 0.057 }[jacket.kind] * build.limb;
  const arm = sleeve(model, width, width * 0.66, jacket.kind === "parka" ? -0.008 : 0.004);
  const creases = sleeveFolds(model, jacket.kind === "parka" ? 0.0065 : 0.0045);
  const flare = jacket.kind === "raincoat" ? 0.055 : 0.016;
  return (px, y, z) => {
    const ax = Math.abs(px);
    const u = y / s;
    let d = body(ax, y, z) - bulk * s;
    d = blend(d, skirt(ax / s, u, z / s, build.hip, jacket.hem, bulk, flare) * s, 0.05 * s);
    d -= drape(px, y, z, 0.005 * smoothstep(1.42, 1.2, u)) * s;
    d = blend(d, arm(ax, y, z) - creases(ax, y, z), 0.03 * s);
    d = common(d, (jacket.hem - u) * s, 0.012 * s);
    d = blend(d, collar(ax / s, u, z / s, jacket) * s, 0.016 * s);
    if (jacket.kind === "uniform") d = belt(d, ax / s, u, z / s, s, build);
    d = pockets(d, ax / s, u, z / s, s, jacket.kind);
    d = carve(d, ellipsoid(ax / s, u - 1.56, z / s - 0.035, 0.063, 0.085, 0.066) * s, 0.006 * s);
    return jacket.open ? carve(d, opening(px / s, u, z / s, jacket.kind) * s, 0.006 * s) : d;
  };
}

/**
 * The jacket below the waist.
 * @param {number} x
 * @param {number} u
 * @param {number} v
 * @param {number} hip
 * @param {number} hem
 * @param {number} bulk
 * @param {number} flare
 */
function skirt(x, u, v, hip, hem, bulk, flare) {
  const t = smoothstep(1.12, hem, u);
  const hidden = 0.05 * smoothstep(1.02, 1.16, u); // ends inside the body, without an edge
  const rx = 0.158 * hip + bulk + flare * t - hidden;
  const rz = 0.112 * hip + bulk + flare * t * 0.9 - hidden;
  const d = (length(x / rx, (v - 0.018) / rz, 0) - 1) * rz;
  return Math.max(d, u - 1.17, hem - 0.02 - u);
}

/** @param {number} x @param {number} u @param {number} v @param {Look["jacket"]} jacket */
function collar(x, u, v, jacket) {
  const tall = { parka: 0.026, raincoat: 0.02, uniform: 0.014, softshell: 0.018 }[jacket.kind];
  const slope = u - 1.512 - (v - 0.03) * 0.42;
  const across = ring(x, 0, v - 0.04, 0.082, 0.078, 0);
  const stand = length(Math.max(Math.abs(slope) - tall, 0), across, 0) - 0.0115;
  if (jacket.kind !== "raincoat") return stand;
  // a hood lying on the back
  const hood = ellipsoid(x, u - 1.475, v - 0.125, 0.105, 0.062, 0.052);
  return blend(stand, carve(hood, ellipsoid(x, u - 1.54, v - 0.1, 0.075, 0.05, 0.045), 0.015), 0.03);
}

/** @param {number} x @param {number} u @param {number} v @param {string} kind */
function opening(x, u, v, kind) {
  const widest = kind === "parka" ? 0.06 : 0.048;
  const half = mix(widest, 0.026, smoothstep(0.85, 1.46, u)) + 0.006 * noise(0, u * 6, 5);
  return Math.max(Math.abs(x - 0.004) - half, v - 0.01, u - 1.7);
}

/**
 * @param {number} d
 * @param {number} x
 * @param {number} u
 * @param {number} v
 * @param {number} s
 * @param {string} kind
 */
function pockets(d, x, u, v, s, kind) {
  if (v > 0.02) return d;
  const low = roundedBox(x - 0.115, u - 0.965, v + 0.1, 0.052, 0.058, 0.05, 0.014);
  const high = roundedBox(x - 0.088, u - 1.29, v + 0.08, 0.045, 0.05, 0.046, 0.01);
  if (kind === "parka") return blend(d, low * s, 0.01 * s);
  return kind === "uniform" ? blend(d, high * s, 0.008 * s) : d;
}

/**
 * A duty belt with its pouches: nothing drawn, nothing brandished.
 * @param {number} d
 * @param {number} x
 * @param {number} u
 * @param {number} v
 * @param {number} s
 * @param {Look["build"]} build
 */
function belt(d, x, u, v, s, build) {
  const rx = 0.166 * build.hip;
  const rz = 0.124 * build.hip;
  const band = (length(x / rx, (v - 0.018) / rz, 0) - 1) * rz;
  const loop = Math.max(band - 0.016, Math.abs(u - 0.985) - 0.024, -band - 0.01);
  let out = Math.min(d, loop * s);
  out = blend(out, roundedBox(x - 0.165, u - 0.965, v - 0.02, 0.024, 0.05, 0.034, 0.01) * s, 0.006 * s);
  return blend(out, roundedBox(x - 0.1, u - 0.975, v + 0.105, 0.03, 0.03, 0.022, 0.008) * s, 0.006 * s);
}

/** What shows in an open jacket and at the neck. @param {Model} model @returns {Field} */
export function shirtField(model) {
  const {
    look: { shirt },
    s,
  } = model;
  const body = trunk(model);
  return (px, y, z) => {
    const ax = Math.abs(px);
    const u = y / s;
    const v = z / s;
    let d = body(ax, y, z) - (shirt.hood ? 0.013 : 0.008) * s;
    d -= drape(px, y, z, 0.0035) * s;
    d = Math.max(d, (0.86 - u) * s, ax - 0.125 * s);
    const neckline = ring(
      ax / s,
      u - 1.5 - (v - 0.04) * 0.5,
      v - 0.04,
      0.07,
      0.068,
      shirt.hood ? 0.017 : 0.011,
    );
    d = blend(d, neckline * s, 0.012 * s);
    if (shirt.hood) d = hood(d, px / s, u, v, s);
    return carve(d, ellipsoid(ax / s, u - 1.58, v - 0.035, 0.058, 0.1, 0.06) * s, 0.006 * s);
  };
}

/**
 * A sweater's hood over the collar, its two cords, and its front pocket.
 * @param {number} d
 * @param {number} x
 * @param {number} u
 * @param {number} v
 * @param {number} s
 */
function hood(d, x, u, v, s) {
  const ax = Math.abs(x);
  let lump = ellipsoid(ax, u - 1.505 + ax * ax * 2, v - 0.118, 0.108, 0.05, 0.06);
  lump = carve(lump, ellipsoid(ax, u - 1.565, v - 0.095, 0.075, 0.045, 0.05), 0.02);
  const side = limb(ax, u, v, [0.082, 1.525, 0.07], [0.045, 1.478, -0.045], 0.02, 0.012);
  let out = blend(d, blend(lump, side, 0.03) * s, 0.02 * s);
  const cord = limb(ax, u, v, [0.022, 1.44, -0.093], [0.026, 1.3, -0.121], 0.0045, 0.0045);
  out = blend(out, cord * s, 0.003 * s);
  return out;
}

/** @param {Model} model @returns {Field} */
export function trousersField(model) {
  const {
    joints: { thighR: h, shinR: k, footR: a },
    look: { build },
    s,
  } = model;
  const body = trunk(model);
  const l = build.limb;
  return (px, y, z) => {
    const ax = Math.abs(px);
    const u = y / s;
    let leg = limb(
      ax,
      y,
      z,
      [h[0] + 0.002, h[1] - 0.02, h[2] + 0.012 * s],
      k,
      0.093 * l * build.hip * s,
      0.067 * l * s,
    );
    leg = blend(
      leg,
      limb(ax, y, z, k, [a[0], 0.06 * s, a[2] + 0.004 * s], 0.066 * l * s, 0.06 * l * s),
      0.03 * s,
    );
    leg = blend(
      leg,
      ellipsoid(ax - k[0], y - (k[1] - 0.13 * s), z - k[2] - 0.032 * s, 0.05 * l * s, 0.13 * s, 0.05 * l * s),
      0.05 * s,
    );
    const seat = Math.max(body(ax, y, z) - 0.009 * s, (0.84 - u) * s, (u - 1.06) * s);
    let d = blend(leg, seat, 0.05 * s);
    const toKnee = Math.exp(-(((y - k[1]) / (0.1 * s)) ** 2));
    const toHem = Math.exp(-(((y - 0.1 * s) / (0.11 * s)) ** 2));
    const toHip = Math.exp(-(((y - h[1] + 0.06 * s) / (0.08 * s)) ** 2));
    const rings = Math.sin(u * 88 + noise(px * 14, y * 14, z * 16) * 2.6 + z * 26);
    d -=
      s * (0.0048 * rings * (0.55 * toKnee + toHem + 0.35 * toHip) + 0.003 * noise(px * 13, y * 6, z * 13));
    return common(d, (0.034 - u + smoothstep(0.05, -0.02, z / s) * 0.014) * s, 0.006 * s);
  };
}

/** @param {Model} model @returns {Field} */
export function shoeField({ joints: { footR: a, toesR: t }, s }) {
  const bend = (t[0] - a[0]) / (a[2] - t[2]);
  return (px, y, z) => {
    const v = z / s;
    const x = Math.abs(px) / s - a[0] / s + (v - a[2] / s) * bend;
    const u = y / s;
    const taper = 1 - 0.32 * smoothstep(-0.08, -0.17, v) - 0.16 * smoothstep(0.0, 0.07, v);
    const sole = roundedBox(x / taper, u - 0.014, v + 0.042, 0.049, 0.014, 0.148, 0.01) * taper;
    let upper = ellipsoid(x / taper, u - 0.036, v + 0.098, 0.044, 0.044, 0.084) * taper;
    upper = blend(upper, limb(x, u, v, [0, 0.06, -0.075], [0, 0.1, 0.0], 0.026, 0.034), 0.04);
    upper = blend(upper, limb(x, u, v, [0, 0.05, 0.03], [0, 0.115, 0.028], 0.043, 0.045), 0.05);
    upper = blend(upper, ellipsoid(x, u - 0.045, v - 0.05, 0.036, 0.045, 0.042), 0.03);
    return Math.max(blend(Math.max(upper, 0.018 - u), sole, 0.006), u - 0.125) * s;
  };
}

/**
 * Which part of a jacket a point is, for its paint: 1 trim, 0 cloth.
 * @param {Model} model
 * @param {number} px
 * @param {number} y
 * @param {number} z
 */
export function trimShare({ look: { jacket }, s, joints }, px, y, z) {
  const u = y / s;
  const x = px / s;
  const v = z / s;
  const zip = jacket.open ? 0 : smoothstep(0.007, 0.004, Math.abs(x)) * smoothstep(0, -0.03, v);
  const { handR: c, foreR: b } = joints;
  const along = ((Math.abs(px) - c[0]) * (c[0] - b[0]) + (y - c[1]) * (c[1] - b[1])) / (0.255 * s * s);
  const cuff = smoothstep(-0.036, -0.032, along) * smoothstep(0.36, 0.4, Math.abs(x));
  if (jacket.kind === "uniform") {
    const belt = smoothstep(0.028, 0.024, Math.abs(u - 0.985)) * smoothstep(0.24, 0.2, Math.abs(x));
    const pouch =
      smoothstep(0.05, 0.045, Math.abs(u - 0.965)) *
      smoothstep(0.175, 0.18, Math.abs(x)) *
      smoothstep(0.25, 0.2, Math.abs(x));
    return -Math.max(belt, pouch);
  }
  return Math.max(zip, cuff * 0.7, smoothstep(0.012, 0.006, Math.abs(u - jacket.hem - 0.008)) * 0.6);
}

/**
 * A uniform's reflective name strip and shoulder marks.
 * @param {Model} model
 * @param {number} px
 * @param {number} y
 * @param {number} z
 */
export function badgeShare({ look: { jacket }, s }, px, y, z) {
  if (jacket.kind !== "uniform") return 0;
  const u = y / s;
  const x = px / s;
  const strip =
    smoothstep(0.002, 0, Math.abs(u - 1.372) - 0.011) *
    smoothstep(0.003, 0, Math.abs(Math.abs(x) - 0.088) - 0.04) *
    (z < 0 ? 1 : 0);
  const back =
    smoothstep(0.003, 0, Math.abs(u - 1.33) - 0.03) *
    smoothstep(0.004, 0, Math.abs(x) - 0.12) *
    (z > 0.02 ? 1 : 0);
  return Math.max(strip * 0.8, back * 0.75);
}
