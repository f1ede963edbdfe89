/**
 * The trainee's voice at this station: opens the microphone, leads through the calibration, and lets rows
 * flow to
 * the server only while they are needed: during the calibration and the exercise.
 */

import { Calibrating, TEXT } from "./calibrating.js";
import { COLUMNS, speechThreshold } from "./loudness.js";
import { calibratedScreen, calibrationScreen, waitScreen } from "./screens.js";
import { openVoice } from "./voice.js";

/** The voice samples of the calibration must be on the server's disk before it can judge them. */
const FLUSH_MS = 4_000;
/** The meter on the page spans these levels, LUFS. */
const METER = { low: -70, high: -5 };

/**
 * @typedef {import("../wire/messages.js").CalibrationResult} CalibrationResult
 * @typedef {import("../wire/socket.js").WireConnection} WireConnection
 * @typedef {(name: string, content: readonly (Node | string | null | undefined | false)[]) => void} Show
 */

export class Hearing {
  /** The server's judgement of this trainee's normal voice. @type {CalibrationResult | null} */
  calibration = null;
  /** The microphone went away in the middle. */
  lost = false;
  /** Rows go to the server. */
  flowing = false;
  /** The latest row: loudness, power, peak, clipped, speaking, low_band, high_band. */
  row = new Float32Array(COLUMNS);
  heard = false;
  /** @type {import("./voice.js").Voice | null} */
  #voice = null;
  /** @type {Calibrating | null} */
  #calibrating = null;
  /** @type {ReturnType<typeof calibrationScreen> | null} */
  #view = null;
  #step = "";
  #connection;
  #show;

  /**
   * @param {() => WireConnection | null} connection
   * @param {Show} show puts a panel on the page
   */
  constructor(connection, show) {
    this.#connection = connection;
    this.#show = show;
  }

  get open() {
    return this.#voice !== null;
  }

  get settings() {
    return this.#voice?.settings ?? null;
  }

  /** What the indicator says. @returns {"off" | "on" | "speaking" | "lost"} */
  get state() {
    if (this.lost) return "lost";
    if (!this.#voice) return "off";
    return this.row[4] > 0 ? "speaking" : "on";
  }

  /** Level for a meter, 0..1. */
  get level() {
    return this.#voice ? shareOf(this.row[0]) : 0;
  }

  /** @param {AudioContext} context @returns {Promise<void>} rejects with MicrophoneError */
  async listen(context) {
    this.#voice = await openVoice(
      context,
      (ms, row) => this.#take(ms, row),
      () => {
        this.lost = true;
      },
    );
    this.#tune();
  }

  close() {
    this.#voice?.close();
    this.#voice = null;
    this.#calibrating = null;
    this.#view = null;
  }

  /**
   * Leads through the calibration.
   * @param {() => void} over it was accepted, given up or skipped: go on
   */
  calibrate(over) {
    const calibrating = new Calibrating();
    const end = () => {
      this.#calibrating = this.#view = null;
      over();
    };
    this.#calibrating = calibrating;
    this.#view = calibrationScreen({ onSkip: end, onDone: () => calibrating.finish(performance.now()) });
    this.#over = end;
    this.#showStep("room");
    this.#show("calibration", this.#view.nodes);
  }

  #over = () => {};

  /** Moves the meters; call with every frame. */
  draw() {
    if (!this.#view || !this.#calibrating) return;
    const { progress, level, speaking } = this.#calibrating.progress;
    scale(this.#view.bar, progress);
    scale(this.#view.level, shareOf(level));
    this.#view.level.dataset.speaking = String(speaking);
  }

  /** @param {number} ms @param {Float32Array} row */
  #take(ms, row) {
    this.heard = true;
    this.row.set(row);
    const calibrating = this.#calibrating;
    if (calibrating || this.flowing) this.#connection()?.sendRow("voice", ms, row);
    if (!calibrating) return;
    const step = calibrating.row(ms, row);
    if (step === "reading" && this.#step === "room") {
      this.#voice?.listenAbove(speechThreshold(calibrating.noise, null));
      this.#showStep("reading");
    }
    if (calibrating.spans) void this.#judge(calibrating.spans);
  }

  /** @param {"room" | "reading"} step */
  #showStep(step) {
    const view = this.#view;
    if (!view) return;
    this.#step = step;
    const room = step === "room";
    view.step.textContent = room ? "Your voice, 1 of 2" : "Your voice, 2 of 2";
    view.title.textContent = room ? "Be quiet for a moment" : "Read this, as to a calm person near you";
    view.text.textContent = room ? "We listen to the room for five seconds." : TEXT;
    view.text.dataset.step = step;
    view.done.hidden = room;
    if (!room) view.title.focus();
  }

  /** Both spans are known: let the server judge. @param {import("./calibrating.js").Spans} spans */
  async #judge(spans) {
    const over = this.#over;
    this.#calibrating = null;
    this.#view = null;
    this.#show("wait", waitScreen("Listening to what was heard"));
    try {
      await this.#connection()?.flushed("voice", FLUSH_MS);
      const answer = await this.#connection()?.request("calibrate", spans);
      this.calibration = /** @type {CalibrationResult} */ (answer?.calibration);
    } catch (error) {
      this.calibration = notJudged(error instanceof Error ? error.message : String(error));
    }
    if (!this.#voice) return; // the session went on without it meanwhile
    this.#tune();
    const on = { onRetry: () => this.calibrate(over), onGo: over };
    this.#show("calibrated", calibratedScreen(this.calibration, on));
  }

  /** What counts as speech follows the room and the voice, as far as they are known. */
  #tune() {
    const known = this.calibration;
    this.#voice?.listenAbove(
      speechThreshold(known?.noise_lufs ?? null, known?.accepted ? known.baseline_lufs : null),
    );
  }
}

/** @param {string} reason @returns {CalibrationResult} */
function notJudged(reason) {
  return {
    accepted: false,
    baseline_lufs: null,
    noise_lufs: null,
    snr_db: null,
    speech_s: 0,
    clipped: 0,
    reasons: [reason],
  };
}

/** @param {number} lufs @returns {number} 0..1 */
function shareOf(lufs) {
  return Math.max(0, Math.min(1, (lufs - METER.low) / (METER.high - METER.low)));
}

/** @param {HTMLElement} bar @param {number} share */
function scale(bar, share) {
  /** @type {HTMLElement} */ (bar.firstElementChild).style.transform = `scaleX(${share.toFixed(3)})`;
}
