/**
 * Street furniture: the lamp, the stop's flag, a bin, a planter, walls for cover that has no shape of its
 * own.
 */

import {
  BoxGeometry,
  ConeGeometry,
  CylinderGeometry,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  PlaneGeometry,
  SphereGeometry,
} from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { addMass, leaves } from "./foliage.js";
import { flagTexture, random } from "./textures.js";

/**
 * @typedef {import("../../wire/messages.js").CoverBox} CoverBox
 * @typedef {import("../painted.js").Painting} Painting
 */

const CONCRETE = rgb(0x83817b);
const METAL = rgb(0x30373d);

/** A lamp over the road. @param {number} x @param {number} z @param {Painting} painting */
export function buildLamp(x, z, painting) {
  painting.add(new CylinderGeometry(0.05, 0.085, 5.6, 14), METAL, 0.45, { at: [x, 2.8, z] });
  painting.add(new CylinderGeometry(0.13, 0.15, 0.5, 14), METAL, 0.5, { at: [x, 0.25, z] });
  painting.add(new BoxGeometry(0.06, 0.06, 1.25), METAL, 0.45, { at: [x, 5.55, z + 0.55] });
  painting.add(new BoxGeometry(0.24, 0.09, 0.62), METAL, 0.4, { at: [x, 5.54, z + 1.25] });
  const light = new Mesh(new PlaneGeometry(0.18, 0.5), new MeshBasicMaterial({ color: 0xffe3b5 }));
  light.rotation.x = Math.PI / 2;
  light.position.set(x, 5.49, z + 1.25);
  return light;
}

/** @param {number} x @param {number} z @param {Painting} painting */
export function buildFlag(x, z, painting) {
  painting.add(new CylinderGeometry(0.035, 0.035, 2.75, 10), METAL, 0.4, { at: [x, 1.375, z] });
  painting.add(new BoxGeometry(0.43, 0.62, 0.025), METAL, 0.5, { at: [x - 0.25, 2.42, z] });
  const face = new Mesh(new PlaneGeometry(0.4, 0.59), new MeshLambertMaterial({ map: flagTexture() }));
  face.position.set(x - 0.25, 2.42, z + 0.014);
  return face;
}

/** @param {number} x @param {number} z @param {Painting} painting */
export function buildBin(x, z, painting) {
  const shade = (/** @type {number} */ _x, /** @type {number} */ y) => 0.55 + 0.45 * Math.min(1, y / 0.5);
  painting.add(new CylinderGeometry(0.23, 0.2, 0.82, 20), rgb(0x3c4742), 0.6, { at: [x, 0.43, z], shade });
  painting.add(new CylinderGeometry(0.25, 0.25, 0.06, 20), METAL, 0.45, { at: [x, 0.87, z] });
  painting.add(new ConeGeometry(0.25, 0.12, 20), METAL, 0.4, { at: [x, 0.96, z] });
}

/**
 * A trough of concrete with a low hedge in it.
 * @param {CoverBox} box
 * @param {Painting} painting
 * @param {boolean} simple
 */
export function buildPlanter({ center: [x, y, z], size: [w, h, d] }, painting, simple) {
  const rim = Math.min(h * 0.62, 0.62);
  const shade = (/** @type {number} */ px, /** @type {number} */ py, /** @type {number} */ pz) =>
    (0.62 + 0.38 * Math.min(1, py / 0.4)) * (0.94 + 0.08 * Math.sin(px * 13 + pz * 7) * Math.sin(py * 17));
  painting.add(new BoxGeometry(w, rim, d, 6, 4, 6), CONCRETE, 0.75, { at: [x, rim / 2, z], shade });
  painting.add(new BoxGeometry(w + 0.06, 0.08, d + 0.06), CONCRETE, 0.6, { at: [x, rim - 0.02, z] });
  const top = y + h / 2;
  const body = { x, y: (rim + top) / 2, z, rx: w / 2 - 0.06, ry: (top - rim) / 2 - 0.02, rz: d / 2 - 0.06 };
  addMass({ ...body, y: body.y - 0.03 }, simple ? 0.06 : 0.032, rgb(0x33432c), painting);
  return leaves(body, simple ? 260 : 1300, 0.042, [0x26351f, 0x4f5f3d], 3);
}

/** A wall where the scenario only says that there is one. @param {CoverBox} box @param {Painting} painting */
export function buildWall({ center: [x, y, z], size: [w, h, d] }, painting) {
  const bottom = Math.max(0, y - h / 2);
  const shade = (/** @type {number} */ px, /** @type {number} */ py, /** @type {number} */ pz) =>
    (0.7 + 0.3 * Math.min(1, py / 0.5)) * (0.92 + 0.1 * Math.sin(py * 42) * Math.sin((px + pz) * 15));
  painting.add(new BoxGeometry(w, y + h / 2 - bottom, d, 8, 8, 8), rgb(0x6d5d52), 0.85, {
    at: [x, (y + h / 2 + bottom) / 2, z],
    shade,
  });
}

/** Two wet leaves here and there; nothing moves. @param {number} kerb @param {Painting} painting */
export function strewLeaves(kerb, painting) {
  const r = random(260, 21);
  for (let i = 0; i < 52; i++) {
    const x = (r[5 * i] - 0.5) * 11;
    const z = kerb + 0.1 + r[5 * i + 1] ** 2.4 * 4 - 0.4 * r[5 * i + 2];
    const leaf = new SphereGeometry(0.028, 5, 2);
    const matrix = new Matrix4()
      .makeScale(1, 0.06, 0.62)
      .premultiply(new Matrix4().makeRotationY(r[5 * i + 3] * 7))
      .setPosition(x, 0.004, z);
    painting.add(leaf, i % 3 ? rgb(0x6a4a22) : rgb(0x7d6430), 0.4, { matrix });
  }
}
