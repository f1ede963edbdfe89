/** The bus shelter: posts, roof, wet glass, a bench, and the lit timetable that warms the place. */

import {
  BoxGeometry,
  CylinderGeometry,
  DoubleSide,
  Group,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  MeshStandardMaterial,
  PlaneGeometry,
} from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { dropsTexture, timetableTexture } from "./textures.js";

const STEEL = rgb(0x3a4148);
const WOOD = rgb(0x6b4d36);
const ROOF_OVER = 0.55;

/**
 * @typedef {import("../../wire/messages.js").CoverBox} CoverBox
 * @typedef {{x0: number, x1: number, back: number, front: number, height: number}} Footprint
 */

/**
 * Where the shelter stands, from its walls.
 * @param {readonly CoverBox[]} walls
 * @returns {Footprint}
 */
export function footprint(walls) {
  const x0 = Math.min(...walls.map((w) => w.center[0] - w.size[0] / 2));
  const x1 = Math.max(...walls.map((w) => w.center[0] + w.size[0] / 2));
  const back = Math.min(...walls.map((w) => w.center[2] - w.size[2] / 2));
  const front = Math.max(...walls.map((w) => w.center[2] + w.size[2] / 2));
  const height = Math.max(...walls.map((w) => w.center[1] + w.size[1] / 2));
  return { x0, x1, back, front, height };
}

/**
 * @param {readonly CoverBox[]} walls
 * @param {readonly CoverBox[]} benches
 * @param {import("../painted.js").Painting} painting takes what is opaque
 * @param {boolean} simple
 */
export function buildShelter(walls, benches, painting, simple) {
  const place = footprint(walls);
  const group = new Group();
  frame(place, painting);
  for (const bench of benches) buildBench(bench, painting);
  const glass = paneMaterial(simple);
  for (const wall of walls) group.add(...pane(wall, glass, painting));
  group.add(...timetable(place, painting));
  const roof = buildRoof(place, painting);
  group.add(roof);
  return { group, place, roof };
}

/** @param {Footprint} place @param {import("../painted.js").Painting} painting */
function frame({ x0, x1, back, front, height }, painting) {
  for (const x of [x0 + 0.03, x1 - 0.03]) {
    for (const z of [back + 0.04, front - 0.03]) {
      painting.add(new BoxGeometry(0.07, height, 0.07), STEEL, 0.4, {
        at: [x, height / 2, z],
        shade: (_, y) => 0.6 + 0.4 * Math.min(1, y),
      });
      painting.add(new BoxGeometry(0.16, 0.015, 0.16), STEEL, 0.5, { at: [x, 0.008, z] });
    }
  }
  const middle = (x0 + x1) / 2;
  painting.add(new BoxGeometry(0.05, height, 0.05), STEEL, 0.4, {
    at: [middle - 0.62, height / 2, back + 0.04],
  });
  painting.add(new BoxGeometry(0.05, height, 0.05), STEEL, 0.4, {
    at: [middle + 0.62, height / 2, back + 0.04],
  });
}

/** @param {Footprint} place @param {import("../painted.js").Painting} painting */
function buildRoof({ x0, x1, back, front, height }, painting) {
  const roof = new Group();
  const depth = front - back + ROOF_OVER + 0.15;
  const z = (front + ROOF_OVER + back - 0.15) / 2;
  const x = (x0 + x1) / 2;
  const width = x1 - x0 + 0.3;
  painting.add(new BoxGeometry(width, 0.07, 0.08), STEEL, 0.4, { at: [x, height - 0.05, front - 0.03] });
  const slab = new Mesh(new BoxGeometry(width, 0.1, depth), new MeshLambertMaterial({ color: 0x20262c }));
  slab.position.set(x, height + 0.07, z);
  slab.castShadow = slab.receiveShadow = true;
  const fascia = new Mesh(
    new BoxGeometry(width + 0.02, 0.16, 0.03),
    new MeshLambertMaterial({ color: 0x2f4d5e }),
  );
  fascia.position.set(x, height + 0.06, front + ROOF_OVER);
  const strip = new Mesh(
    new BoxGeometry(width * 0.6, 0.025, 0.07),
    new MeshBasicMaterial({ color: 0xfff0d6 }),
  );
  strip.position.set(x, height - 0.005, (front + back) / 2 + 0.1);
  roof.add(slab, fascia, strip);
  return roof;
}

/** @param {CoverBox} bench @param {import("../painted.js").Painting} painting */
function buildBench({ center: [x, y, z], size: [w, h, d] }, painting) {
  const top = y + h / 2;
  const slats = 4;
  const each = d / slats;
  const grain = (/** @type {number} */ px, /** @type {number} */ _y, /** @type {number} */ pz) =>
    0.85 + 0.15 * Math.sin(px * 23 + pz * 310);
  for (let i = 0; i < slats; i++) {
    painting.add(new BoxGeometry(w, 0.035, each - 0.016), WOOD, 0.45, {
      at: [x, top - 0.018, z - d / 2 + each * (i + 0.5)],
      shade: grain,
    });
  }
  for (const side of [-1, 0, 1]) {
    const px = x + side * (w / 2 - 0.2);
    painting.add(new BoxGeometry(0.05, top - 0.04, 0.05), STEEL, 0.4, {
      at: [px, (top - 0.04) / 2, z + d / 2 - 0.09],
    });
    painting.add(new BoxGeometry(0.05, top - 0.04, 0.05), STEEL, 0.4, {
      at: [px, (top - 0.04) / 2, z - d / 2 + 0.09],
    });
    painting.add(new BoxGeometry(0.05, 0.04, d - 0.04), STEEL, 0.4, { at: [px, top - 0.06, z] });
  }
}

/** @param {boolean} simple */
function paneMaterial(simple) {
  const drops = dropsTexture();
  const common = { color: 0xa9bccb, transparent: true, opacity: 0.16, side: DoubleSide, depthWrite: false };
  if (simple) return new MeshBasicMaterial({ ...common, opacity: 0.1 });
  return new MeshStandardMaterial({
    ...common,
    roughness: 0.06,
    metalness: 0,
    envMapIntensity: 1.6,
    emissive: 0x9fb2c2,
    emissiveMap: drops,
    emissiveIntensity: 0.16,
  });
}

/**
 * A wall: glass between rails, with the dots that keep birds and people from walking into it.
 * @param {CoverBox} wall
 * @param {import("../../vendored/three.js").Material} glass
 * @param {import("../painted.js").Painting} painting
 */
function pane({ center: [x, y, z], size: [w, h, d] }, glass, painting) {
  const along = w > d;
  const length = Math.max(w, d);
  const sheet = new Mesh(new PlaneGeometry(length - 0.08, h - 0.32), glass);
  sheet.position.set(x, y + 0.02, z);
  if (!along) sheet.rotation.y = Math.PI / 2;
  sheet.renderOrder = 2;
  for (const at of [0.16, y + h / 2 - 0.14]) {
    painting.add(new BoxGeometry(along ? length : 0.05, 0.05, along ? 0.05 : length), STEEL, 0.4, {
      at: [x, at, z],
    });
  }
  const band = new Mesh(
    new PlaneGeometry(length - 0.1, 0.05),
    new MeshBasicMaterial({
      color: 0x93a3ad,
      transparent: true,
      opacity: 0.32,
      side: DoubleSide,
      depthWrite: false,
    }),
  );
  band.position.set(x, 1.42, z + (along ? 0.004 : 0));
  if (!along) band.rotation.y = Math.PI / 2;
  band.renderOrder = 3;
  return [sheet, band];
}

/** @param {Footprint} place @param {import("../painted.js").Painting} painting */
function timetable({ x1, back }, painting) {
  const width = 0.92;
  const height = 1.38;
  const x = x1 - 0.16 - width / 2;
  const y = 1.32;
  const z = back + 0.13;
  painting.add(new BoxGeometry(width + 0.1, height + 0.1, 0.09), rgb(0x2b3238), 0.5, { at: [x, y, z] });
  const face = new Mesh(
    new PlaneGeometry(width, height),
    new MeshBasicMaterial({ map: timetableTexture(), color: 0xfff2dc }),
  );
  face.position.set(x, y, z + 0.05);
  painting.add(new CylinderGeometry(0.02, 0.02, 0.6, 8), STEEL, 0.4, { at: [x, y - height / 2 - 0.3, z] });
  return [face];
}
