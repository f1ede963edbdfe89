/**
 * One person: from where they are, what they are doing and how they feel to the rotations of their bones.
 * Everything between two states is moved by springs, feet by steps. `update` allocates nothing.
 */

import {
  Group,
  Mesh,
  BoxGeometry,
  MeshBasicMaterial,
  MeshStandardMaterial,
  Quaternion,
  SkinnedMesh,
  Vector3,
  Euler,
} from "../../vendored/three.js";
import { BASE_EYE_HEIGHT, BONE_INDEX } from "./bones.js";
import { Face } from "./face.js";
import { Gait, turn } from "./gait.js";
import * as G from "./gestures.js";
import { restFrame, solveLimb } from "./limbs.js";
import { clamp, mix, smoothstep } from "./noise.js";
import { buildSkeleton } from "./skeleton.js";
import { Speech } from "./speech.js";
import { Springs } from "./springs.js";

/**
 * @typedef {import("./bones.js").Joints} Joints
 * @typedef {import("../../vendored/three.js").Bone} Bone
 * What a person is to show now; owned and changed by the caller.
 * @typedef {{x: number, y: number, z: number, yaw: number, posture: string, gesture: string, arousal: number,
 *   gaze: Vector3 | null, pitch: number | null}} State
 *   x, y, z: the eyes in the scene; yaw: about +y, 0 looks along -z; gaze: a point that attracts the eyes;
 *   pitch: of the head, up positive, where it is known (the trainee's), else null
 */

/** Channel of Springs beyond the pose: seat 0..1. */
const SEAT = G.CHANNELS;
const HEAD_YAW = SEAT + 1;
const HEAD_PITCH = SEAT + 2;
const CHANNELS = SEAT + 3;

/** Height of a bench's seat under the hip joints, metres. */
const SEATED_HIPS = 0.585;
/** Necks turn this far; eyes go on from there. */
const MOST_HEAD_YAW = 1.15;
/** A foot takes 0.34 s at least; it must not be outrun between two looks. */
const GAIT_STEP_S = 0.05;
/** Long strides lower the hips, but nobody walks on their knees. */
const MOST_DROP = 0.16;
/** Positions further apart than this between two frames are a jump. */
const JUMP = 1.5;

const UP_AXIS = new Vector3(0, 1, 0);
const ARM_REST = new Vector3(0.643, -0.766, 0);
// Scratch, valid only within one update: figures are updated one after the other.
const euler = new Euler(0, 0, 0, "YXZ");
const q1 = new Quaternion();
const q2 = new Quaternion();
const v1 = new Vector3();
const v2 = new Vector3();
const pole = new Vector3();
const direction = new Vector3();
const pose = new Float64Array(G.CHANNELS);
const mouth = new Float64Array(2);

export class Figure {
  /** Add to the scene. */
  object = new Group();
  /** Where the eyes are drawn, in the scene; for the camera and the captions. */
  eyes = new Vector3();
  #mesh;
  #bones;
  #face;
  #gait = new Gait();
  #springs = new Springs(CHANNELS);
  #scale;
  #hipRest;
  /** @type {Quaternion[]} rotation of each bone in figure space */
  #turned;
  #arms;
  #legs;
  #phone;
  #seed;
  #calm;
  #yaw = 0;
  #x = 0;
  #z = 0;
  #vx = 0;
  #vz = 0;
  #placed = false;
  #pelvis = new Vector3();
  #breath = 0;
  #swayTime = 0;
  /** @type {Speech | null} */
  #speech = null;

  /**
   * @param {{geometry: import("../../vendored/three.js").BufferGeometry, joints: Joints}} body see
   *   sculptor.js
   * @param {import("../../vendored/three.js").Material} material shared by all figures
   * @param {{seed: number, calm?: boolean, shadows?: boolean}} options calm: shows little of its arousal
   *   in the face
   */
  constructor({ geometry, joints }, material, { seed, calm = false, shadows = false }) {
    const { bones, skeleton } = buildSkeleton(joints);
    this.#bones = bones;
    this.#seed = seed;
    this.#calm = calm;
    this.#scale = joints.head[1] / 1.612;
    this.#hipRest = joints.hips[1];
    this.#turned = bones.map(() => new Quaternion());
    this.#face = new Face(bones, seed, this.#scale);
    const mesh = new SkinnedMesh(geometry, material);
    this.#mesh = mesh;
    mesh.add(bones[0]);
    mesh.bind(skeleton);
    mesh.frustumCulled = false; // its bounds are those of the rest pose
    mesh.castShadow = mesh.receiveShadow = shadows;
    this.#arms = [1, -1].map((side) => armOf(joints, side));
    this.#legs = [1, -1].map((side) => legOf(joints, side));
    this.#phone = phone(shadows);
    this.#bones[BONE_INDEX.handR].add(this.#phone);
    this.object.add(mesh);
  }

  /**
   * A line begins.
   * @param {string} text
   * @param {number} t seconds, the clock of `update`
   * @param {number} seconds
   */
  say(text, t, seconds) {
    this.#speech = new Speech(text, t, seconds);
  }

  dispose() {
    this.#mesh.geometry.dispose();
    this.#mesh.skeleton.dispose();
  }

  /** The next update takes the state as it is, without moving there. */
  jump() {
    this.#placed = false;
  }

  /**
   * @param {number} dt seconds since the last update; 0 keeps the pose
   * @param {number} t seconds
   * @param {State} state
   */
  update(dt, t, state) {
    this.#move(dt, state);
    this.#choose(dt, t, state);
    this.#trunk(t, state);
    this.#head(dt, t, state);
    for (let i = 0; i < 2; i++) {
      this.#leg(i);
      this.#arm(i);
    }
    this.#apply();
  }

  /** Follows the place and heading; steps. @param {number} dt @param {State} state */
  #move(dt, state) {
    const sit = state.posture === "sitting" ? 1 : 0;
    if (!this.#placed || Math.hypot(state.x - this.#x, state.z - this.#z) > JUMP) {
      this.#placed = true;
      this.#x = state.x;
      this.#z = state.z;
      this.#yaw = state.yaw;
      this.#vx = this.#vz = 0;
      this.#springs.jump(SEAT, sit);
      this.#gait.place(this.#x, this.#z, this.#yaw, 0.36 * sit * this.#scale);
      this.#settle = true;
    }
    this.#springs.pull(SEAT, sit, 3.2, dt);
    const turned = turn(this.#yaw, state.yaw) * (1 - Math.exp(-dt * 5));
    // On a slow screen a frame holds more than a step of a walk: walk it in parts.
    const parts = Math.max(1, Math.ceil(dt / GAIT_STEP_S));
    const [dx, dz] = [(state.x - this.#x) / parts, (state.z - this.#z) / parts];
    for (let i = 0; i < parts; i++) this.#tread(dt / parts, dx, dz, turned / parts);
  }

  /** @param {number} dt @param {number} dx @param {number} dz @param {number} turned */
  #tread(dt, dx, dz, turned) {
    if (dt > 0) {
      const blend = 1 - Math.exp(-dt / 0.12);
      this.#vx += (dx / dt - this.#vx) * blend;
      this.#vz += (dz / dt - this.#vz) * blend;
    }
    this.#x += dx;
    this.#z += dz;
    this.#yaw += turned;
    const ahead = 0.36 * this.#springs.value[SEAT] * this.#scale;
    this.#gait.update(dt, this.#bodyX(), this.#bodyZ(), this.#yaw, this.#vx, this.#vz, ahead);
  }

  #settle = true;

  /** The body stands behind its eyes, further so when it leans. */
  #behind() {
    return (0.07 + 0.4 * this.#springs.value[G.LEAN]) * this.#scale;
  }

  #bodyX() {
    return this.#x + this.#behind() * Math.sin(this.#yaw);
  }

  #bodyZ() {
    return this.#z + this.#behind() * Math.cos(this.#yaw);
  }

  /** Pulls the pose towards the gesture. @param {number} dt @param {number} t @param {State} state */
  #choose(dt, t, state) {
    const { arousal } = state;
    const name =
      state.posture === "sitting" && (state.gesture === "idle" || state.gesture === "pacing")
        ? "sitting"
        : state.gesture;
    G.gesture(name, t, arousal, this.#seed, pose);
    if (state.posture === "crouching") pose[G.CROUCH] = 1;
    const speaking = this.#speech?.sample(t, mouth) ?? false;
    if (!speaking) mouth[0] = mouth[1] = 0;
    if (speaking) G.speakingBeats(t, arousal, this.#seed, pose);
    this.#swingArms(state);
    const quick = 4.5 + 4 * arousal;
    for (let c = 0; c < G.CHANNELS; c++) {
      if (this.#settle) this.#springs.jump(c, pose[c]);
      else this.#springs.pull(c, pose[c], c >= G.RIGHT && c < G.PHONE ? quick : 3.5, dt);
    }
    this.#settle = false;
    this.#breath += dt * (1.35 + 1.9 * arousal);
    this.#swayTime += dt * (0.75 + 0.9 * arousal);
  }

  /** A hanging arm swings against its leg. @param {State} state */
  #swingArms({ arousal }) {
    const { right, left } = this.#gait;
    const ahead = (left.x - right.x) * -Math.sin(this.#yaw) + (left.z - right.z) * -Math.cos(this.#yaw);
    const swing = clamp(ahead * (0.42 - 0.1 * arousal), -0.22, 0.22);
    for (let i = 0; i < 2; i++) {
      const side = i === 0 ? G.RIGHT : G.LEFT;
      const hanging = smoothstep(-0.36, -0.46, pose[side + G.UP]);
      const s = (i === 0 ? swing : -swing) * hanging;
      pose[side + G.FORWARD] += s;
      pose[side + G.UP] += Math.abs(s) * 0.25;
    }
    pose[G.TWIST] += clamp(-ahead * 0.22, -0.14, 0.14);
  }

  /** Pelvis, spine, chest. @param {number} t @param {State} state */
  #trunk(t, { arousal }) {
    const p = this.#springs.value;
    const seat = p[SEAT];
    const scale = this.#scale;
    const shift = Math.sin(this.#swayTime + this.#seed) + 0.4 * Math.sin(this.#swayTime * 2.3 + 2);
    const standing = (1 - seat) * (1 - smoothstep(0.1, 0.6, Math.hypot(this.#vx, this.#vz)));
    const sway = 0.021 * shift * standing;
    const tremor = arousal > 0.6 ? (arousal - 0.6) * 0.012 * Math.sin(t * 43) : 0;
    const low = mix(this.#hipRest * mix(1, 0.62, p[G.CROUCH]), SEATED_HIPS * scale, seat);
    this.#pelvis.set(sway * scale, low, 0.02 * scale + (0.05 * p[G.LEAN] + 0.02 * seat) * scale);
    this.#keepLegsShort();
    const lean = p[G.LEAN];
    const breath = Math.sin(this.#breath) * (0.014 + 0.02 * arousal);
    const T = this.#turned;
    set(T, "hips", -lean * 0.28 + seat * 0.1, p[G.TWIST] * 0.25, -sway * 1.6);
    set(T, "spine", -lean * 0.62 - p[G.SLUMP] * 0.4, p[G.TWIST] * 0.6, -p[G.SWAY] * 0.5 + sway * 0.8);
    set(T, "chest", -lean - p[G.SLUMP] + breath * 0.6 + tremor, p[G.TWIST], -p[G.SWAY] + sway * 1.8);
    this.#lift = (p[G.HUNCH] + breath * 0.32 + (lean > 0 ? 0.01 * lean : 0)) * scale;
  }

  #lift = 0;

  /** Walking lowers the hips just as far as the legs need. */
  #keepLegsShort() {
    const { right, left } = this.#gait;
    for (let i = 0; i < 2; i++) {
      const foot = i === 0 ? right : left;
      const leg = this.#legs[i];
      this.#toLocal(foot.x, foot.z, v1);
      const away = Math.hypot(v1.x - leg.hip.x - this.#pelvis.x, v1.z - this.#pelvis.z);
      const longest = (leg.limb.upper + leg.limb.lower) * 0.992;
      const above =
        Math.sqrt(Math.max(longest * longest - away * away, 0.01)) +
        leg.ankle +
        foot.lift * (foot.pitch > 0.2 ? 1 : 0.6);
      const most = above + (this.#hipRest - leg.hip.y);
      const lowest = Math.min(this.#pelvis.y, this.#hipRest - MOST_DROP);
      if (this.#pelvis.y > most) this.#pelvis.y = Math.max(most, lowest);
    }
  }

  /**
   * A point of the scene's floor in figure space.
   * @param {number} x
   * @param {number} z
   * @param {Vector3} out
   */
  #toLocal(x, z, out) {
    const dx = x - this.#bodyX();
    const dz = z - this.#bodyZ();
    const c = Math.cos(this.#yaw);
    const s = Math.sin(this.#yaw);
    return out.set(dx * c - dz * s, 0, dx * s + dz * c);
  }

  /**
   * Neck, head and eyes: the eyes jump, the head follows.
   * @param {number} dt
   * @param {number} t
   * @param {State} state
   */
  #head(dt, t, state) {
    const p = this.#springs.value;
    let yaw = 0;
    let pitch = state.pitch ?? -0.02;
    if (state.gaze && state.pitch === null) {
      const slot = Math.floor(t / (1.5 + 1.7 * (1 - state.arousal)) + G.chance(this.#seed, 6));
      const looks = G.chance(this.#seed, slot + 600) < p[G.CONTACT];
      const dx = state.gaze.x - this.#x;
      const dz = state.gaze.z - this.#z;
      yaw = turn(this.#yaw, Math.atan2(-dx, -dz));
      pitch = Math.atan2(state.gaze.y - state.y, Math.hypot(dx, dz));
      if (!looks || Math.abs(yaw) > 1.9) {
        yaw = clamp(yaw, -0.6, 0.6) * 0.3 + 0.9 * (G.chance(this.#seed, slot + 700) - 0.5);
        pitch = -0.12 - 0.34 * G.chance(this.#seed, slot + 800);
      }
    }
    const quick = 4 + 5 * state.arousal;
    this.#springs.pull(HEAD_YAW, clamp(yaw * 0.86, -MOST_HEAD_YAW, MOST_HEAD_YAW), quick, dt);
    this.#springs.pull(HEAD_PITCH, clamp(pitch * 0.8, -0.7, 0.5), quick, dt);
    const turnHead = p[HEAD_YAW] + p[G.SHAKE];
    const nodHead = p[HEAD_PITCH] - p[G.NOD];
    const T = this.#turned;
    set(
      T,
      "neck",
      nodHead * 0.35 - p[G.LEAN] * 0.6 - p[G.SLUMP] * 0.3,
      turnHead * 0.45 + p[G.TWIST] * 0.4,
      -p[G.TILT] * 0.4,
    );
    set(T, "head", nodHead, turnHead, -p[G.TILT]);
    this.#face.update(dt, t, state.arousal, mouth[0], mouth[1], yaw - turnHead, pitch - nodHead, this.#calm);
  }

  /** @param {number} i 0 right, 1 left */
  #leg(i) {
    const { limb, hip, ankle } = this.#legs[i];
    const foot = i === 0 ? this.#gait.right : this.#gait.left;
    const bones = SIDES[i];
    const T = this.#turned;
    const root = v1.copy(hip).sub(this.#legs[0].origin).applyQuaternion(T[BONE_INDEX.hips]).add(this.#pelvis);
    this.#toLocal(foot.x, foot.z, v2);
    const heel = foot.pitch;
    v2.y = ankle + foot.lift + Math.max(0, Math.sin(heel)) * 0.09 * this.#scale;
    const yaw = turn(this.#yaw, foot.yaw);
    v2.x += Math.sin(yaw) * -0.02;
    pole.set(
      -Math.sin(yaw * 0.7) + (i === 0 ? 0.08 : -0.08),
      0.25 * this.#springs.value[SEAT],
      -Math.cos(yaw * 0.7),
    );
    solveLimb(limb, root, v2, pole, T[bones.thigh], T[bones.shin], direction);
    euler.set(-heel, yaw, 0);
    T[bones.foot].setFromEuler(euler);
    euler.set(heel * 0.2, yaw, 0);
    T[bones.toes].setFromEuler(euler);
  }

  /** @param {number} i 0 right, 1 left */
  #arm(i) {
    const { limb, shoulder, chest, side } = this.#arms[i];
    const base = i === 0 ? G.RIGHT : G.LEFT;
    const bones = SIDES[i];
    const p = this.#springs.value;
    const T = this.#turned;
    const trunk = T[BONE_INDEX.chest];
    const scale = this.#scale;
    const clavicle = T[bones.clavicle];
    const raised = Math.max(0, p[base + G.UP] + 0.15) * 0.9;
    q1.setFromAxisAngle(UP_AXIS, side * 0.5 * Math.max(0, p[base + G.FORWARD] - 0.3));
    euler.set(0, 0, side * (raised + this.#lift * 6));
    clavicle.setFromEuler(euler).multiply(q1).premultiply(trunk);
    const root = v1
      .copy(shoulder)
      .applyQuaternion(clavicle)
      .add(v2.copy(chest).applyQuaternion(trunk))
      .add(this.#chestAt(v2b));
    v2.set(side * p[base] * scale, p[base + G.UP] * scale, -p[base + G.FORWARD] * scale)
      .applyQuaternion(trunk)
      .add(root);
    const swing = p[base + G.ELBOW];
    pole
      .set(side * Math.sin(swing), -0.6 * Math.cos(swing), 0.75 * Math.max(0.1, Math.cos(swing)))
      .applyQuaternion(trunk);
    const upper = T[bones.arm];
    const fore = T[bones.fore];
    solveLimb(limb, root, v2, pole, upper, fore, direction);
    const palm = side * p[base + G.PALM];
    T[bones.hand].copy(fore);
    fore.premultiply(q1.setFromAxisAngle(direction, palm * 0.45));
    const hand = T[bones.hand].premultiply(q1.setFromAxisAngle(direction, palm));
    hand.multiply(q1.setFromAxisAngle(FLEX_AXIS, -side * p[base + G.FLEX]));
    this.#fingers(bones, side, p[base + G.CURL], p[base + G.POINT]);
  }

  /** Where the chest bone is in figure space. @param {Vector3} out */
  #chestAt(out) {
    const { spineOffset, chestOffset } = this.#arms[0];
    const T = this.#turned;
    out.copy(spineOffset).applyQuaternion(T[BONE_INDEX.hips]).add(this.#pelvis);
    return out.add(v3.copy(chestOffset).applyQuaternion(T[BONE_INDEX.spine]));
  }

  /**
   * @param {Record<string, number>} bones
   * @param {number} side
   * @param {number} curl
   * @param {number} point
   */
  #fingers(bones, side, curl, point) {
    this.#bend(bones.fingers, -side * 1.35 * curl);
    this.#bend(bones.fingers2, -side * 1.5 * curl);
    this.#bend(bones.index, -side * mix(1.3 * curl, -0.05, point));
    this.#bend(bones.index2, -side * mix(1.5 * curl, -0.1, point));
    this.#bend(bones.thumb, -side * 0.55 * curl);
    this.#bones[bones.thumb].quaternion.multiply(q1.setFromAxisAngle(THUMB_AXIS, -0.5 * curl));
  }

  /** @param {number} bone @param {number} angle */
  #bend(bone, angle) {
    this.#bones[bone].quaternion.setFromAxisAngle(FLEX_AXIS, angle);
  }

  /** Writes the figure-space rotations into the bones. */
  #apply() {
    const T = this.#turned;
    const bones = this.#bones;
    bones[0].position.copy(this.#pelvis);
    bones[0].quaternion.copy(T[0]);
    for (let i = 0; i < CHAIN.length; i++) {
      const link = CHAIN[i];
      q2.copy(T[link[1]]).invert();
      bones[link[0]].quaternion.multiplyQuaternions(q2, T[link[0]]);
    }
    this.object.position.set(this.#bodyX(), 0, this.#bodyZ());
    this.object.rotation.y = this.#yaw;
    this.#phone.visible = this.#springs.value[G.PHONE] > 0.3;
    this.eyes.set(this.#x, this.#pelvis.y + (BASE_EYE_HEIGHT * this.#scale - this.#hipRest), this.#z);
  }
}

/** Positions of each side's bones, right first: looked up once, not by name in every frame. */
const SIDES = ["R", "L"].map((side) =>
  Object.fromEntries(
    Object.entries(BONE_INDEX).flatMap(([name, i]) => (name.endsWith(side) ? [[name.slice(0, -1), i]] : [])),
  ),
);

const v2b = new Vector3();
const v3 = new Vector3();
const FLEX_AXIS = new Vector3(0, 0, 1);
const THUMB_AXIS = new Vector3(0.6, 0.6, 0.2).normalize();

/** Bones that get a rotation here, after their parents. */
const CHAIN = [
  ["spine", "hips"],
  ["chest", "spine"],
  ["neck", "chest"],
  ["head", "neck"],
  ...["R", "L"].flatMap((s) => [
    [`clavicle${s}`, "chest"],
    [`arm${s}`, `clavicle${s}`],
    [`fore${s}`, `arm${s}`],
    [`hand${s}`, `fore${s}`],
    [`thigh${s}`, "hips"],
    [`shin${s}`, `thigh${s}`],
    [`foot${s}`, `shin${s}`],
    [`toes${s}`, `foot${s}`],
  ]),
].map(([child, parent]) => [BONE_INDEX[child], BONE_INDEX[parent]]);

/**
 * @param {Quaternion[]} turned
 * @param {string} bone
 * @param {number} pitch up positive
 * @param {number} yaw
 * @param {number} roll
 */
function set(turned, bone, pitch, yaw, roll) {
  euler.set(pitch, yaw, roll);
  turned[BONE_INDEX[bone]].setFromEuler(euler);
}

/** @param {Joints} joints @param {number} side */
function armOf(joints, side) {
  const at = (/** @type {string} */ name) => new Vector3(...joints[name + (side > 0 ? "R" : "L")]);
  const middle = (/** @type {string} */ name) => new Vector3(...joints[name]);
  const rest = new Vector3(side * ARM_REST.x, ARM_REST.y, 0);
  const hinge = new Vector3(side * 0.766, 0.643, 0).multiplyScalar(side);
  const frame = restFrame(rest, hinge);
  return {
    side,
    limb: {
      upper: at("arm").distanceTo(at("fore")),
      lower: at("fore").distanceTo(at("hand")),
      upperRest: frame,
      lowerRest: frame,
    },
    shoulder: at("arm").sub(at("clavicle")),
    chest: at("clavicle").sub(middle("chest")),
    spineOffset: middle("spine").sub(middle("hips")),
    chestOffset: middle("chest").sub(middle("spine")),
  };
}

/** @param {Joints} joints @param {number} side */
function legOf(joints, side) {
  const at = (/** @type {string} */ name) => new Vector3(...joints[name + (side > 0 ? "R" : "L")]);
  const knee = new Vector3(-1, 0, 0);
  const thigh = at("shin").sub(at("thigh"));
  const shin = at("foot").sub(at("shin"));
  return {
    origin: new Vector3(...joints.hips),
    hip: at("thigh"),
    ankle: joints.footR[1],
    limb: {
      upper: thigh.length(),
      lower: shin.length(),
      upperRest: restFrame(thigh.clone().normalize(), knee),
      lowerRest: restFrame(shin.clone().normalize(), knee),
    },
  };
}

/** @param {boolean} shadows */
function phone(shadows) {
  const group = new Group();
  const body = new Mesh(
    new BoxGeometry(0.009, 0.148, 0.072),
    new MeshStandardMaterial({ color: 0x101114, roughness: 0.35 }),
  );
  const screen = new Mesh(new BoxGeometry(0.001, 0.138, 0.066), new MeshBasicMaterial({ color: 0x9fb6cf }));
  screen.position.x = -0.005;
  group.add(body, screen);
  group.position.set(0.03, -0.06, -0.03);
  group.visible = false;
  body.castShadow = shadows;
  return group;
}
