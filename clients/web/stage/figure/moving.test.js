import assert from "node:assert/strict";
import { test } from "node:test";

import { Gait, turn } from "./gait.js";
import {
  CHANNELS,
  CURL,
  FLEX,
  FORWARD,
  GESTURE_NAMES,
  LEAN,
  LEFT,
  OUT,
  RIGHT,
  UP,
  gesture,
  speakingBeats,
} from "./gestures.js";
import { Speech } from "./speech.js";
import { Springs } from "./springs.js";

const DT = 1 / 60;

/**
 * Walks a body and watches the feet.
 * @param {{vx: number, vz: number, turning?: number, seconds: number}} how
 */
function walk({ vx, vz, turning = 0, seconds }) {
  const gait = new Gait();
  gait.place(0, 0, 0);
  let [x, z, yaw, slid, steps, worst, both] = [0, 0, 0, 0, 0, 0, 0];
  const before = [gait.right, gait.left].map(({ x: fx, z: fz, moving }) => ({ x: fx, z: fz, moving }));
  for (let t = 0; t < seconds; t += DT) {
    [x, z, yaw] = [x + vx * DT, z + vz * DT, yaw + turning * DT];
    gait.update(DT, x, z, yaw, vx, vz);
    const feet = [gait.right, gait.left];
    if (feet.every((foot) => foot.moving)) both += 1;
    feet.forEach((foot, i) => {
      if (foot.moving && !before[i].moving) steps += 1;
      if (!foot.moving && !before[i].moving)
        slid = Math.max(slid, Math.hypot(foot.x - before[i].x, foot.z - before[i].z));
      worst = Math.max(worst, Math.hypot(foot.x - x, foot.z - z));
      before[i] = { x: foot.x, z: foot.z, moving: foot.moving };
    });
  }
  return { slid, steps, worst, both };
}

test("planted feet do not slide, and one foot is always on the ground", () => {
  for (const how of [
    { vx: 0, vz: -1.2 },
    { vx: 0, vz: 0.8 },
    { vx: 0.6, vz: 0 },
    { vx: 1, vz: 1, turning: 0.6 },
    { vx: 0, vz: 0, turning: 1 },
  ]) {
    const { slid, both, worst } = walk({ ...how, seconds: 6 });
    assert.equal(slid, 0);
    assert.equal(both, 0);
    assert.ok(worst < 0.95, `a foot is ${worst} m from the body`);
  }
});

test("a walk has a walk's cadence; who stands still, stands still", () => {
  const { steps } = walk({ vx: 0, vz: -1.2, seconds: 10 });
  assert.ok(steps >= 15 && steps <= 26, `${steps} steps in 10 s`);
  assert.equal(walk({ vx: 0, vz: 0, seconds: 5 }).steps, 0);
});

test("after a jump the feet are under the body", () => {
  const gait = new Gait();
  gait.place(0, 0, 0);
  gait.update(DT, 8, -3, 1, 0, 0);
  assert.ok(Math.hypot(gait.right.x - 8, gait.right.z + 3) < 0.2);
});

test("the short way from one heading to another", () => {
  assert.ok(Math.abs(turn(3, -3) - (2 * Math.PI - 6)) < 1e-12);
  assert.equal(turn(0, 1), 1);
});

test("every gesture is a pose a body can take, at every moment and arousal", () => {
  const pose = new Float64Array(CHANNELS);
  for (const name of [...GESTURE_NAMES, "not yet invented"]) {
    for (const arousal of [0, 0.4, 1]) {
      for (let t = 0; t < 40; t += 0.37) {
        gesture(name, t, arousal, 12345, pose);
        speakingBeats(t, arousal, 12345, pose);
        assert.ok(pose.every(Number.isFinite), name);
        for (const arm of [RIGHT, LEFT]) {
          const reach = Math.hypot(pose[arm + OUT], pose[arm + UP], pose[arm + FORWARD]);
          assert.ok(reach > 0.08 && reach < 0.6, `${name}: hand ${reach} m from its shoulder`);
          assert.ok(pose[arm + CURL] >= 0 && pose[arm + CURL] <= 1.2, name);
        }
      }
    }
  }
});

test("who covers their ears has both hands beside the head; who rocks goes forwards and back, steadily", () => {
  const pose = new Float64Array(CHANNELS);
  const leans = [];
  for (let t = 0; t < 20; t += 0.1) {
    gesture("covering_ears", t, 0.8, 7, pose);
    for (const arm of [RIGHT, LEFT]) {
      assert.ok(pose[arm + UP] > 0.05, "a wrist is below the jaw");
      assert.ok(pose[arm + OUT] < 0, "a wrist is outside the shoulder");
      assert.ok(pose[arm + FLEX] < -1, "a hand does not rise along the head");
    }
    gesture("rocking", t, 0.8, 7, pose);
    leans.push(pose[LEAN]);
  }
  assert.ok(Math.max(...leans) - Math.min(...leans) > 0.15);
  assert.ok(Math.min(...leans) > 0, "leans over backwards");
});

test("the same moment of a session shows the same pose", () => {
  const [a, b] = [new Float64Array(CHANNELS), new Float64Array(CHANNELS)];
  gesture("agitated", 17.3, 0.8, 7, a);
  gesture("idle", 2, 0.1, 9, b);
  gesture("agitated", 17.3, 0.8, 7, b);
  assert.deepEqual(a, b);
});

test("a mouth opens with the words, closes at their end, and rests in pauses", () => {
  const speech = new Speech("Mama, please. Stop!", 10, 4);
  const out = new Float64Array(2);
  assert.equal(speech.sample(9.9, out), false);
  let open = 0;
  for (let t = 10; t < 14; t += 0.02) {
    assert.equal(speech.sample(t, out), true);
    assert.ok(out[0] >= 0 && out[0] <= 1);
    open = Math.max(open, out[0]);
  }
  assert.ok(open > 0.8);
  assert.equal(speech.sample(14, out), false);
  assert.deepEqual([...out], [0, 0]);
  assert.equal(new Speech("", 0, 2).sample(1, out), false);
});

test("springs arrive without swinging, whatever the frame rate", () => {
  for (const dt of [1 / 240, 1 / 60, 0.25, 2]) {
    const springs = new Springs(1);
    let most = 0;
    for (let t = 0; t < 4; t += dt) {
      springs.pull(0, 1, 6, dt);
      most = Math.max(most, springs.value[0]);
    }
    assert.ok(Math.abs(springs.value[0] - 1) < 1e-3);
    assert.ok(most <= 1 + 1e-9);
  }
});
