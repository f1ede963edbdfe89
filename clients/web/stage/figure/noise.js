/** Smooth repeatable noise for shapes and paint; pure, seeded by position alone. */

/**
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @returns {number} 0..1, the same for the same lattice point
 */
function lattice(x, y, z) {
  let h = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(z, 1274126177);
  h = Math.imul(h ^ (h >>> 13), 1103515245);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** @param {number} t */
const fade = (t) => t * t * (3 - 2 * t);

/**
 * Value noise.
 * @param {number} x
 * @param {number} y
 * @param {number} z
 * @returns {number} -1..1
 */
export function noise(x, y, z) {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const iz = Math.floor(z);
  const u = fade(x - ix);
  const v = fade(y - iy);
  const w = fade(z - iz);
  const near = mix(
    mix(lattice(ix, iy, iz), lattice(ix + 1, iy, iz), u),
    mix(lattice(ix, iy + 1, iz), lattice(ix + 1, iy + 1, iz), u),
    v,
  );
  const far = mix(
    mix(lattice(ix, iy, iz + 1), lattice(ix + 1, iy, iz + 1), u),
    mix(lattice(ix, iy + 1, iz + 1), lattice(ix + 1, iy + 1, iz + 1), u),
    v,
  );
  return 2 * mix(near, far, w) - 1;
}

/** @param {number} a @param {number} b @param {number} t */
export const mix = (a, b, t) => a + (b - a) * t;

/** @param {number} x @param {number} low @param {number} high */
export const clamp = (x, low, high) => (x < low ? low : x > high ? high : x);

/** 0 below `a`, 1 above `b`, smooth between. @param {number} a @param {number} b @param {number} x */
export function smoothstep(a, b, x) {
  const t = clamp((x - a) / (b - a), 0, 1);
  return t * t * (3 - 2 * t);
}
