/**
 * The face: brows, lids, mouth and eyes as rotations and shifts of their bones. Distress draws the inner
 * brows up and the corners of the mouth down; high arousal also tightens the brows and opens the eyes.
 */

import { BONE_INDEX } from "./bones.js";
import { JAW_BIND } from "./head.js";
import { Springs } from "./springs.js";
import { chance } from "./gestures.js";
import { clamp, mix, smoothstep } from "./noise.js";

const WORRY = 0; // inner brows up
const TENSE = 1; // brows down and together
const WIDE = 2; // eyes opened
const CORNER = 3; // corners of the mouth down
const MOUTH = 4; // open 0..1
const ROUND = 5;
const CHANNELS = 6;

const EYES = [BONE_INDEX.eyeR, BONE_INDEX.eyeL];
const UPPER_LIDS = [BONE_INDEX.lidUpperR, BONE_INDEX.lidUpperL];
const LOWER_LIDS = [BONE_INDEX.lidLowerR, BONE_INDEX.lidLowerL];
/** Radians of the jaw at a fully open vowel. */
const JAW_OPEN = 0.2;
const BLINK_S = 0.16;

export class Face {
  #springs = new Springs(CHANNELS);
  #bones;
  #rest;
  #seed;
  #blinkAt = 1;
  #blinks = 0;

  /**
   * @param {import("../../vendored/three.js").Bone[]} bones
   * @param {number} seed
   * @param {number} scale the person's height over BASE_HEIGHT
   */
  constructor(bones, seed, scale) {
    this.#bones = bones;
    this.#seed = seed;
    this.scale = scale;
    this.#rest = ["mouthR", "mouthL", "browR", "browL"].map((name) =>
      bones[BONE_INDEX[name]].position.clone(),
    );
  }

  /**
   * @param {number} dt
   * @param {number} t seconds
   * @param {number} arousal 0..1
   * @param {number} open mouth, 0..1
   * @param {number} round lips, 0..1
   * @param {number} gazeYaw eyes relative to the head, radians, left positive
   * @param {number} gazePitch up positive
   * @param {boolean} calm no distress shown (bystanders, the trainee)
   */
  update(dt, t, arousal, open, round, gazeYaw, gazePitch, calm) {
    const s = this.#springs;
    const felt = calm ? arousal * 0.4 : arousal;
    s.pull(WORRY, smoothstep(0.12, 0.5, felt), 5, dt);
    s.pull(TENSE, smoothstep(0.5, 0.95, felt), 5, dt);
    s.pull(WIDE, smoothstep(0.55, 1, felt), 6, dt);
    s.pull(CORNER, calm ? 0.1 : 0.25 + 0.6 * smoothstep(0.2, 0.7, felt), 3, dt);
    // Between words an aroused person breathes through the mouth.
    s.pull(MOUTH, Math.max(open, 0.16 * smoothstep(0.5, 0.9, felt)), 32, dt);
    s.pull(ROUND, round, 22, dt);
    this.#mouth();
    this.#brows();
    this.#eyes(t, felt, gazeYaw, gazePitch);
  }

  #mouth() {
    const v = this.#springs.value;
    const open = v[MOUTH];
    this.#bones[BONE_INDEX.jaw].rotation.x = JAW_BIND - JAW_OPEN * open;
    const inward = (0.0065 * v[ROUND] - 0.0015 * open) * this.scale;
    const down = (0.0042 * v[CORNER] - 0.0012 * v[TENSE] + 0.003 * open) * this.scale;
    for (let i = 0; i < 2; i++) {
      const bone = this.#bones[BONE_INDEX[i === 0 ? "mouthR" : "mouthL"]];
      const side = i === 0 ? 1 : -1;
      bone.position.set(
        this.#rest[i].x - side * inward,
        this.#rest[i].y - down,
        this.#rest[i].z - 0.004 * v[ROUND] * this.scale,
      );
    }
  }

  #brows() {
    const v = this.#springs.value;
    const height = (0.0045 * v[WORRY] - 0.0062 * v[TENSE] + 0.003 * v[WIDE] * (1 - v[TENSE])) * this.scale;
    const together = 0.0032 * v[TENSE] * this.scale;
    const slope = 0.19 * v[WORRY] * (1 - 0.45 * v[TENSE]) - 0.16 * v[TENSE];
    for (let i = 0; i < 2; i++) {
      const side = i === 0 ? 1 : -1;
      const bone = this.#bones[BONE_INDEX[i === 0 ? "browR" : "browL"]];
      const rest = this.#rest[2 + i];
      bone.position.set(rest.x - side * together, rest.y + height, rest.z);
      bone.rotation.z = -side * slope;
    }
  }

  /** @param {number} t @param {number} arousal @param {number} yaw @param {number} pitch */
  #eyes(t, arousal, yaw, pitch) {
    const v = this.#springs.value;
    const closed = this.#blink(t, arousal);
    // Eyes are never quite still: small jumps several times a second.
    const tick = Math.floor(t * (2.2 + 2 * arousal));
    const dx = 0.035 * (chance(this.#seed, tick) - 0.5) + clamp(yaw, -0.5, 0.5);
    const dy = 0.025 * (chance(this.#seed, tick + 77) - 0.5) + clamp(pitch, -0.4, 0.35);
    const upper = mix(0.235 + 0.12 * v[WIDE] + 0.7 * Math.max(-0.3, dy), -0.11, closed);
    const lower = mix(-0.27 + 0.07 * v[TENSE] + 0.35 * dy, -0.13, closed);
    for (let i = 0; i < 2; i++) {
      this.#bones[EYES[i]].rotation.set(dy, dx, 0, "YXZ");
      this.#bones[UPPER_LIDS[i]].rotation.x = upper;
      this.#bones[LOWER_LIDS[i]].rotation.x = lower;
    }
  }

  /** @param {number} t @param {number} arousal @returns {number} 0 open .. 1 closed */
  #blink(t, arousal) {
    if (t < this.#blinkAt - 20) this.#blinkAt = t + 1; // time went back: a replay was moved
    if (t > this.#blinkAt + BLINK_S) {
      this.#blinks += 1;
      this.#blinkAt = t + 1.2 + (4.2 - 2.2 * arousal) * chance(this.#seed, 900 + this.#blinks);
    }
    const into = (t - this.#blinkAt) / BLINK_S;
    return into < 0 || into > 1 ? 0 : Math.sin(Math.PI * Math.min(1, into * 1.1)) ** 0.7 || 0;
  }
}
