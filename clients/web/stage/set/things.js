/**
 * Furniture, walls and rails where a scenario's cover boxes are: each thing fills its box, so that what hides a body is
 * what is seen. Everything opaque goes into one painting; the few panes of glass are meshes of their own.
 */

import { BoxGeometry, CylinderGeometry, Mesh, MeshLambertMaterial, MeshStandardMaterial } from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { kindOfThing } from "./kinds.js";
import { random } from "./textures.js";

/**
 * @typedef {import("../../wire/messages.js").CoverBox} CoverBox
 * @typedef {import("../paint.js").Rgb} Rgb
 * @typedef {import("../painted.js").Painting} Painting
 * @typedef {import("../painted.js").Shade} Shade
 *
 * A box by its middle (x, z), its bottom and its sides; `along`: its longer side runs along x.
 * @typedef {{x: number, z: number, bottom: number, w: number, h: number, d: number, along: boolean}} Space
 *
 * @typedef {{walls: Rgb, wood: Rgb, goods: readonly number[]}} Palette
 */

const STEEL = rgb(0x59626a);
const DARK = rgb(0x23262a);
const WHITE = rgb(0xd8d5cd);
const STONE = rgb(0x77726a);
const WOODEN = rgb(0x8a6a4c);
const CLOTH_GREY = rgb(0x5b6470);

/** Things stand darker near the floor, where little light comes. @type {Shade} */
const grounded = (_x, y) => 0.62 + 0.38 * Math.min(1, y / 0.45);

/** @type {Partial<Record<import("./kinds.js").Kind, (space: Space, painting: Painting, palette: Palette) => void>>} */
const DRAWN = {
  railing: drawRailing,
  parapet: drawParapet,
  barrier: drawBarrier,
  counter: drawCounter,
  checkout: drawCheckout,
  fridge: drawFridge,
  shelf: drawShelf,
  cupboard: drawCupboard,
  sofa: drawSofa,
  bed: drawBed,
  table: drawTable,
  seat: drawSeat,
  post: drawPost,
  door: drawDoor,
  wall: drawWall,
  crate: drawCrate,
};

/**
 * Draw a cover box as what it is; cars and plants are the caller's.
 * @param {CoverBox} box
 * @param {Painting} painting
 * @param {Palette} palette
 */
export function drawThing(box, painting, palette) {
  (DRAWN[kindOfThing(box)] ?? drawBlock)(spaceOf(box), painting, palette);
}

/** @param {CoverBox} box @returns {Space} */
export function spaceOf({ center: [x, y, z], size: [w, h, d] }) {
  return { x, z, bottom: Math.max(0, y - h / 2), w, h: Math.min(h, y + h / 2), d, along: w >= d };
}

/**
 * A pane of glass in a frame.
 * @param {CoverBox} box
 * @param {Painting} painting
 * @param {boolean} simple
 */
export function buildWindow(box, painting, simple) {
  const space = spaceOf(box);
  const { x, z, bottom, w, h, d, along } = space;
  const long = along ? w : d;
  const posts = Math.max(1, Math.round(long / 1.6));
  for (let i = 0; i <= posts; i++) {
    const at = -long / 2 + (long * i) / posts;
    put(painting, STEEL, 0.4, [0.06, h, 0.06], [along ? x + at : x, bottom + h / 2, along ? z : z + at]);
  }
  for (const y of [bottom + 0.25, bottom + h - 0.04])
    put(painting, STEEL, 0.4, along ? [long, 0.08, 0.08] : [0.08, 0.08, long], [x, y, z]);
  put(painting, STONE, 0.7, along ? [long, 0.25, 0.12] : [0.12, 0.25, long], [x, bottom + 0.125, z]);
  const material = simple
    ? new MeshLambertMaterial({ color: 0x9fb4c0, transparent: true, opacity: 0.16, depthWrite: false })
    : new MeshStandardMaterial({ color: 0x9fb4c0, transparent: true, opacity: 0.14, depthWrite: false, roughness: 0.05, metalness: 0.1 });
  const pane = new Mesh(new BoxGeometry(along ? long : 0.02, h - 0.3, along ? 0.02 : long), material);
  pane.position.set(x, bottom + 0.25 + (h - 0.3) / 2, z);
  pane.renderOrder = 2;
  return pane;
}

/**
 * @param {Painting} painting @param {Rgb} tone @param {number} roughness
 * @param {readonly number[]} size @param {readonly number[]} at @param {Shade} [shade]
 */
export function put(painting, tone, roughness, [w, h, d], at, shade = grounded) {
  // A few vertices along each side, for the shade to have something to stand on.
  const cuts = (/** @type {number} */ side) => Math.min(6, Math.max(1, Math.ceil(side / 0.6)));
  painting.add(new BoxGeometry(w, h, d, cuts(w), cuts(h), cuts(d)), tone, roughness, { at, shade });
}

/** @param {Space} space @param {Painting} painting */
function drawBlock({ x, z, bottom, w, h, d }, painting) {
  put(painting, rgb(0x8b8478), 0.85, [w, h, d], [x, bottom + h / 2, z]);
}

/** @param {Space} space @param {Painting} painting @param {Palette} palette */
function drawWall({ x, z, bottom, w, h, d, along }, painting, { walls }) {
  /** @type {Shade} */
  const plaster = (px, y, pz) => (0.82 + 0.18 * Math.min(1, y / 0.6)) * (0.99 + 0.01 * Math.sin(px * 1.7 + pz * 1.3));
  put(painting, walls, 0.92, [w, h, d], [x, bottom + h / 2, z], plaster);
  if (bottom > 0) return;
  const skirting = along ? [w, 0.09, d + 0.025] : [w + 0.025, 0.09, d];
  put(painting, WHITE, 0.6, skirting, [x, 0.045, z], () => 0.78);
}

/** Posts, a rail on top and bars between, in the plane of the box. @param {Space} space @param {Painting} painting */
function drawRailing({ x, z, bottom, w, h, d, along }, painting) {
  const long = along ? w : d;
  const at = (/** @type {number} */ offset) => (along ? [x + offset, z] : [x, z + offset]);
  const rail = (/** @type {number} */ y, /** @type {number} */ thick) =>
    put(painting, STEEL, 0.45, along ? [long, thick, 0.05] : [0.05, thick, long], [x, bottom + y, z], () => 0.9);
  rail(h - 0.03, 0.06);
  rail(0.12, 0.04);
  const posts = Math.max(1, Math.round(long / 1.9));
  for (let i = 0; i <= posts; i++) {
    const [px, pz] = at(-long / 2 + (long * i) / posts);
    put(painting, STEEL, 0.45, [0.06, h, 0.06], [px, bottom + h / 2, pz], () => 0.85);
  }
  const bars = Math.max(2, Math.round(long / 0.14));
  for (let i = 1; i < bars; i++) {
    const [px, pz] = at(-long / 2 + (long * i) / bars);
    painting.add(new BoxGeometry(0.016, h - 0.18, 0.016), STEEL, 0.5, { at: [px, bottom + h / 2 + 0.03, pz], shade: () => 0.7 });
  }
}

/** Masonry with a coping. @param {Space} space @param {Painting} painting */
function drawParapet({ x, z, bottom, w, h, d, along }, painting) {
  /** @type {Shade} */
  const courses = (px, y, pz) =>
    (0.7 + 0.3 * Math.min(1, y / 0.5)) * (0.9 + 0.1 * Math.sin((along ? px : pz) * 9.3 + Math.floor(y / 0.24) * 2.1));
  const cuts = Math.min(60, Math.ceil(Math.max(w, d) / 0.4));
  const body = new BoxGeometry(w, h - 0.1, d, along ? cuts : 1, 6, along ? 1 : cuts);
  painting.add(body, STONE, 0.9, { at: [x, bottom + (h - 0.1) / 2, z], shade: courses });
  put(painting, rgb(0x8b867d), 0.8, along ? [w, 0.1, d + 0.1] : [w + 0.1, 0.1, d], [x, bottom + h - 0.05, z], () => 0.95);
}

/** Two feet and red and white boards. @param {Space} space @param {Painting} painting */
function drawBarrier({ x, z, bottom, w, h, d, along }, painting) {
  const long = along ? w : d;
  const count = Math.max(2, Math.round(long / 0.3));
  for (const y of [h * 0.45, h * 0.85])
    for (let i = 0; i < count; i++) {
      const at = -long / 2 + (long * (i + 0.5)) / count;
      const tone = i % 2 ? WHITE : rgb(0xa8382c);
      put(painting, tone, 0.6, along ? [long / count, 0.22, 0.03] : [0.03, 0.22, long / count],
        [along ? x + at : x, bottom + y, along ? z : z + at], () => 0.9);
    }
  for (const side of [-1, 1]) {
    const at = side * (long / 2 - 0.04);
    put(painting, DARK, 0.6, [0.06, h, 0.06], [along ? x + at : x, bottom + h / 2, along ? z : z + at]);
  }
}

/** A front with doors under a worktop. @param {Space} space @param {Painting} painting @param {Palette} palette */
function drawCounter({ x, z, bottom, w, h, d, along }, painting, { wood }) {
  put(painting, DARK, 0.8, [w - 0.06, 0.1, d - 0.06], [x, bottom + 0.05, z]);
  put(painting, wood, 0.55, [w, h - 0.14, d], [x, bottom + 0.1 + (h - 0.14) / 2, z]);
  put(painting, rgb(0xb9b2a6), 0.35, [w + 0.03, 0.04, d + 0.03], [x, bottom + h - 0.02, z], () => 1);
  const long = along ? w : d;
  const doors = Math.max(1, Math.round(long / 0.6));
  for (let i = 0; i < doors; i++) {
    const at = -long / 2 + (long * (i + 0.5)) / doors;
    for (const side of [-1, 1]) {
      const [dx, dz] = along ? [at, (side * (d + 0.012)) / 2] : [(side * (w + 0.012)) / 2, at];
      const size = along ? [long / doors - 0.02, h - 0.22, 0.012] : [0.012, h - 0.22, long / doors - 0.02];
      put(painting, wood, 0.45, size, [x + dx, bottom + 0.13 + (h - 0.22) / 2, z + dz], (_, y) => 0.8 + 0.25 * Math.min(1, y));
    }
  }
}

/** A row of machines with dark screens. @param {Space} space @param {Painting} painting */
function drawCheckout({ x, z, bottom, w, h, d, along }, painting) {
  const long = along ? w : d;
  const count = Math.max(1, Math.round(long / 0.8));
  for (let i = 0; i < count; i++) {
    const at = -long / 2 + (long * (i + 0.5)) / count;
    const [px, pz] = along ? [x + at, z] : [x, z + at];
    const [sw, sd] = along ? [long / count - 0.08, d] : [w, long / count - 0.08];
    put(painting, rgb(0xb4b8ba), 0.5, [sw, h * 0.62, sd], [px, bottom + h * 0.31, pz]);
    put(painting, DARK, 0.25, [sw * 0.62, h * 0.34, sd * 0.2], [px, bottom + h * 0.82, pz], () => 1);
  }
}

/** @param {Space} space @param {Painting} painting */
function drawFridge({ x, z, bottom, w, h, d }, painting) {
  put(painting, WHITE, 0.35, [w, h, d], [x, bottom + h / 2, z]);
  put(painting, rgb(0xa9a69f), 0.5, [w + 0.01, 0.012, d + 0.01], [x, bottom + h * 0.66, z], () => 0.6);
  for (const y of [h * 0.5, h * 0.8]) put(painting, STEEL, 0.3, [0.03, 0.28, d + 0.05], [x - w * 0.4, bottom + y, z], () => 0.9);
}

/** Boards full of goods in quiet colours, seen from both sides. @param {Space} space @param {Painting} painting @param {Palette} palette */
function drawShelf({ x, z, bottom, w, h, d, along }, painting, { goods }) {
  const long = along ? w : d;
  const deep = along ? d : w;
  const box = (/** @type {number} */ a, /** @type {number} */ y, /** @type {number} */ b, /** @type {number[]} */ size, /** @type {Rgb} */ tone, /** @type {number} */ rough) =>
    put(painting, tone, rough, along ? size : [size[2], size[1], size[0]], along ? [x + a, bottom + y, z + b] : [x + b, bottom + y, z + a]);
  const boards = Math.max(2, Math.round(h / 0.45));
  for (let i = 0; i < boards; i++) box(0, 0.1 + (i * (h - 0.1)) / boards, 0, [long, 0.03, deep], WHITE, 0.5);
  box(0, h / 2, 0, [long, h, 0.04], rgb(0x9a9c9c), 0.7);
  for (const end of [-1, 1]) box(end * (long / 2 - 0.015), h / 2, 0, [0.03, h, deep], rgb(0xb9bbbb), 0.6);
  const r = random(600, Math.round(100 * (x + 20) + 7 * (z + 20)));
  let n = 0;
  for (let i = 0; i < boards; i++) {
    const room = (h - 0.1) / boards - 0.08;
    for (const side of [-1, 1])
      for (let a = -long / 2 + 0.1; a < long / 2 - 0.2;) {
        const width = 0.14 + 0.24 * r[n++ % 600];
        const high = room * (0.55 + 0.42 * r[n++ % 600]);
        const tone = rgb(goods[Math.floor(r[n++ % 600] * goods.length)]);
        const thick = deep / 2 - 0.08;
        if (r[n++ % 600] > 0.08)
          box(a + width / 2, 0.115 + (i * (h - 0.1)) / boards + high / 2, side * (thick / 2 + 0.03), [width - 0.02, high, thick], tone, 0.75);
        a += width;
      }
  }
}

/** @param {Space} space @param {Painting} painting @param {Palette} palette */
function drawCupboard({ x, z, bottom, w, h, d, along }, painting, { wood }) {
  put(painting, wood, 0.6, [w, h, d], [x, bottom + h / 2, z]);
  for (const side of [-1, 1]) {
    const [dx, dz] = along ? [0, (side * (d + 0.01)) / 2] : [(side * (w + 0.01)) / 2, 0];
    const size = along ? [0.012, h - 0.1, 0.014] : [0.014, h - 0.1, 0.012];
    put(painting, DARK, 0.7, size, [x + dx, bottom + h / 2, z + dz], () => 0.8);
  }
}

/** @param {Space} space @param {Painting} painting */
function drawSofa({ x, z, bottom, w, h, d, along }, painting) {
  const seat = Math.min(0.45, h);
  put(painting, CLOTH_GREY, 0.95, [w, seat, d], [x, bottom + seat / 2, z]);
  const back = along ? [w, 0.42, 0.2] : [0.2, 0.42, d];
  const [bx, bz] = along ? [x, z - d / 2 + 0.1] : [x - w / 2 + 0.1, z];
  put(painting, CLOTH_GREY, 0.95, back, [bx, bottom + seat + 0.2, bz], () => 0.95);
}

/** @param {Space} space @param {Painting} painting */
function drawBed({ x, z, bottom, w, h, d, along }, painting) {
  put(painting, WOODEN, 0.7, [w, h * 0.55, d], [x, bottom + h * 0.275, z]);
  put(painting, WHITE, 0.95, [w - 0.06, h * 0.45, d - 0.06], [x, bottom + h * 0.775, z], () => 0.9);
  const pillow = along ? [0.4, 0.1, d * 0.7] : [w * 0.7, 0.1, 0.4];
  put(painting, WHITE, 0.95, pillow, [along ? x - w / 2 + 0.3 : x, bottom + h + 0.04, along ? z : z - d / 2 + 0.3], () => 1);
}

/** @param {Space} space @param {Painting} painting @param {Palette} palette */
function drawTable({ x, z, bottom, w, h, d }, painting, { wood }) {
  put(painting, wood, 0.45, [w, 0.04, d], [x, bottom + h - 0.02, z], () => 1.05);
  put(painting, wood, 0.6, [w - 0.16, 0.09, d - 0.16], [x, bottom + h - 0.085, z], () => 0.7);
  for (const sx of [-1, 1])
    for (const sz of [-1, 1])
      put(painting, wood, 0.6, [0.06, h - 0.04, 0.06], [x + sx * (w / 2 - 0.07), bottom + (h - 0.04) / 2, z + sz * (d / 2 - 0.07)]);
}

/** A bench of slats, or a chair where it is short. @param {Space} space @param {Painting} painting */
function drawSeat({ x, z, bottom, w, h, d, along }, painting) {
  const long = along ? w : d;
  const deep = along ? d : w;
  const slats = Math.max(2, Math.round(deep / 0.11));
  for (let i = 0; i < slats; i++) {
    const b = -deep / 2 + (deep * (i + 0.5)) / slats;
    const size = along ? [long, 0.035, deep / slats - 0.015] : [deep / slats - 0.015, 0.035, long];
    put(painting, WOODEN, 0.7, size, [along ? x : x + b, bottom + h - 0.02, along ? z + b : z], () => 0.95);
  }
  for (const end of [-1, 1]) {
    const a = end * (long / 2 - 0.12);
    const size = along ? [0.06, h - 0.04, deep - 0.06] : [deep - 0.06, h - 0.04, 0.06];
    put(painting, DARK, 0.5, size, [along ? x + a : x, bottom + (h - 0.04) / 2, along ? z : z + a]);
  }
}

/** @param {Space} space @param {Painting} painting */
function drawPost({ x, z, bottom, w, h, d }, painting) {
  const r = Math.min(w, d) / 2;
  painting.add(new CylinderGeometry(r * 0.7, r, h, 14), rgb(0x30373d), 0.45, { at: [x, bottom + h / 2, z], shade: grounded });
  painting.add(new CylinderGeometry(r * 1.4, r * 1.5, Math.min(0.4, h / 4), 14), rgb(0x30373d), 0.5, { at: [x, bottom + Math.min(0.2, h / 8), z] });
}

/** @param {Space} space @param {Painting} painting @param {Palette} palette */
function drawDoor({ x, z, bottom, w, h, d, along }, painting, { wood }) {
  put(painting, wood, 0.55, [w, h, d], [x, bottom + h / 2, z]);
  const handle = along ? [0.12, 0.02, d + 0.1] : [w + 0.1, 0.02, 0.12];
  put(painting, STEEL, 0.3, handle, [along ? x + w * 0.38 : x, bottom + Math.min(1.02, h / 2), along ? z : z + d * 0.38], () => 1);
}

/** @param {Space} space @param {Painting} painting */
function drawCrate({ x, z, bottom, w, h, d }, painting) {
  put(painting, rgb(0x9b7c55), 0.9, [w, h, d], [x, bottom + h / 2, z]);
  put(painting, rgb(0xb79b72), 0.9, [w * 0.1, 0.004, d], [x, bottom + h + 0.002, z], () => 1);
}
