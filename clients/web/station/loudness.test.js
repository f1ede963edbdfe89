import assert from "node:assert/strict";
import { test } from "node:test";

import { ROW_S, SILENCE, VoiceMeter, kWeighting, speechThreshold } from "./loudness.js";

/** @param {number} hz @param {number} dbfs peak @param {number} seconds @param {number} rate */
function sine(hz, dbfs, seconds, rate) {
  const size = 10 ** (dbfs / 20);
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => size * Math.sin((2 * Math.PI * hz * i) / rate),
  );
}

/**
 * Every row of a signal.
 * @param {Float32Array} samples
 * @param {number} rate
 * @param {number} [chunk]
 * @param {number} [threshold]
 */
function rows(samples, rate, chunk = 128, threshold = -50) {
  /** @type {number[][]} */ const out = [];
  const meter = new VoiceMeter(rate, (row) => out.push([...row]));
  meter.threshold = threshold;
  for (let at = 0; at < samples.length; at += chunk) meter.push(samples.subarray(at, at + chunk));
  return out;
}

/** @param {number} got @param {number} expected @param {number} within */
function near(got, expected, within) {
  assert.ok(Math.abs(got - expected) <= within, `${got} is not within ${within} of ${expected}`);
}

test("the coefficients at 48 kHz are those of BS.1770-5", () => {
  const [shelf, pass] = kWeighting(48_000);
  const table = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585];
  shelf.forEach((value, i) => near(value, table[i], 1e-12));
  [1, -2, 1, -1.99004745483398, 0.99007225036621].forEach((value, i) => near(pass[i], value, 1e-12));
});

for (const rate of [48_000, 44_100, 24_000, 16_000]) {
  test(`997 Hz at full scale on one channel reads -3.01 LUFS at ${rate} Hz`, () => {
    const out = rows(sine(997, 0, 2, rate), rate);
    const [loudness, power, peak] = out[out.length - 1];
    near(loudness, -3.01, 0.05);
    near(power, -3.01, 0.25); // 20 ms hold a fraction of a period more or less
    near(peak, 0, 0.01);
    assert.equal(out.length, 100);
  });
}

test("levels are linear: each dB in is a dB out", () => {
  for (const level of [-10, -23, -33, -60])
    near(rows(sine(1000, level, 1, 48_000), 48_000)[49][0], level - 3.01, 0.05);
});

test("a low tone counts less, as K-weighting wants", () => {
  near(rows(sine(60, -10, 2, 48_000), 48_000)[99][0], -10 - 3.01 - 3.64, 0.1); // the high-pass gives -2.95 dB, the shelf lacks its 0.69
});

test("momentary loudness holds 400 ms", () => {
  const rate = 48_000;
  const burst = new Float32Array(1.5 * rate);
  burst.set(sine(1000, -20, 0.4, rate), 0.3 * rate);
  const out = rows(burst, rate).map(([loudness]) => loudness);
  near(Math.max(...out), -23.01, 0.1);
  near(out[24], -23.01 - 3.01, 0.15); // half of the window
  assert.equal(out[57] < -60, true, "nothing is left 400 ms later");
});

test("chunks of any size give the same rows", () => {
  const samples = sine(440, -12, 0.5, 44_100);
  const whole = rows(samples, 44_100, samples.length);
  for (const chunk of [1, 127, 128, 4096]) assert.deepEqual(rows(samples, 44_100, chunk), whole);
  assert.equal(Math.round(44_100 * ROW_S), 882);
});

test("silence is -120 and not speech; a cut-off signal is counted", () => {
  assert.deepEqual(rows(new Float32Array(960), 48_000)[0], [
    ...[SILENCE, SILENCE, SILENCE, 0, 0],
    ...[SILENCE, SILENCE],
  ]);
  const loud = sine(997, 6, 0.02, 48_000).map((v) => Math.max(-1, Math.min(1, v)));
  near(rows(loud, 48_000)[0][3], 2 / 3, 0.03); // a sine at twice full scale is over it two thirds of the time
});

/** Mean power of a band over a signal's rows, in dB, once the filters have settled. @param {number[][]} all @param {5 | 6} band */
function bandOf(all, band) {
  const settled = all.slice(10).map((row) => 10 ** (row[band] / 10));
  return 10 * Math.log10(settled.reduce((sum, power) => sum + power, 0) / settled.length);
}

const [LOW, HIGH] = /** @type {const} */ ([5, 6]);

for (const rate of [48_000, 44_100, 16_000]) {
  test(`a tone inside a band passes it, and an octave outside does not, at ${rate} Hz`, () => {
    const gain = (/** @type {number} */ hz, /** @type {5 | 6} */ band) =>
      bandOf(rows(sine(hz, -20, 1.2, rate), rate), band) + 23.01;
    for (const hz of [187, 300, 500, 750]) near(gain(hz, LOW), 0, 0.5);
    for (const hz of [1334, 2000, 3000, 4200]) near(gain(hz, HIGH), 0, 0.5);
    near(gain(140, LOW), -3.01, 0.1);
    near(gain(5600, HIGH), -3.01, 0.1);
    near(gain(1000, LOW), -3.01, 0.1);
    near(gain(1000, HIGH), -3.01, 0.1);
    for (const [hz, band] of /** @type {const} */ ([[70, LOW], [500, HIGH]])) near(gain(hz, band), -24.1, 0.4);
    // Above, the bilinear transform makes the skirt steeper, the nearer it comes to half the rate.
    assert.ok(gain(2000, LOW) < -24);
    if (rate > 25_000) assert.ok(gain(11_200, HIGH) < -24);
  });
}

test("pink noise has as much power in a band as between walls at its edges", () => {
  const rate = 48_000;
  const samples = new Float64Array(2 * rate);
  // Every 10 Hz a sine of power 1 / f, at a phase that looks random: exactly pink, and the same on every run.
  for (let hz = 10; hz <= 20_000; hz += 10) {
    const size = Math.sqrt(2 / hz) / 60;
    const phase = 2 * Math.PI * ((hz * hz * 0.618034) % 1);
    const step = (2 * Math.PI * hz) / rate;
    for (let i = 0; i < samples.length; i++) samples[i] += size * Math.sin(step * i + phase);
  }
  const all = rows(Float32Array.from(samples), rate);
  const expected = (/** @type {number} */ low, /** @type {number} */ high) => {
    let power = 0;
    for (let hz = 10; hz <= 20_000; hz += 10)
      if (hz >= low && hz <= high) power += (hz === low || hz === high ? 0.5 : 1) / hz / 3600;
    return 10 * Math.log10(power);
  };
  near(bandOf(all, LOW), expected(140, 1000), 0.2);
  near(bandOf(all, HIGH), expected(1000, 5600), 0.3);
  // Their ratio is what is looked at: ln 5.6 / ln 7.14.
  near(bandOf(all, HIGH) - bandOf(all, LOW), 10 * Math.log10(Math.log(5.6) / Math.log(1000 / 140)), 0.25);
});

test("filters carry over from row to row: a steady tone reads the same in each", () => {
  const all = rows(sine(500, -20, 1, 48_000), 48_000);
  for (const row of all.slice(10)) near(row[LOW], -23.01, 0.05); // ten whole periods in 20 ms
});

test("after speech the filters come to rest, and silence is silence again", () => {
  const rate = 48_000;
  const signal = new Float32Array(3 * rate);
  signal.set(sine(300, -6, 0.5, rate));
  const last = rows(signal, rate)[149];
  assert.deepEqual(last.slice(5), [SILENCE, SILENCE]);
});

test("speech goes on for 200 ms after its last loud row", () => {
  const rate = 48_000;
  const signal = new Float32Array(rate);
  signal.set(sine(300, -20, 0.2, rate), 0.1 * rate);
  const speaking = rows(signal, rate, 128, -40).map((row) => row[4]);
  assert.equal(speaking[4], 0);
  assert.equal(speaking[5], 1);
  const last = speaking.lastIndexOf(1);
  assert.ok(last >= 24 && last <= 27, `speech ends at row ${last}`);
});

test("the threshold follows the room and the voice", () => {
  assert.equal(speechThreshold(-60, -30), -45.9);
  assert.equal(speechThreshold(-40, -30), -34);
  assert.equal(speechThreshold(null, null), -56);
});

test("a rate too low for loudness is refused", () => {
  assert.throws(() => kWeighting(8_000), /16,000 Hz, not 8000/);
});
