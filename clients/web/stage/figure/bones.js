/**
 * The figures' bones: names, parents, rest positions in metres for a given build. Rest pose: upright, facing
 * -z, arms 40 degrees from the body, feet a hand apart; bones rest without rotation, so a bone's rotation
 * is at the same time what it does to the clothes around it. Right is +x.
 */

/** Dimensions below are those of a person of this height. */
export const BASE_HEIGHT = 1.78;
/** Eyes above the floor in that person's rest pose. */
export const BASE_EYE_HEIGHT = 1.665;

/**
 * Factors around 1 of a person of BASE_HEIGHT; `height` in metres.
 * @typedef {{height: number, shoulder: number, hip: number, chest: number, waist: number, limb: number}}
 *   Build
 * @typedef {Record<string, [number, number, number]>} Joints rest position by bone, metres
 */

const ARM_DOWN = [0.643, -0.766, 0]; // 40 degrees from vertical
export const UPPER_ARM = 0.285;
export const FOREARM = 0.255;
export const THIGH = 0.43;
export const SHIN = 0.415;

/** Bones of the middle: [name, parent, rest position]. */
const MIDDLE = /** @type {[string, string | null, [number, number, number]][]} */ ([
  ["hips", null, [0, 0.97, 0.01]],
  ["spine", "hips", [0, 1.07, 0.015]],
  ["chest", "spine", [0, 1.22, 0.025]],
  ["neck", "chest", [0, 1.495, 0.04]],
  ["head", "neck", [0, 1.612, 0.015]],
  ["jaw", "head", [0, 1.643, 0.0]],
]);

/** Bones of the right side; the left mirrors them. */
const SIDE = /** @type {[string, string, [number, number, number]][]} */ ([
  ["mouth", "head", [0.025, 1.597, -0.092]],
  ["brow", "head", [0.022, 1.685, -0.095]],
  ["eye", "head", [0.0315, 1.665, -0.0715]],
  ["lidUpper", "head", [0.0315, 1.665, -0.0715]],
  ["lidLower", "head", [0.0315, 1.665, -0.0715]],
  ["clavicle", "chest", [0.03, 1.45, 0.0]],
  ["arm", "clavicle", [0.182, 1.425, 0.02]],
  ["fore", "arm", along([0.182, 1.425, 0.02], UPPER_ARM)],
  ["hand", "fore", along([0.182, 1.425, 0.02], UPPER_ARM + FOREARM)],
  ["thumb", "hand", along([0.182, 1.425, -0.012], UPPER_ARM + FOREARM + 0.03)],
  ["index", "hand", along([0.182, 1.425, -0.008], UPPER_ARM + FOREARM + 0.092)],
  ["index2", "index", along([0.182, 1.425, -0.008], UPPER_ARM + FOREARM + 0.135)],
  ["fingers", "hand", along([0.182, 1.425, 0.03], UPPER_ARM + FOREARM + 0.09)],
  ["fingers2", "fingers", along([0.182, 1.425, 0.03], UPPER_ARM + FOREARM + 0.133)],
  ["thigh", "hips", [0.093, 0.925, 0.01]],
  ["shin", "thigh", [0.112, 0.4955, 0.0]],
  ["foot", "shin", [0.13, 0.081, 0.022]],
  ["toes", "foot", [0.133, 0.03, -0.1]],
]);

/**
 * @param {[number, number, number]} from
 * @param {number} distance down the arm
 * @returns {[number, number, number]}
 */
function along(from, distance) {
  return [from[0] + ARM_DOWN[0] * distance, from[1] + ARM_DOWN[1] * distance, from[2]];
}

/** Every bone: name and parent's name; sides end in L and R. */
export const BONES = /** @type {readonly [string, string | null][]} */ ([]).concat(
  MIDDLE.map(([name, parent]) => [name, parent]),
  SIDE.map(([name, parent]) => [`${name}R`, isSided(parent) ? `${parent}R` : parent]),
  SIDE.map(([name, parent]) => [`${name}L`, isSided(parent) ? `${parent}L` : parent]),
);

/** Position of each bone in BONES. */
export const BONE_INDEX = /** @type {Readonly<Record<string, number>>} */ (
  Object.fromEntries(BONES.map(([name], i) => [name, i]))
);

/** @param {string} name */
function isSided(name) {
  return SIDE.some(([bone]) => bone === name);
}

/**
 * Rest positions for a build, in metres.
 * @param {Build} build
 * @returns {Joints}
 */
export function restJoints(build) {
  const scale = build.height / BASE_HEIGHT;
  /** @type {Joints} */
  const joints = {};
  for (const [name, , at] of MIDDLE) joints[name] = [at[0] * scale, at[1] * scale, at[2] * scale];
  const shoulderShift = 0.182 * (build.shoulder - 1);
  const hipShift = 0.093 * (build.hip - 1);
  for (const [name, , at] of SIDE) {
    const isArm = at[0] > 0.15 && at[1] > 0.8;
    const isLeg = at[1] < 0.93;
    const x = (at[0] + (isArm ? shoulderShift : isLeg ? hipShift : 0)) * scale;
    joints[`${name}R`] = [x, at[1] * scale, at[2] * scale];
    joints[`${name}L`] = [-x, at[1] * scale, at[2] * scale];
  }
  return joints;
}
