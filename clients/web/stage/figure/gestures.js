/**
 * What a body does with itself, as targets for the pose channels; the springs in figure.js make them
 * movements. Hands are given relative to their own shoulder, in the chest's frame: metres outwards, up,
 * forward.
 * Pure: the same time, arousal and seed give the same pose, so a replay looks like the session did.
 */

/** Channels of a pose. */
export const LEAN = 0; // trunk bent forward, radians
export const SWAY = 1; // trunk to the right
export const TWIST = 2; // trunk turned to the left
export const HUNCH = 3; // shoulders up, metres
export const CROUCH = 4; // 0..1
export const NOD = 5; // head down, radians, on top of the gaze
export const SHAKE = 6; // head to the left
export const TILT = 7; // head to the right shoulder
export const RIGHT = 8; // eight channels of the right arm, then of the left
export const LEFT = 16;
export const PHONE = 24; // 0..1: a telephone in the right hand
export const CONTACT = 25; // share of time the eyes are on whom he talks to
export const SLUMP = 26; // chest sunk in, radians
export const CHANNELS = 27;

/** Channels of an arm, after RIGHT or LEFT. */
export const OUT = 0;
export const UP = 1;
export const FORWARD = 2;
export const ELBOW = 3; // 0: elbow down and back, 1.5: out to the side
export const PALM = 4; // 0: to the body; positive: turned up (supine); radians
export const FLEX = 5; // wrist bent towards the palm, radians
export const CURL = 6; // fingers, 0 straight .. 1 fist
export const POINT = 7; // index finger stays straight

/**
 * @typedef {Float64Array | number[]} Pose
 * @typedef {(t: number, arousal: number, seed: number, pose: Pose) => void} Gesture
 */

/** Repeatable pseudo-random number 0..1. @param {number} seed @param {number} i */
export function chance(seed, i) {
  let h = Math.imul(seed | 0, 374761393) ^ Math.imul(i | 0, 668265263);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/**
 * @param {Pose} pose
 * @param {number} side
 * @param {number} out
 * @param {number} up
 * @param {number} forward
 * @param {number} elbow
 * @param {number} palm
 * @param {number} flex
 * @param {number} curl
 * @param {number} point
 */
function arm(pose, side, out, up, forward, elbow, palm, flex, curl, point = 0) {
  pose[side] = out;
  pose[side + UP] = up;
  pose[side + FORWARD] = forward;
  pose[side + ELBOW] = elbow;
  pose[side + PALM] = palm;
  pose[side + FLEX] = flex;
  pose[side + CURL] = curl;
  pose[side + POINT] = point;
}

/** Arms at the sides: where every gesture starts. @type {Gesture} */
function hang(t, arousal, seed, pose) {
  const drift = 0.012 * Math.sin(t * 0.7 + seed);
  arm(pose, RIGHT, 0.075, -0.5, 0.05 + drift, 0.2, 0.1, 0.1, 0.3 + 0.45 * arousal);
  arm(pose, LEFT, 0.075, -0.5, 0.05 - drift, 0.2, 0.1, 0.1, 0.3 + 0.45 * arousal);
}

/** Standing: now and then a sleeve is pulled, a hand is rubbed, the weight changes. @type {Gesture} */
function idle(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  const slot = Math.floor(t / 5.5 + chance(seed, 1));
  const r = chance(seed, slot);
  if (r < 0.22 + 0.2 * arousal) {
    // hands meet before the body and rub
    const rub = 0.018 * Math.sin(t * (4 + 5 * arousal));
    arm(pose, RIGHT, -0.13, -0.33 + rub, 0.23, 0.5, -0.2, 0.3, 0.45);
    arm(pose, LEFT, -0.12, -0.345 - rub, 0.25, 0.5, -0.2, 0.3, 0.55);
  } else if (r < 0.4) {
    // one hand holds the other arm
    arm(pose, LEFT, -0.2, -0.27, 0.2, 0.45, -0.7, 0.2, 0.6);
  }
  pose[SLUMP] = 0.06;
}

/** Walking up and down: hands open and close, one goes through the hair. @type {Gesture} */
function pacing(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  const slot = Math.floor(t / (4.4 - 1.4 * arousal) + chance(seed, 2));
  const r = chance(seed, slot + 100);
  const grip = 0.5 + 0.4 * Math.sin(t * 2.2 + seed);
  pose[RIGHT + CURL] = pose[LEFT + CURL] = 0.3 + 0.5 * arousal * grip;
  if (r < 0.3 + 0.2 * arousal) handThroughHair(t, r < 0.15 ? LEFT : RIGHT, pose);
  else if (r < 0.6)
    arm(pose, r < 0.5 ? RIGHT : LEFT, -0.04, -0.16, 0.27, 0.7, -0.2, -0.1 + 0.2 * Math.sin(t * 3), 0.5);
  pose[LEAN] = 0.04 + 0.05 * arousal;
  pose[HUNCH] = 0.01 + 0.02 * arousal;
  pose[NOD] = 0.12;
  pose[CONTACT] = 0.35 + 0.2 * arousal;
}

/** @param {number} t @param {number} side @param {Pose} pose */
function handThroughHair(t, side, pose) {
  arm(pose, side, -0.04, 0.2 + 0.02 * Math.sin(t * 2.5), 0.05, 1.0, -0.9, 0.3, 0.3);
  pose[NOD] += 0.1;
}

/**
 * Overwhelmed: hands to the head, a pointing arm, arms thrown wide; the more aroused, the faster.
 * @type {Gesture}
 */
function agitated(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  const length = 3.6 - 1.9 * arousal;
  const slot = Math.floor(t / length + chance(seed, 3));
  const r = chance(seed, slot + 200);
  const beat = Math.sin(t * (5 + 4 * arousal));
  if (r < 0.27) handsToHead(t, arousal, pose);
  else if (r < 0.5) pointing(t, arousal, r < 0.38 ? RIGHT : LEFT, pose);
  else if (r < 0.74) armsWide(beat, arousal, pose);
  else chopping(beat, arousal, pose);
  pose[HUNCH] = 0.012 + 0.028 * arousal;
  pose[SHAKE] = r < 0.27 ? 0.16 * Math.sin(t * 6) * arousal : 0;
  pose[TWIST] = 0.16 * (chance(seed, slot + 250) - 0.5);
  pose[CONTACT] = 0.55 + 0.2 * arousal;
}

/** @param {number} t @param {number} arousal @param {Pose} pose */
function handsToHead(t, arousal, pose) {
  const press = 0.01 * Math.sin(t * 7) * arousal;
  arm(pose, RIGHT, -0.015 + press, 0.15, 0.06, 0.95, -0.9, 0.25, 0.38);
  arm(pose, LEFT, -0.015 + press, 0.155, 0.06, 0.95, -0.9, 0.25, 0.38);
  pose[LEAN] = 0.1 + 0.14 * arousal;
  pose[NOD] = 0.32;
}

/** @param {number} t @param {number} arousal @param {number} side @param {Pose} pose */
function pointing(t, arousal, side, pose) {
  const jab = 0.05 * Math.max(0, Math.sin(t * (5 + 3 * arousal)));
  arm(pose, side, 0.02, -0.06, 0.41 + jab, 0.55, -0.5, 0.05, 0.95, 1);
  arm(pose, side === RIGHT ? LEFT : RIGHT, 0.12, -0.42, -0.02, 0.7, 0, 0.2, 0.85);
  pose[LEAN] = 0.05 + 0.09 * arousal;
}

/** @param {number} beat @param {number} arousal @param {Pose} pose */
function armsWide(beat, arousal, pose) {
  const shake = 0.025 * beat * arousal;
  arm(pose, RIGHT, 0.3, -0.2 + shake, 0.25, 0.2, 1.15, -0.15, 0.12);
  arm(pose, LEFT, 0.3, -0.19 + shake, 0.25, 0.2, 1.15, -0.15, 0.12);
  pose[LEAN] = -0.03;
  pose[NOD] = -0.08;
}

/** @param {number} beat @param {number} arousal @param {Pose} pose */
function chopping(beat, arousal, pose) {
  const fall = 0.06 * beat * (0.5 + arousal);
  arm(pose, RIGHT, -0.03, -0.2 + fall, 0.33, 0.4, 0.1, 0, 0.3);
  arm(pose, LEFT, -0.03, -0.22 + fall, 0.33, 0.4, 0.1, 0, 0.3);
  pose[LEAN] = 0.07 + 0.06 * arousal;
}

/** Open hands, asking. @type {Gesture} */
function pleading(t, arousal, seed, pose) {
  const beat = 0.02 * Math.sin(t * 3.1 + seed);
  arm(pose, RIGHT, -0.02, -0.21 + beat, 0.32, 0.15, 1.25, -0.2, 0.22);
  arm(pose, LEFT, -0.02, -0.22 + beat, 0.31, 0.15, 1.25, -0.2, 0.22);
  pose[LEAN] = 0.1;
  pose[TILT] = 0.1;
  pose[HUNCH] = 0.018;
  pose[CONTACT] = 0.85;
}

/** Talking with somebody: one hand helps now and then. @type {Gesture} */
function talking(t, arousal, seed, pose) {
  idle(t * 0.6, arousal * 0.5, seed, pose);
  pose[CONTACT] = 0.75;
  pose[LEAN] = 0.03;
}

/**
 * What speech adds to any gesture with a free hand.
 * @param {number} t
 * @param {number} arousal
 * @param {number} seed
 * @param {Pose} pose
 */
export function speakingBeats(t, arousal, seed, pose) {
  pose[NOD] += 0.045 * Math.sin(t * 5.2 + seed) + 0.03 * Math.sin(t * 8.3);
  pose[SHAKE] += 0.05 * Math.sin(t * 2.3 + 2 * seed);
  const slot = Math.floor(t / 1.9 + chance(seed, 4));
  const r = chance(seed, slot + 300);
  const side = r < 0.5 ? RIGHT : LEFT;
  const free = pose[side + UP] < -0.38 && pose[PHONE] < 0.5;
  if (!free || r > 0.35 + 0.6) return;
  const beat = 0.03 * Math.sin(t * 6.5 + seed) * (0.5 + arousal);
  arm(pose, side, 0.06, -0.27 + beat, 0.27, 0.3, 0.75, -0.1, 0.28);
  if (r < 0.2 && pose[LEFT + UP] < -0.38) arm(pose, LEFT, 0.06, -0.28 + beat, 0.26, 0.3, 0.75, -0.1, 0.28);
}

/** On a bench: forearms on the thighs, or the head in the hands. @type {Gesture} */
function sitting(t, arousal, seed, pose) {
  const slot = Math.floor(t / (7 - 3 * arousal) + chance(seed, 5));
  const r = chance(seed, slot + 400);
  const rub = 0.012 * Math.sin(t * (2.5 + 4 * arousal));
  pose[LEAN] = 0.42;
  pose[SLUMP] = 0.16;
  pose[NOD] = 0.16;
  pose[CONTACT] = 0.4;
  if (r < 0.12 + 0.5 * arousal) {
    arm(pose, RIGHT, -0.1, 0.07, 0.235, 0.25, -0.3, 0.5, 0.4);
    arm(pose, LEFT, -0.1, 0.065, 0.235, 0.25, -0.3, 0.5, 0.4);
    pose[LEAN] = 0.55;
    pose[NOD] = 0.42;
  } else {
    arm(pose, RIGHT, -0.11, -0.33 + rub, 0.29, 0.55, -0.15, 0.2, 0.5);
    arm(pose, LEFT, -0.115, -0.345 - rub, 0.29, 0.55, -0.15, 0.2, 0.55);
  }
}

/** A telephone held up before the face. @type {Gesture} */
function filming(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  const drift = 0.008 * Math.sin(t * 1.3 + seed);
  arm(pose, RIGHT, -0.13, 0.1 + drift, 0.35, 0.5, -0.25, -0.12, 0.62);
  arm(pose, LEFT, -0.11, 0.06 + drift, 0.335, 0.5, -0.35, -0.1, 0.55);
  pose[PHONE] = 1;
  pose[CONTACT] = 0.9;
}

/** Stepping away with a hand up. @type {Gesture} */
function backingOff(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  arm(pose, RIGHT, 0.05, -0.1, 0.36, 0.6, -0.35, -0.95, 0.1);
  arm(pose, LEFT, 0.1, -0.24, 0.28, 0.6, -0.35, -0.8, 0.15);
  pose[LEAN] = -0.09;
  pose[HUNCH] = 0.025;
  pose[NOD] = -0.04;
  pose[CONTACT] = 0.95;
}

/** Coming nearer, tense. @type {Gesture} */
function advancing(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  arm(pose, RIGHT, 0.13, -0.465, 0.06, 0.5, -0.15, 0.25, 0.9);
  arm(pose, LEFT, 0.13, -0.465, 0.06, 0.5, -0.15, 0.25, 0.9);
  if (chance(seed, Math.floor(t / 2.3) + 500) < 0.5) pointing(t, arousal, RIGHT, pose);
  pose[LEAN] = 0.13;
  pose[HUNCH] = 0.03;
  pose[NOD] = -0.04;
  pose[CONTACT] = 1;
}

/** Arms let down, shoulders dropped: it is passing. @type {Gesture} */
function armsDown(t, arousal, seed, pose) {
  hang(t, 0, seed, pose);
  pose[HUNCH] = -0.012;
  pose[SLUMP] = 0.12;
  pose[NOD] = 0.1;
  pose[CONTACT] = 0.55;
}

/** Hands over both ears, elbows out, the head between them: too much to hear. @type {Gesture} */
function coveringEars(t, arousal, seed, pose) {
  const press = 0.008 * Math.sin(t * 6 + seed) * arousal;
  for (const side of [RIGHT, LEFT]) arm(pose, side, -0.02 + press, 0.11, 0.05, 1.3, 1.2, -1.2, 0.1);
  pose[LEAN] = 0.12 + 0.1 * arousal;
  pose[HUNCH] = 0.02 + 0.02 * arousal;
  pose[NOD] = 0.3;
  pose[CONTACT] = 0.05;
}

/** Forwards and back with the arms held close, steady as a clock: it soothes. @type {Gesture} */
function rocking(t, arousal, seed, pose) {
  arm(pose, RIGHT, -0.16, -0.29, 0.21, 0.5, -0.4, 0.2, 0.6);
  arm(pose, LEFT, -0.19, -0.26, 0.22, 0.45, -0.6, 0.2, 0.6);
  pose[LEAN] = 0.16 + (0.07 + 0.07 * arousal) * Math.sin(t * (2.2 + 1.2 * arousal) + seed);
  pose[SLUMP] = 0.1;
  pose[NOD] = 0.3;
  pose[CONTACT] = 0.1;
}

/** Speaking into a shoulder microphone. @type {Gesture} */
function radio(t, arousal, seed, pose) {
  hang(t, arousal, seed, pose);
  arm(pose, LEFT, -0.06, -0.035, 0.15, 0.35, -0.5, 0.6, 0.65);
  pose[SHAKE] = 0.3;
  pose[NOD] = 0.16;
  pose[CONTACT] = 0.5;
}

/** Hands open and low before the body: how the trainee stands. @type {Gesture} */
function open(t, arousal, seed, pose) {
  const drift = 0.01 * Math.sin(t * 0.9 + seed);
  arm(pose, RIGHT, 0.02, -0.3 + drift, 0.24, 0.35, 0.55, -0.05, 0.25);
  arm(pose, LEFT, 0.02, -0.31 - drift, 0.235, 0.35, 0.55, -0.05, 0.25);
  pose[CONTACT] = 1;
}

/** @type {Record<string, Gesture>} */
const GESTURES = {
  idle,
  pacing,
  agitated,
  pleading,
  talking,
  sitting,
  filming,
  advancing,
  radio,
  rocking,
  open,
  covering_ears: coveringEars,
  backing_off: backingOff,
  arms_down: armsDown,
};

/**
 * @param {string} name unknown names stand idle: a newer scenario still shows a person
 * @param {number} t seconds
 * @param {number} arousal 0..1
 * @param {number} seed
 * @param {Pose} pose out, CHANNELS values
 */
export function gesture(name, t, arousal, seed, pose) {
  pose.fill(0);
  pose[CONTACT] = 0.6;
  (GESTURES[name] ?? idle)(t, arousal, seed, pose);
}

/** The gestures a stage can show, for tests and tools. */
export const GESTURE_NAMES = Object.keys(GESTURES);
