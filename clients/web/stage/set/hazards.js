/** What endangers without being solid: a road, an edge, water. Told calmly: one sees what it is and where it ends. */

import { BoxGeometry, CylinderGeometry, Mesh, MeshBasicMaterial, PlaneGeometry } from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { put } from "./things.js";

/** @typedef {import("../../wire/messages.js").Hazard} Hazard */
/** @typedef {import("../painted.js").Painting} Painting */

const ASPHALT = rgb(0x33363a);
const MARK = rgb(0xb9b7ad);
const WARNING = rgb(0xb98a2f);
/** Above the floor, so that the two do not fight for the same pixels. */
const LIFT = 0.012;

/**
 * @param {readonly Hazard[]} hazards
 * @param {Painting} painting
 * @returns {Mesh[]} what does not go into the painting
 */
export function buildHazards(hazards, painting) {
  return hazards.flatMap((hazard) => {
    switch (hazard.kind) {
      case "traffic":
        drawRoad(hazard, painting);
        return [];
      case "water":
        return [surface(hazard, 0x18303c)];
      case "drop":
        return [surface(hazard, 0x05070a)];
      case "fire":
        drawPan(hazard, painting);
        return [];
      case "sharp":
      case "trip":
        drawLyingThing(hazard, painting);
        return [];
      default:
        return [];
    }
  });
}

/** A lane each way with a broken line between. @param {Hazard} hazard @param {Painting} painting */
function drawRoad({ center: [x, , z], size: [w, , d] }, painting) {
  painting.add(new BoxGeometry(w, 0.01, d, 24, 1, 24), ASPHALT, 0.9, {
    at: [x, LIFT - 0.004, z],
    shade: (px, _, pz) => 0.9 + 0.1 * Math.sin(px * 3.1) * Math.sin(pz * 2.3),
  });
  const along = w >= d;
  const long = along ? w : d;
  const wide = along ? d : w;
  if (wide < 2) return;
  for (let at = -long / 2 + 1; at < long / 2 - 1; at += 3.2) {
    const size = along ? [1.6, 0.004, 0.12] : [0.12, 0.004, 1.6];
    put(painting, MARK, 0.8, size, [along ? x + at : x, LIFT + 0.003, along ? z : z + at], () => 1);
  }
  for (const side of [-1, 1]) {
    const off = side * (wide / 2 - 0.15);
    const size = along ? [long, 0.004, 0.1] : [0.1, 0.004, long];
    put(painting, MARK, 0.8, size, [along ? x : x + off, LIFT + 0.003, along ? z + off : z], () => 0.9);
  }
}

/** Where the floor ends there is darkness, and nothing is shown in it. @param {Hazard} hazard @param {number} tone */
function surface({ center: [x, y, z], size: [w, , d] }, tone) {
  const mesh = new Mesh(new PlaneGeometry(w, d), new MeshBasicMaterial({ color: tone }));
  mesh.rotation.x = -Math.PI / 2;
  mesh.position.set(x, y + LIFT, z);
  return mesh;
}

/** @param {Hazard} hazard @param {Painting} painting */
function drawPan({ center: [x, y, z], size: [w, , d] }, painting) {
  const r = Math.min(w, d) * 0.32;
  painting.add(new CylinderGeometry(r, r * 0.92, 0.07, 24), rgb(0x2b2d30), 0.4, { at: [x, y + 0.02, z] });
  painting.add(new BoxGeometry(r * 1.5, 0.02, 0.03), rgb(0x1b1c1e), 0.5, { at: [x + r * 1.6, y + 0.04, z] });
}

/** @param {Hazard} hazard @param {Painting} painting */
function drawLyingThing({ center: [x, y, z], size: [w, h, d], label }, painting) {
  const soft = /mat|rug|cable|bag|cloth/i.test(label);
  const tone = soft ? rgb(0x5f4b3d) : /glass|knife|blade/i.test(label) ? rgb(0x9aa4a8) : rgb(0xa58a63);
  put(painting, tone, soft ? 1 : 0.7, [w, Math.max(h, 0.01), d], [x, Math.max(y, h / 2 + LIFT), z]);
  if (!soft && h > 0.1) put(painting, WARNING, 0.8, [w * 0.5, 0.004, d * 0.3], [x, Math.max(y, h / 2 + LIFT) + h / 2 + 0.003, z], () => 0.9);
}
