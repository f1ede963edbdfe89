/**
 * The trainee's body at a keyboard: keys to velocity to place, at a fixed step. One step is one `head_pose`
 * sample
 * with an exact time, whatever the frame rate. Pure; metres, radians, seconds.
 */

/** Steps per second: the rate of the stream `head_pose`. */
export const RATE = 72;
/** A brisk walk; nobody runs at a person in crisis. */
const SPEED = 1.4;
const SLOW_SPEED = 0.6;
/** From rest to a walk in a quarter of a second. */
const ACCELERATION = 6;
/** A quarter turn a second, reached in a fifth of a second. */
const TURN_SPEED = 1.6;
const TURN_ACCELERATION = 8;
const MOST_PITCH = 1.05;
/** Half a shoulder's width: how near a wall or somebody else one can come. */
const RADIUS = 0.25;
const ARM_OFF = 0.45;
const EYES = 1.65;
/** Standing up and ducking, metres per second. */
const DUCK_SPEED = 0.9;
/** Near enough to the next corner of a path. */
const ARRIVED = 0.06;

/**
 * What is held down: -1, 0 or 1 each; `slow`: walk slowly.
 * @typedef {{forward: number, right: number, turn: number, pitch: number, slow: boolean}} Held
 * @typedef {import("../wire/messages.js").CoverBox} CoverBox
 * @typedef {{x: [number, number], z: [number, number]}} Bounds
 */

export class Walker {
  /** px py pz qx qy qz qw: the row of the stream, used again at every step. */
  row = new Float64Array(7);
  x;
  z;
  eyes = EYES;
  yaw;
  pitch = 0;
  vx = 0;
  vz = 0;
  #turning = 0;
  #bounds;
  #boxes;
  /** @type {[number, number][]} */
  #path = [];
  /** Height of the eyes when the path has been walked. */
  #duckTo = EYES;
  /** Who is kept in view on the way. @type {{x: number, z: number} | null} */
  #watch = null;

  /**
   * @param {{at: [number, number], yaw: number}} start yaw in degrees
   * @param {Bounds} bounds
   * @param {readonly CoverBox[]} boxes what nobody walks through
   */
  constructor(start, bounds, boxes) {
    [this.x, this.z] = start.at;
    this.yaw = (start.yaw * Math.PI) / 180;
    this.#bounds = bounds;
    this.#boxes = boxes.filter((box) => box.center[1] - box.size[1] / 2 < 1.2);
    this.#write();
  }

  /** Walking by itself, to cover. */
  get underway() {
    return this.#path.length > 0;
  }

  /** Behind something, ducked as far as it needs. */
  get ducked() {
    return this.#duckTo < EYES;
  }

  /**
   * Walk along corners with the eyes on somebody, and duck at the end.
   * @param {readonly [number, number][]} path
   * @param {number} eyes height of the eyes there
   * @param {{x: number, z: number} | null} [watch]
   */
  goTo(path, eyes, watch = null) {
    this.#path = [...path];
    this.#duckTo = eyes;
    this.#watch = watch;
  }

  /** Stop walking by itself, stand up. */
  standUp() {
    this.#path = [];
    this.#duckTo = EYES;
    this.#watch = null;
  }

  /**
   * Stand somewhere at once, as after a headset was taken off.
   * @param {number} x
   * @param {number} z
   * @param {number} yaw radians
   */
  place(x, z, yaw) {
    this.standUp();
    [this.x, this.z, this.yaw] = [x, z, yaw];
    this.vx = this.vz = this.pitch = 0;
    this.#write();
  }

  /** Turn the head at once, as by a mouse. @param {number} yaw @param {number} pitch radians */
  look(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = clamp(this.pitch + pitch, -MOST_PITCH, MOST_PITCH);
  }

  /**
   * One step of 1 / RATE s.
   * @param {Held} held
   * @param {readonly {x: number, z: number}[]} people nobody walks through
   */
  step(held, people) {
    const dt = 1 / RATE;
    if (held.forward !== 0 || held.right !== 0) this.standUp();
    this.#turn(held, dt);
    this.#push(held, dt);
    this.x += this.vx * dt;
    this.z += this.vz * dt;
    for (const box of this.#boxes) this.#keepOut(box);
    for (const person of people) this.#keepOff(person);
    this.x = clamp(this.x, this.#bounds.x[0], this.#bounds.x[1]);
    this.z = clamp(this.z, this.#bounds.z[0], this.#bounds.z[1]);
    const height = this.#path.length > 0 ? EYES : this.#duckTo;
    this.eyes += clamp(height - this.eyes, -DUCK_SPEED * dt, DUCK_SPEED * dt);
    this.#write();
  }

  /** @param {Held} held @param {number} dt */
  #turn(held, dt) {
    if (held.turn !== 0) this.#watch = null;
    const turn = this.#watch
      ? clamp(2.5 * this.#toWatched(), -TURN_SPEED, TURN_SPEED)
      : held.turn * TURN_SPEED;
    this.#turning += clamp(turn - this.#turning, -TURN_ACCELERATION * dt, TURN_ACCELERATION * dt);
    this.yaw += this.#turning * dt;
    this.pitch = clamp(this.pitch + held.pitch * 0.9 * dt, -MOST_PITCH, MOST_PITCH);
  }

  /** How far to turn, the short way. */
  #toWatched() {
    const { x, z } = this.#watch ?? this;
    const d = (Math.atan2(this.x - x, this.z - z) - this.yaw) % (2 * Math.PI);
    return d > Math.PI ? d - 2 * Math.PI : d < -Math.PI ? d + 2 * Math.PI : d;
  }

  /** Velocity towards what the keys or the path want. @param {Held} held @param {number} dt */
  #push(held, dt) {
    let wantX = Math.cos(this.yaw) * held.right - Math.sin(this.yaw) * held.forward;
    let wantZ = -Math.sin(this.yaw) * held.right - Math.cos(this.yaw) * held.forward;
    let speed = held.slow ? SLOW_SPEED : SPEED;
    if (this.#path.length > 0) {
      const [x, z] = this.#path[0];
      wantX = x - this.x;
      wantZ = z - this.z;
      const left = Math.hypot(wantX, wantZ);
      if (left < ARRIVED) this.#path.shift();
      // Slow down for the last corner as far as the legs can brake.
      if (this.#path.length <= 1) speed = Math.min(speed, Math.sqrt(2 * ACCELERATION * left) * 0.7);
    }
    const length = Math.hypot(wantX, wantZ);
    const k = length > 0 ? speed / length : 0;
    const dx = wantX * k - this.vx;
    const dz = wantZ * k - this.vz;
    const change = Math.hypot(dx, dz);
    const share = change > ACCELERATION * dt ? (ACCELERATION * dt) / change : 1;
    this.vx += dx * share;
    this.vz += dz * share;
  }

  /** @param {CoverBox} box */
  #keepOut({ center, size }) {
    const hx = size[0] / 2 + RADIUS;
    const hz = size[2] / 2 + RADIUS;
    const dx = this.x - center[0];
    const dz = this.z - center[2];
    if (Math.abs(dx) >= hx || Math.abs(dz) >= hz) return;
    // Out by the nearer side; along it one slides on.
    if (hx - Math.abs(dx) < hz - Math.abs(dz)) {
      this.x = center[0] + (dx < 0 ? -hx : hx);
      this.vx = 0;
    } else {
      this.z = center[2] + (dz < 0 ? -hz : hz);
      this.vz = 0;
    }
  }

  /** @param {{x: number, z: number}} person */
  #keepOff(person) {
    const dx = this.x - person.x;
    const dz = this.z - person.z;
    const away = Math.hypot(dx, dz);
    if (away >= ARM_OFF) return;
    const k = away > 1e-6 ? ARM_OFF / away : 0;
    this.x = person.x + (k > 0 ? dx * k : ARM_OFF);
    this.z = person.z + dz * k;
  }

  #write() {
    const [a, b] = [this.yaw / 2, this.pitch / 2];
    const row = this.row;
    row[0] = this.x;
    row[1] = this.eyes;
    row[2] = this.z;
    row[3] = Math.cos(a) * Math.sin(b);
    row[4] = Math.sin(a) * Math.cos(b);
    row[5] = -Math.sin(a) * Math.sin(b);
    row[6] = Math.cos(a) * Math.cos(b);
  }
}

/** @param {number} x @param {number} low @param {number} high */
function clamp(x, low, high) {
  return x < low ? low : x > high ? high : x;
}
