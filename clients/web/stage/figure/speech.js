/**
 * How a mouth moves while a line is spoken, made from its text alone: vowels open it, lips close for m, b, p,
 * pauses at punctuation. Nobody lip-reads this; it has to start, stop and pause with the words.
 */

const OPEN = /** @type {Record<string, number>} */ ({ a: 1, e: 0.7, i: 0.45, o: 0.85, u: 0.5, y: 0.45 });
const CLOSED = new Set(["m", "b", "p"]);
const ROUND = new Set(["o", "u", "w"]);
/** How long a sign takes, in shares of a letter. */
const PAUSE = /** @type {Record<string, number>} */ ({
  ",": 4,
  ";": 5,
  ":": 4,
  ".": 7,
  "?": 7,
  "!": 6,
  "…": 9,
  "-": 2,
  " ": 0.6,
});

export class Speech {
  /** @type {Float32Array} time, open, round: three per letter */
  #track;
  #letters;

  /**
   * @param {string} text
   * @param {number} start seconds
   * @param {number} seconds how long the line takes
   */
  constructor(text, start, seconds) {
    const letters = [...text.toLowerCase()];
    this.#letters = letters.length;
    this.#track = new Float32Array(3 * letters.length);
    this.start = start;
    this.end = start + seconds;
    // The last sign's pause is silence after the line, not part of it.
    const spoken = letters.map((c, i) => (i === letters.length - 1 ? 0.5 : (PAUSE[c] ?? 1)));
    const whole = spoken.reduce((a, b) => a + b, 0) || 1;
    let at = 0;
    letters.forEach((c, i) => {
      this.#track[3 * i] = (at / whole) * seconds;
      this.#track[3 * i + 1] = c in PAUSE ? 0 : CLOSED.has(c) ? -0.2 : (OPEN[c] ?? 0.25);
      this.#track[3 * i + 2] = ROUND.has(c) ? 1 : 0;
      at += spoken[i];
    });
  }

  /**
   * @param {number} t seconds
   * @param {Float64Array} out out[0]: open 0..1, out[1]: round 0..1
   * @returns {boolean} whether the line is being spoken
   */
  sample(t, out) {
    out[0] = out[1] = 0;
    if (t < this.start || t >= this.end || this.#letters === 0) return false;
    const at = t - this.start;
    let low = 0;
    let high = this.#letters - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#track[3 * middle] <= at) low = middle;
      else high = middle - 1;
    }
    out[0] = Math.max(0, this.#track[3 * low + 1]);
    out[1] = this.#track[3 * low + 2];
    return true;
  }
}
