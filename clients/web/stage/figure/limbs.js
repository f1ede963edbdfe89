/**
 * Two-bone limbs: from where a hand or foot should be to the rotations of the bones above it. Rotations are
 * in figure space and relative to the rest pose (bones rest without rotation). No allocation: scratch
 * vectors are module-level and never kept between calls.
 */

import { Matrix4, Quaternion, Vector3 } from "../../vendored/three.js";

const reach = new Vector3();
const first = new Vector3();
const hinge = new Vector3();
const across = new Vector3();
const third = new Vector3();
const basis = new Matrix4();
const turned = new Quaternion();

/** A limb stretched to the last millimetre snaps; stay short of it. */
const MOST_STRETCH = 0.995;

/**
 * The rest orientation of a limb's bone: where it points and the hinge it bends about.
 * @param {Vector3} direction unit
 * @param {Vector3} hinge about which its end joint bends, need not be square to `direction`
 * @returns {Quaternion} inverse of the frame they span
 */
export function restFrame(direction, hinge) {
  const frame = new Quaternion();
  orient(direction, hinge, frame);
  return frame.invert();
}

/** @param {Vector3} direction @param {Vector3} hinge @param {Quaternion} out */
function orient(direction, hinge, out) {
  third.crossVectors(hinge, direction).normalize();
  across.crossVectors(direction, third);
  basis.makeBasis(across, direction, third);
  out.setFromRotationMatrix(basis);
}

/**
 * @typedef {{upper: number, lower: number, upperRest: Quaternion, lowerRest: Quaternion}} Limb  lengths
 *   in metres
 */

/**
 * @param {Limb} limb
 * @param {Vector3} root shoulder or hip
 * @param {Vector3} target wrist or ankle; beyond reach, the limb points at it
 * @param {Vector3} pole the side to which the elbow or knee goes; need not be unit
 * @param {Quaternion} upperOut
 * @param {Quaternion} lowerOut
 * @param {Vector3} lowerDirection out: where the lower bone points, unit
 */
export function solveLimb(limb, root, target, pole, upperOut, lowerOut, lowerDirection) {
  const { upper, lower } = limb;
  reach.subVectors(target, root);
  const distance = Math.min(
    Math.max(reach.length(), Math.abs(upper - lower) + 0.02),
    (upper + lower) * MOST_STRETCH,
  );
  reach.normalize();
  const along = (upper * upper + distance * distance - lower * lower) / (2 * distance);
  const aside = Math.sqrt(Math.max(upper * upper - along * along, 1e-8));
  first.copy(pole).addScaledVector(reach, -pole.dot(reach)).normalize();
  first.multiplyScalar(aside).addScaledVector(reach, along); // from the root to the elbow or knee
  lowerDirection.copy(reach).multiplyScalar(distance).sub(first).normalize();
  first.normalize();
  hinge.crossVectors(first, lowerDirection).normalize();
  orient(first, hinge, turned);
  upperOut.multiplyQuaternions(turned, limb.upperRest);
  orient(lowerDirection, hinge, turned);
  lowerOut.multiplyQuaternions(turned, limb.lowerRest);
}
