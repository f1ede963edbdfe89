/**
 * The calibration: five seconds of the quiet room, then a calm text, both as spans of the page's clock; the
 * server judges from the samples it has. This only leads through it and knows when enough was read.
 */

/** Room tone: scoring-model 3.7. */
const ROOM_MS = 5_000;
/** The server wants 8 s of speech; the text takes about 20 s, and the pauses in it do not count. */
const ENOUGH_SPEECH_MS = 10_500;
const MOST_READING_MS = 32_000;
/** Reading is over after this much silence, once there is enough. */
const END_PAUSE_MS = 1_100;
const ROW_MS = 20;

export const TEXT =
  "I have plenty of time today. Nobody has to hurry, and nobody has to decide anything right now. " +
  "I will stay here, at a distance that is comfortable for you. You can tell me what is going on, " +
  "or we can wait a moment and listen to the rain. I am listening.";

/**
 * @typedef {{room_ms: [number, number], voice_ms: [number, number]}} Spans
 * @typedef {{step: "room" | "reading" | "done", progress: number, level: number, speaking: boolean}} Progress
 *   progress: 0..1 of this step; level: LUFS of the latest 20 ms
 */

export class Calibrating {
  #startMs = NaN;
  #roomEndMs = NaN;
  #noise = 0;
  #noiseRows = 0;
  #speechMs = 0;
  #lastSpeechMs = NaN;
  /** @type {Progress} */
  progress = { step: "room", progress: 0, level: -120, speaking: false };
  /** @type {Spans | null} once done */
  spans = null;

  /** LUFS of the room so far, or null. */
  get noise() {
    return this.#noiseRows > 0 ? 10 * Math.log10(this.#noise / this.#noiseRows) : null;
  }

  /**
   * A row of the stream `voice`.
   * @param {number} ms
   * @param {ArrayLike<number>} row
   * @returns {"room" | "reading" | "done"} the step it belongs to; a change is to be told to the trainee
   */
  row(ms, row) {
    const p = this.progress;
    if (p.step === "done") return "done";
    if (Number.isNaN(this.#startMs)) this.#startMs = ms;
    p.level = row[1];
    p.speaking = row[4] > 0;
    if (p.step === "room") this.#room(ms, row[1]);
    else this.#reading(ms);
    return p.step;
  }

  /** @param {number} ms @param {number} power */
  #room(ms, power) {
    this.#noise += 10 ** (power / 10);
    this.#noiseRows += 1;
    this.progress.progress = Math.min(1, (ms - this.#startMs) / ROOM_MS);
    if (this.progress.progress < 1) return;
    this.#roomEndMs = ms;
    this.progress.step = "reading";
    this.progress.progress = 0;
  }

  /** @param {number} ms */
  #reading(ms) {
    if (this.progress.speaking) {
      this.#speechMs += ROW_MS;
      this.#lastSpeechMs = ms;
    }
    this.progress.progress = Math.min(1, this.#speechMs / ENOUGH_SPEECH_MS);
    const enough = this.#speechMs >= ENOUGH_SPEECH_MS && ms - this.#lastSpeechMs > END_PAUSE_MS;
    if (enough || ms - this.#roomEndMs > MOST_READING_MS) this.finish(ms);
  }

  /** The trainee says they are done. @param {number} ms */
  finish(ms) {
    if (this.progress.step !== "reading") return;
    this.progress.step = "done";
    this.spans = { room_ms: [this.#startMs, this.#roomEndMs], voice_ms: [this.#roomEndMs, ms] };
  }
}
