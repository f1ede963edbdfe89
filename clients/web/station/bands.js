/**
 * Filters of the voice meter: a chain of biquads, and Butterworth band-passes for it.
 *
 * A band is a high-pass at its lower edge and a low-pass at its upper one, each a Butterworth filter of 4th order: two
 * biquads with the Q of its pole pairs, by the bilinear transform, prewarped so that each edge lies exactly at -3.01 dB
 * whatever the sample rate. Analogue, |H|^2 = 1 / (1 + (f / edge)^8) and its mirror image. It follows that
 *   - from 4/3 of the lower edge to 3/4 of the upper one the loss stays below 0.5 dB; an octave outside it is 24.1 dB;
 *   - two neighbouring bands add up to the whole power at their common edge, no sound counts twice or falls between;
 *   - in log frequency a skirt is a logistic curve, symmetric about the edge: pink noise reads as through a filter
 *     with walls there.
 * Near half the sample rate the bilinear transform only makes the low-pass steeper.
 */

/**
 * Biquad coefficients b0, b1, b2, a1, a2 (a0 = 1).
 * @typedef {readonly [number, number, number, number, number]} Biquad
 */

/** Q of the pole pairs of a Butterworth filter of 4th order: 1 / (2 cos(pi / 8)), 1 / (2 cos(3 pi / 8)). */
const PAIRS = [1 / (2 * Math.cos(Math.PI / 8)), 1 / (2 * Math.cos((3 * Math.PI) / 8))];
/** Far below what any microphone hears, far above where numbers become slow to reckon with (denormal). */
const NOTHING = 1e-30;

/**
 * @param {number} low Hz
 * @param {number} high Hz, below half the rate
 * @param {number} rate samples per second
 * @returns {Biquad[]} two of the high-pass, two of the low-pass
 */
export function bandPass(low, high, rate) {
  if (!(low > 0 && low < high && high < rate / 2))
    throw new RangeError(`a band from ${low} to ${high} Hz does not fit below half of ${rate} Hz`);
  return [...PAIRS.map((q) => pass("high", low, q, rate)), ...PAIRS.map((q) => pass("low", high, q, rate))];
}

/** @param {"low" | "high"} kind @param {number} edge @param {number} q @param {number} rate @returns {Biquad} */
function pass(kind, edge, q, rate) {
  const k = Math.tan((Math.PI * edge) / rate);
  const a0 = 1 + k / q + k * k;
  const b = (kind === "low" ? k * k : 1) / a0;
  return [b, kind === "low" ? 2 * b : -2 * b, b, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0];
}

/** Biquads one after the other, transposed direct form II. Their delays carry over from sample to sample. */
export class Chain {
  #c;
  #s;

  /** @param {readonly Biquad[]} biquads */
  constructor(biquads) {
    this.#c = Float64Array.from(biquads.flat());
    this.#s = new Float64Array(2 * biquads.length);
  }

  /** One sample in, one out. @param {number} x */
  next(x) {
    const c = this.#c;
    const s = this.#s;
    let y = x;
    for (let i = 0, d = 0; d < s.length; i += 5, d += 2) {
      const into = y;
      y = c[i] * into + s[d];
      s[d] = c[i + 1] * into - c[i + 3] * y + s[d + 1];
      s[d + 1] = c[i + 2] * into - c[i + 4] * y;
    }
    return y;
  }

  /** After silence, what rings on is let go; call it now and then. */
  settle() {
    const s = this.#s;
    for (let d = 0; d < s.length; d++) if (s[d] < NOTHING && s[d] > -NOTHING) s[d] = 0;
  }
}
