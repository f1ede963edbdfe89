import assert from "node:assert/strict";
import { test } from "node:test";

import { ArrivalClock, PoseTrack, pitchOf, yawOf } from "./poses.js";

/** @param {number} yaw @param {number} [pitch] */
function q(yaw, pitch = 0) {
  const [a, b] = [yaw / 2, pitch / 2];
  return [
    Math.cos(a) * Math.sin(b),
    Math.sin(a) * Math.cos(b),
    -Math.sin(a) * Math.sin(b),
    Math.cos(a) * Math.cos(b),
  ];
}

/** @param {number} got @param {number} expected @param {number} [within] */
const near = (got, expected, within = 1e-6) =>
  assert.ok(Math.abs(got - expected) <= within, `${got}, expected ${expected}`);

test("between two samples a person is between two places", () => {
  const track = new PoseTrack();
  track.add(1, [0, 1.6, 0], q(0));
  track.add(1.05, [0.1, 1.6, -0.2], q(0.2));
  const { p, q: turned } = track.at(1.025);
  near(p[0], 0.05);
  near(p[2], -0.1);
  near(yawOf(turned), 0.1, 1e-4);
});

test("before the first and after the last sample the nearest holds", () => {
  const track = new PoseTrack();
  track.add(1, [1, 1, 1], q(0));
  track.add(2, [2, 2, 2], q(0));
  assert.equal(track.at(-100).p[0], 1);
  assert.equal(track.at(100).p[0], 2);
});

test("the short way round, and no slide over a jump", () => {
  const track = new PoseTrack();
  track.add(0, [0, 1, 0], q(3.1));
  track.add(1, [0, 1, 0], q(-3.1));
  near(Math.abs(yawOf(track.at(0.5).q)), Math.PI, 1e-3);
  track.add(2, [9, 1, 0], q(0));
  assert.equal(track.at(1.4).p[0], 0);
  assert.equal(track.at(1.6).p[0], 9);
});

test("a sample from before forgets what came after: the replay was moved back", () => {
  const track = new PoseTrack();
  for (let t = 0; t < 10; t++) track.add(t, [t, 0, 0], q(0));
  track.add(3, [33, 0, 0], q(0));
  assert.equal(track.newest, 3);
  assert.equal(track.at(9).p[0], 33);
});

test("any number of samples, the newest are kept", () => {
  const track = new PoseTrack();
  for (let i = 0; i < 1000; i++) track.add(i * 0.05, [i, 0, 0], q(0));
  near(track.at(998.5 * 0.05).p[0], 998.5, 1e-6);
});

test("yaw and pitch are read back from any orientation", () => {
  for (const yaw of [-3, -1.2, 0, 0.4, 2.9]) {
    for (const pitch of [-1.2, 0, 0.7]) {
      near(yawOf(q(yaw, pitch)), yaw, 1e-9);
      near(pitchOf(q(yaw, pitch)), pitch, 1e-9);
    }
  }
});

test("the arrival clock follows the earliest arrivals, without steps", () => {
  const clock = new ArrivalClock();
  let now = 100;
  let last = -Infinity;
  for (let i = 0; i < 2000; i++) {
    const t = i * 0.05;
    const late = 0.003 + 0.05 * ((i * 37) % 11 > 8 ? 1 : 0);
    const at = 100 + t + late;
    clock.arrived(t, at, at - now);
    now = at;
    const time = clock.time(now);
    if (i > 20) near(time, t + late - 0.003, 0.004);
    assert.ok(time >= last - 1e-3, "time does not run back");
    last = time;
  }
});

test("another session's clock is taken at once", () => {
  const clock = new ArrivalClock();
  clock.arrived(500, 10, 0);
  clock.arrived(2, 11, 1);
  near(clock.time(11), 2);
});
