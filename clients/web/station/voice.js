/**
 * The microphone: asked for without any processing, verified, measured in a worklet, and given out as rows
 * with times on the page's clock. Needs a secure context and the user's permission.
 */

import { AudioTimeline } from "./audio-timeline.js";
import { COLUMNS, ROW_S } from "./loudness.js";

/** Where the browser does not tell its input latency: a usual buffer of a sound card. */
const USUAL_LATENCY_MS = 10;

/**
 * As the protocol's consent wants them; null where the browser does not say.
 * @typedef {{autoGainControl: boolean | null, noiseSuppression: boolean | null, echoCancellation: boolean
 *   | null,
 *   sampleRate: number | null}} MicrophoneSettings
 *
 * A row: time on the page's clock, then the columns of loudness.js. The array is used again.
 * @typedef {(clientMs: number, values: Float32Array) => void} OnRow
 */

/** Why there is no microphone, in words for the trainee. */
export class MicrophoneError extends Error {}

export class Voice {
  #stream;
  #node;
  #source;
  #timeline = new AudioTimeline();
  #latencyMs;
  #row = new Float32Array(COLUMNS);

  /**
   * @param {MediaStream} stream
   * @param {AudioContext} context
   * @param {OnRow} onRow
   * @param {() => void} onEnded the microphone was unplugged or taken away
   */
  constructor(stream, context, onRow, onEnded) {
    this.#stream = stream;
    const [track] = stream.getAudioTracks();
    const told = /** @type {MediaTrackSettings & {latency?: number}} */ (track.getSettings());
    this.#latencyMs = told.latency ? told.latency * 1000 : USUAL_LATENCY_MS;
    /** @type {MicrophoneSettings} */
    this.settings = {
      autoGainControl: told.autoGainControl ?? null,
      noiseSuppression: told.noiseSuppression ?? null,
      echoCancellation: told.echoCancellation === undefined ? null : told.echoCancellation !== false,
      sampleRate: context.sampleRate,
    };
    this.label = track.label;
    track.onended = onEnded;
    this.#source = context.createMediaStreamSource(stream);
    this.#node = new AudioWorkletNode(context, "talkdown-voice", {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
      channelInterpretation: "discrete",
    });
    this.#source.connect(this.#node);
    this.#node.port.onmessage = ({ data }) => this.#take(data, context.sampleRate, onRow);
  }

  /** Above which level a row counts as speech, LUFS. @param {number} threshold */
  listenAbove(threshold) {
    this.#node.port.postMessage({ threshold });
  }

  close() {
    this.#node.port.onmessage = null;
    this.#source.disconnect();
    for (const track of this.#stream.getTracks()) track.stop();
  }

  /** @param {{rows: Float32Array, endFrame: number}} batch @param {number} rate @param {OnRow} onRow */
  #take({ rows, endFrame }, rate, onRow) {
    const end = endFrame / rate;
    this.#timeline.arrived(end, performance.now());
    const count = rows.length / COLUMNS;
    for (let i = 0; i < count; i++) {
      for (let c = 0; c < COLUMNS; c++) this.#row[c] = rows[i * COLUMNS + c];
      // A row is dated at its end, like every other sample: the moment at which its values were known.
      onRow(this.#timeline.toPage(end - (count - 1 - i) * ROW_S, this.#latencyMs), this.#row);
    }
  }
}

/**
 * Asks for the microphone, as it is.
 * @param {AudioContext} context running
 * @param {OnRow} onRow
 * @param {() => void} onEnded
 * @returns {Promise<Voice>} rejects with MicrophoneError
 */
export async function openVoice(context, onRow, onEnded) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new MicrophoneError(
      "This page was not opened over a secure connection, so the browser allows no microphone.",
    );
  }
  try {
    await context.audioWorklet.addModule(new URL("./voice-worklet.js", import.meta.url));
    const audio = {
      autoGainControl: false,
      noiseSuppression: false,
      echoCancellation: false,
      channelCount: 1,
    };
    const stream = await navigator.mediaDevices.getUserMedia({ audio, video: false });
    return new Voice(stream, context, onRow, onEnded);
  } catch (error) {
    throw new MicrophoneError(reasonOf(error));
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError") return "The browser was not allowed to use the microphone.";
  if (name === "NotFoundError") return "No microphone was found.";
  if (name === "NotReadableError") return "Another program is using the microphone.";
  return `The microphone could not be opened (${name || error}).`;
}
