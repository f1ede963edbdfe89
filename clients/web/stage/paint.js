/** Colours of painted vertices, and what else their four numbers say. Pure: also used where there is no renderer. */

/** @typedef {readonly [number, number, number]} Rgb linear */

/** Added to the roughness of cloth: its surface is woven, the others' is smooth. */
export const CLOTH = 1;

/** @param {number} hex sRGB @returns {Rgb} linear */
export function rgb(hex) {
  const channel = (/** @type {number} */ shift) => (((hex >> shift) & 255) / 255) ** 2.2;
  return [channel(16), channel(8), channel(0)];
}
