/**
 * Skin weights: which bones a point of the rest pose follows. A point follows the bones whose axes are near,
 * measured in their own radii; at a joint two bones share it over some centimetres.
 */

import { BONE_INDEX } from "./bones.js";
import { smoothstep } from "./noise.js";
import { length } from "./sdf.js";

/**
 * @typedef {import("./bones.js").Joints} Joints
 * @typedef {{bone: number, a: number[], b: number[], r: number}} Segment
 */

/** Larger: sharper joints. At 7 an elbow bends over about 8 cm of sleeve. */
const SHARPNESS = 7;

/** Bone, end bone or offset from it, radius in metres. */
const TRUNK = /** @type {const} */ ([
  ["hips", "spine", 0.15],
  ["spine", "chest", 0.145],
  ["chest", "neck", 0.15],
  ["neck", "head", 0.07],
  ["clavicleR", "armR", 0.085],
  ["clavicleL", "armL", 0.085],
]);
const ARMS = /** @type {const} */ ([
  ["armR", "foreR", 0.062],
  ["foreR", "handR", 0.052],
  ["armL", "foreL", 0.062],
  ["foreL", "handL", 0.052],
]);
const LEGS = /** @type {const} */ ([
  ["thighR", "shinR", 0.098],
  ["shinR", "footR", 0.066],
  ["thighL", "shinL", 0.098],
  ["shinL", "footL", 0.066],
]);

/**
 * @param {Joints} joints
 * @param {"trunk" | "jacket" | "legs"} part
 * @returns {Segment[]}
 */
export function segments(joints, part) {
  const table =
    part === "trunk"
      ? TRUNK
      : part === "jacket"
        ? [...TRUNK, ...ARMS, ...LEGS.filter(([b]) => b.startsWith("thigh"))]
        : [TRUNK[0], ...LEGS];
  return table.map(([bone, end, r]) => ({ bone: BONE_INDEX[bone], a: joints[bone], b: joints[end], r }));
}

/**
 * The four strongest bones of a point and their shares.
 * @param {Segment[]} from
 * @param {number} x @param {number} y @param {number} z
 * @param {number[]} bones out, 4
 * @param {number[]} shares out, 4, sum 1
 */
export function follow(from, x, y, z, bones, shares) {
  bones.fill(0);
  shares.fill(0);
  let nearest = Infinity;
  for (const segment of from) nearest = Math.min(nearest, reach(segment, x, y, z));
  for (const segment of from) {
    const share = Math.exp(-SHARPNESS * (reach(segment, x, y, z) - nearest));
    insert(bones, shares, segment.bone, share);
  }
  const sum = shares[0] + shares[1] + shares[2] + shares[3];
  for (let i = 0; i < 4; i++) shares[i] /= sum;
}

/** @param {number[]} bones @param {number[]} shares @param {number} bone @param {number} share */
function insert(bones, shares, bone, share) {
  let at = 4;
  while (at > 0 && shares[at - 1] < share) at--;
  for (let i = 3; i > at; i--) {
    shares[i] = shares[i - 1];
    bones[i] = bones[i - 1];
  }
  if (at < 4) {
    shares[at] = share;
    bones[at] = bone;
  }
}

/**
 * Distance to a bone's axis in its radii.
 * @param {Segment} segment
 * @param {number} x
 * @param {number} y
 * @param {number} z
 */
function reach({ a, b, r }, x, y, z) {
  const bx = b[0] - a[0];
  const by = b[1] - a[1];
  const bz = b[2] - a[2];
  const px = x - a[0];
  const py = y - a[1];
  const pz = z - a[2];
  const t = Math.min(1, Math.max(0, (px * bx + py * by + pz * bz) / (bx * bx + by * by + bz * bz)));
  return length(px - bx * t, py - by * t, pz - bz * t) / r;
}

/**
 * Neck and head: the neck turns with the head above, with the chest below.
 * @param {number} y metres above the head joint, in head space
 * @returns {number} share of the head
 */
export function neckShare(y) {
  return smoothstep(-0.15, -0.075, y);
}
