/** The bones of bones.js as three.js objects. */

import { Bone, Skeleton } from "../../vendored/three.js";
import { BONES, BONE_INDEX } from "./bones.js";

/**
 * The bone tree in its rest pose.
 * @param {import("./bones.js").Joints} joints
 * @returns {{bones: Bone[], skeleton: Skeleton}} bones in the order of BONES
 */
export function buildSkeleton(joints) {
  const bones = BONES.map(([name]) => {
    const bone = new Bone();
    bone.name = name;
    return bone;
  });
  BONES.forEach(([name, parent], i) => {
    const at = joints[name];
    const base = parent === null ? [0, 0, 0] : joints[parent];
    bones[i].position.set(at[0] - base[0], at[1] - base[1], at[2] - base[2]);
    if (parent !== null) bones[BONE_INDEX[parent]].add(bones[i]);
  });
  bones[0].updateMatrixWorld(true);
  return { bones, skeleton: new Skeleton(bones) };
}
