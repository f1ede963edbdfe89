/**
 * Signed distances, the clay the figures are modelled in: negative inside, metres. After the well-known
 * closed forms (Inigo Quilez, "distance functions"); ellipsoids are the usual first-order bound.
 */

import { clamp } from "./noise.js";

/**
 * A field over space.
 * @typedef {(x: number, y: number, z: number) => number} Field
 */

/**
 * Math.hypot guards against overflow at ten times the cost; these are metres.
 * @param {number} x
 * @param {number} y
 * @param {number} z
 */
export function length(x, y, z) {
  return Math.sqrt(x * x + y * y + z * z);
}

/**
 * Union with a fillet of about `k` metres.
 * @param {number} a @param {number} b @param {number} k
 */
export function blend(a, b, k) {
  const h = Math.max(k - Math.abs(a - b), 0) / k;
  return Math.min(a, b) - h * h * k * 0.25;
}

/** Cuts `b` out of `a`, with a rounded edge. @param {number} a @param {number} b @param {number} k */
export function carve(a, b, k) {
  return -blend(-a, b, k);
}

/** What is in both, with a rounded edge. @param {number} a @param {number} b @param {number} k */
export function common(a, b, k) {
  return -blend(-a, -b, k);
}

/**
 * @param {number} x @param {number} y @param {number} z point relative to the centre
 * @param {number} rx @param {number} ry @param {number} rz radii
 */
export function ellipsoid(x, y, z, rx, ry, rz) {
  const u = x / rx;
  const v = y / ry;
  const w = z / rz;
  const k0 = length(u, v, w);
  const k1 = length(u / rx, v / ry, w / rz);
  return k1 < 1e-9 ? -Math.min(rx, ry, rz) : (k0 * (k0 - 1)) / k1;
}

/**
 * A limb from `a` to `b` whose radius goes from `ra` to `rb`.
 * @param {number} x @param {number} y @param {number} z
 * @param {ArrayLike<number>} a @param {ArrayLike<number>} b
 * @param {number} ra @param {number} rb
 */
export function limb(x, y, z, a, b, ra, rb) {
  const bx = b[0] - a[0];
  const by = b[1] - a[1];
  const bz = b[2] - a[2];
  const px = x - a[0];
  const py = y - a[1];
  const pz = z - a[2];
  const t = clamp((px * bx + py * by + pz * bz) / (bx * bx + by * by + bz * bz), 0, 1);
  return length(px - bx * t, py - by * t, pz - bz * t) - (ra + (rb - ra) * t);
}

/**
 * @param {number} x @param {number} y @param {number} z point relative to the centre
 * @param {number} hx @param {number} hy @param {number} hz half sizes, the rounding included
 * @param {number} r rounding
 */
export function roundedBox(x, y, z, hx, hy, hz, r) {
  const qx = Math.abs(x) - hx + r;
  const qy = Math.abs(y) - hy + r;
  const qz = Math.abs(z) - hz + r;
  const outside = length(Math.max(qx, 0), Math.max(qy, 0), Math.max(qz, 0));
  return outside + Math.min(Math.max(qx, qy, qz), 0) - r;
}

/**
 * An upright ring.
 * @param {number} x @param {number} y @param {number} z point relative to the centre
 * @param {number} rx @param {number} rz radii of its elliptic centre line
 * @param {number} r thickness
 */
export function ring(x, y, z, rx, rz, r) {
  const away = (length(x / rx, 0, z / rz) - 1) * Math.min(rx, rz);
  return length(away, y, 0) - r;
}
