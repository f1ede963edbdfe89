/**
 * Loudness of one microphone as it is heard: K-weighting, 20 ms powers, momentary loudness, peak, clipping,
 * speech; and the powers of two bands, by which vocal effort shows without knowing the microphone's gain.
 * Pure: feed samples, get rows. No gain is ever applied.
 *
 * ITU-R BS.1770-5 for one channel: L = -0.691 + 10 log10(mean square of the K-weighted signal), so a 997 Hz
 * sine at 0 dBFS reads -3.01 LUFS. A programme meter fed with the same signal in phase on two channels would
 * read 3.01 LU more (EBU's -23 dBFS test tone: -23.0 in stereo, -26.0 here); levels are only ever compared
 * with
 * the same person's on the same microphone, where this difference cancels out.
 *
 * The bands are those of the alpha ratio (0.14-1 kHz, 1-5.6 kHz), not K-weighted: dBFS, 10 log10(mean square), so a
 * sine at full scale inside a band reads -3.01. bands.js says how they are cut.
 */

import { Chain, bandPass } from "./bands.js";

/** @typedef {import("./bands.js").Biquad} Biquad */

/** What a row says for silence, and its floor: PROTOCOL.md. */
export const SILENCE = -120;
/** Length of a row. */
export const ROW_S = 0.02;
/** Momentary loudness: a 400 ms window, BS.1770-5. */
const MOMENTARY_ROWS = 20;
/** A sample this large cannot be told from one that was cut off (16-bit full scale is 32767 / 32768). */
const FULL_SCALE = 32766 / 32768;
/** Speech goes on for this long after its last loud row: ITU-T P.56's hang-over. */
const HANG_ROWS = 10;
/** Voiced sound's strongest part, and the part that grows most with effort, Hz. */
const LOW_BAND = /** @type {const} */ ([140, 1000]);
const HIGH_BAND = /** @type {const} */ ([1000, 5600]);
/** loudness, power, peak, clipped, speaking, low_band, high_band. */
export const COLUMNS = 7;

/**
 * The two K-weighting stages for a sample rate. BS.1770 tabulates 48 kHz only; these analogue prototypes
 * (De Man, "Evaluation of implementations of the EBU R128 loudness measurement") give the table to 14
 * digits there
 * and stay within 0.07 dB of its response down to 24 kHz.
 * @param {number} rate Hz, at least 16 kHz: below, the response deviates by more than 0.15 dB
 * @returns {[Biquad, Biquad]} the shelf of the head, then the high-pass
 */
export function kWeighting(rate) {
  if (!(rate >= 16_000)) throw new RangeError(`loudness needs at least 16,000 Hz, not ${rate}`);
  return [highShelf(rate), highPass(rate)];
}

/** @param {number} rate @returns {Biquad} */
function highShelf(rate) {
  const k = Math.tan((Math.PI * 1681.974450955533) / rate);
  const q = 0.7071752369554196;
  const vh = 10 ** (3.999843853973347 / 20);
  const vb = vh ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return [
    (vh + (vb * k) / q + k * k) / a0,
    (2 * (k * k - vh)) / a0,
    (vh - (vb * k) / q + k * k) / a0,
    (2 * (k * k - 1)) / a0,
    (1 - k / q + k * k) / a0,
  ];
}

/** @param {number} rate @returns {Biquad} */
function highPass(rate) {
  const k = Math.tan((Math.PI * 38.13547087602444) / rate);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  // The numerator is not normalised by a0: that is how the standard tabulates it.
  return [1, -2, 1, (2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0];
}

/** @param {number} meanSquare @returns {number} LUFS, not below SILENCE */
export function lufs(meanSquare) {
  return meanSquare > 0 ? Math.max(SILENCE, -0.691 + 10 * Math.log10(meanSquare)) : SILENCE;
}

/** @param {number} square @returns {number} dB, not below SILENCE */
function decibels(square) {
  return square > 0 ? Math.max(SILENCE, 10 * Math.log10(square)) : SILENCE;
}

/**
 * Turns samples into rows of the stream `voice`: see COLUMNS.
 */
export class VoiceMeter {
  #heard;
  #low;
  #high;
  #square = 0;
  #lowSquare = 0;
  #highSquare = 0;
  #peak = 0;
  #clipped = 0;
  #inRow = 0;
  #recent = new Float64Array(MOMENTARY_ROWS);
  #rows = 0;
  #sinceLoud = HANG_ROWS + 1;
  #onRow;

  /**
   * @param {number} rate samples per second
   * @param {(row: Float32Array) => void} onRow called once per 20 ms; the array is used again for the
   *   next row
   */
  constructor(rate, onRow) {
    this.#heard = new Chain(kWeighting(rate));
    this.#low = new Chain(bandPass(...LOW_BAND, rate));
    this.#high = new Chain(bandPass(...HIGH_BAND, rate));
    this.rowSamples = Math.round(rate * ROW_S);
    /** A row is loud when its power exceeds this, LUFS; set it from the measured room. */
    this.threshold = -50;
    this.#onRow = onRow;
    this.row = new Float32Array(COLUMNS);
  }

  /** Samples counted into the row that is being filled. */
  get pending() {
    return this.#inRow;
  }

  /** Allocates nothing: it runs in the audio callback. @param {ArrayLike<number>} samples -1..1 */
  push(samples) {
    for (let i = 0; i < samples.length; i++) {
      const x = samples[i];
      const heard = this.#heard.next(x);
      const low = this.#low.next(x);
      const high = this.#high.next(x);
      this.#square += heard * heard;
      this.#lowSquare += low * low;
      this.#highSquare += high * high;
      const size = x < 0 ? -x : x;
      if (size > this.#peak) this.#peak = size;
      if (size >= FULL_SCALE) this.#clipped += 1;
      this.#inRow += 1;
      if (this.#inRow === this.rowSamples) this.#finishRow();
    }
  }

  #finishRow() {
    const meanSquare = this.#square / this.rowSamples;
    this.#recent[this.#rows % MOMENTARY_ROWS] = meanSquare;
    this.#rows += 1;
    let sum = 0;
    for (let i = 0; i < MOMENTARY_ROWS; i++) sum += this.#recent[i];
    const power = lufs(meanSquare);
    this.#sinceLoud = power > this.threshold ? 0 : this.#sinceLoud + 1;
    const row = this.row;
    row[0] = lufs(sum / Math.min(this.#rows, MOMENTARY_ROWS));
    row[1] = power;
    row[2] = decibels(this.#peak * this.#peak);
    row[3] = this.#clipped / this.rowSamples;
    row[4] = this.#sinceLoud <= HANG_ROWS ? 1 : 0;
    row[5] = decibels(this.#lowSquare / this.rowSamples);
    row[6] = decibels(this.#highSquare / this.rowSamples);
    this.#square = this.#lowSquare = this.#highSquare = this.#peak = this.#clipped = this.#inRow = 0;
    this.#heard.settle();
    this.#low.settle();
    this.#high.settle();
    this.#onRow(row);
  }
}

/** Speech stands at least this far out of the room (the server's calibration uses the same bound). */
const ABOVE_ROOM = 6;
/** Speech lies within this of its own level: ITU-T P.56's margin. */
const SPEECH_MARGIN = 15.9;

/**
 * Above which level a row counts as speech.
 * @param {number | null} noise the room's level, LUFS
 * @param {number | null} baseline the calibrated normal voice, LUFS
 */
export function speechThreshold(noise, baseline) {
  const room = noise === null ? -56 : noise + ABOVE_ROOM;
  return Math.max(room, baseline === null ? -60 : baseline - SPEECH_MARGIN);
}
