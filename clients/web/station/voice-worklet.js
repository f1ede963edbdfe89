/**
 * Runs beside the sound card: measures the microphone and posts rows of 20 ms, five at a time. What it
 * hears it does not keep and does not send anywhere. The callback allocates nothing: posting copies.
 */

import { COLUMNS, VoiceMeter } from "./loudness.js";

/** Rows per message: one message per frame of the wire. */
const BATCH = 5;

class VoiceProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.count = 0;
    this.batch = { rows: new Float32Array(BATCH * COLUMNS), endFrame: 0 };
    this.meter = new VoiceMeter(sampleRate, (row) => this.keep(row));
    this.port.onmessage = ({ data }) => {
      this.meter.threshold = data.threshold;
    };
  }

  /** @param {Float32Array} row */
  keep(row) {
    this.batch.rows.set(row, this.count * COLUMNS);
    this.count += 1;
    if (this.count < BATCH) return;
    this.count = 0;
    // `endFrame` is the first frame after this block; what the meter has not consumed lies before it.
    this.port.postMessage(this.batch);
  }

  /** @param {Float32Array[][]} inputs @returns {boolean} */
  process(inputs) {
    const samples = inputs[0]?.[0];
    if (!samples) return true;
    // Frame index of the end of the row that may be finished within this block, to the block's grain (2.7 ms).
    this.batch.endFrame = currentFrame + samples.length;
    this.meter.push(samples);
    return true;
  }
}

registerProcessor("talkdown-voice", VoiceProcessor);
