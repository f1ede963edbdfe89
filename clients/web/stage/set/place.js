/**
 * Any place a scenario declares: floor, walls, furniture where its cover is, hazards, light. A few settings have a
 * character of their own; all others go by whether they have a roof.
 */

import {
  Color,
  DirectionalLight,
  FogExp2,
  Group,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  MeshStandardMaterial,
  PlaneGeometry,
  PointLight,
  SpotLight,
  BoxGeometry,
} from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { Painting, paintedMaterial } from "../painted.js";
import { buildBackdrop, buildSky, halo } from "./backdrop.js";
import { addMass, leaves } from "./foliage.js";
import { buildHazards } from "./hazards.js";
import { characterOf, kindOfThing } from "./kinds.js";
import { buildCar } from "./parked-car.js";
import { buildWindow, drawThing, put } from "./things.js";
import { FLOOR_METRES, floorTexture, glowTexture } from "./textures.js";

/**
 * @typedef {import("../../wire/messages.js").Scene} SceneInfo
 * @typedef {import("../../wire/messages.js").CoverBox} CoverBox
 * @typedef {import("../quality.js").Settings} Settings
 * @typedef {import("../../vendored/three.js").Object3D} Object3D
 * @typedef {import("./bus-shelter.js").StageSet} StageSet
 * @typedef {import("./things.js").Palette} Palette
 *
 * @typedef {{
 *   ceiling: number | null, floor: import("./textures.js").Floor, palette: Palette, heaven: import("./backdrop.js").Heaven,
 *   fog: number, sky: readonly [number, number, number], sun: readonly [number, number] | null,
 *   lamps: readonly [number, number, number] | null, strips: boolean, town: "near" | "across" | null,
 *   exposure: {eyes: number, above: number}}} Character
 *   ceiling: its height, null outdoors, where the floor goes on to the horizon; sky: light from above, from below, how
 *   much; sun: colour and strength of the one light that casts shadows; lamps: colour, strength and height of lamps;
 *   strips: they are tubes; town: houses beyond, or beyond a river
 */

const MUTED = [0x6f7f8c, 0x8c7b6f, 0x7f8c76, 0xa39682, 0x8a6f6b, 0x5f6b78, 0xb3a98f];

/** @type {Record<import("./kinds.js").Character, Character>} */
const CHARACTERS = {
  indoors: {
    ceiling: 2.6,
    floor: "lino",
    palette: { walls: rgb(0xc9c3b5), wood: rgb(0x94785a), goods: MUTED },
    heaven: { horizon: 0xaab4bc, zenith: 0x8d9aa6, glow: 0xc9c0ae },
    fog: 0.004,
    sky: [0xfff6e8, 0x8f8678, 1.5],
    sun: [0xfff2df, 0.9],
    lamps: [0xfff0d8, 4, 2.2],
    strips: false,
    town: null,
    exposure: { eyes: 1, above: 1.1 },
  },
  kitchen: {
    ceiling: 2.5,
    floor: "boards",
    palette: { walls: rgb(0xb9a98c), wood: rgb(0x9a7650), goods: MUTED },
    heaven: { horizon: 0x1a2029, zenith: 0x10141b, glow: 0x2b2a2c },
    fog: 0.004,
    sky: [0xffe6c4, 0x6e5a45, 1.15],
    sun: [0xffdcae, 0.7],
    lamps: [0xffd9a8, 5.5, 2.1],
    strips: false,
    town: null,
    exposure: { eyes: 1.2, above: 1.3 },
  },
  shop: {
    ceiling: 3.1,
    floor: "lino",
    palette: { walls: rgb(0xc4c5c1), wood: rgb(0xa39078), goods: [0x7d8fa0, 0xa08a76, 0x86987a, 0xb5a582, 0x997b78, 0x66788a, 0xc2b79a, 0x8b7f93] },
    heaven: { horizon: 0x9fabb6, zenith: 0x7f8d9b, glow: 0xb8b6ae },
    fog: 0.006,
    sky: [0xf4f8ff, 0x9b9a95, 1.75],
    sun: [0xf6fbff, 0.9],
    lamps: null,
    strips: true,
    town: "near",
    exposure: { eyes: 1.4, above: 1.3 },
  },
  bridge: {
    ceiling: null,
    floor: "paving",
    palette: { walls: rgb(0x6d6a64), wood: rgb(0x6e563f), goods: MUTED },
    heaven: { horizon: 0x46566a, zenith: 0x1b2432, glow: 0x8f7d74 },
    fog: 0.024,
    sky: [0x8da2bf, 0x3a3630, 1.35],
    sun: [0xb6c6dc, 0.5],
    lamps: null,
    strips: false,
    town: "across",
    exposure: { eyes: 1.5, above: 2.6 },
  },
  outdoors: {
    ceiling: null,
    floor: "paving",
    palette: { walls: rgb(0x8f8578), wood: rgb(0x7c6248), goods: MUTED },
    heaven: { horizon: 0xb4bec7, zenith: 0x7e90a3, glow: 0xd8cdb9 },
    fog: 0.022,
    sky: [0xdce6f0, 0x7d766a, 1.6],
    sun: [0xfff3df, 1.3],
    lamps: null,
    strips: false,
    town: "near",
    exposure: { eyes: 1, above: 1.1 },
  },
};

/** Outdoors the floor ends where the fog has swallowed it. */
const FAR_M = 60;
/** How thick walls around a room are, outside its bounds. */
const WALL_M = 0.12;

/**
 * @param {SceneInfo} scene
 * @param {Settings} settings
 * @returns {StageSet}
 */
export function buildPlace(scene, settings) {
  const character = CHARACTERS[characterOf(scene.setting)];
  const { simple } = settings;
  const painting = new Painting();
  const group = new Group();
  const overheadHides = new Group();
  for (const box of scene.cover) for (const part of buildCover(box, painting, character, simple)) group.add(part);
  for (const surface of buildHazards(scene.hazards, painting)) group.add(surface);
  if (character.ceiling !== null) buildRoom(scene, character, painting, overheadHides);
  const furniture = new Mesh(painting.geometry(), paintedMaterial(simple));
  furniture.castShadow = furniture.receiveShadow = settings.shadows > 0;
  const floor = buildFloor(scene, character, simple);
  const sky = buildSky(simple, character.heaven);
  group.add(furniture, floor, sky, overheadHides);
  if (character.town) group.add(buildBackdrop(simple, character.town === "across"));
  const lights = buildLights(scene, character, settings);
  group.add(...lights.all);
  for (const glow of lights.halos) overheadHides.add(glow);
  return {
    group,
    background: new Color(character.heaven.horizon),
    fog: new FogExp2(character.heaven.horizon, character.fog),
    environment: null,
    exposure: character.exposure,
    unreflected: [],
    shadowLights: lights.shadow,
    update(_t, eye) {
      sky.position.copy(eye);
    },
    overhead(on) {
      overheadHides.visible = !on;
    },
    dispose() {
      const { map } = /** @type {MeshLambertMaterial} */ (floor.material);
      map?.dispose();
    },
  };
}

/**
 * @param {CoverBox} box @param {Painting} painting @param {Character} character @param {boolean} simple
 * @returns {Object3D[]}
 */
function buildCover(box, painting, { palette }, simple) {
  const kind = kindOfThing(box);
  if (kind === "car") return buildCar(box, simple);
  if (kind === "window") return [buildWindow(box, painting, simple)];
  if (kind === "planter") return [buildBush(box, painting, simple)];
  drawThing(box, painting, palette);
  return [];
}

/** @param {CoverBox} box @param {Painting} painting @param {boolean} simple */
function buildBush({ center: [x, y, z], size: [w, h, d] }, painting, simple) {
  const body = { x, y, z, rx: w / 2 - 0.05, ry: h / 2 - 0.03, rz: d / 2 - 0.05 };
  addMass(body, simple ? 0.09 : 0.04, rgb(0x33432c), painting);
  return leaves(body, simple ? 220 : 1200, 0.045, [0x26351f, 0x4f5f3d], 3);
}

/** @param {SceneInfo} scene @param {Character} character @param {boolean} simple */
function buildFloor({ bounds }, character, simple) {
  const [x0, x1] = bounds.x;
  const [z0, z1] = bounds.z;
  const outdoors = character.ceiling === null;
  const w = outdoors ? 2 * FAR_M : x1 - x0 + 2 * WALL_M;
  const d = outdoors ? 2 * FAR_M : z1 - z0 + 2 * WALL_M;
  const map = floorTexture(character.floor, simple ? 1 : 8);
  map.repeat.set(w / FLOOR_METRES, d / FLOOR_METRES);
  const material = simple ? new MeshLambertMaterial({ map }) : new MeshStandardMaterial({ map, roughness: 0.8, metalness: 0 });
  const floor = new Mesh(new PlaneGeometry(w, d), material);
  floor.rotation.x = -Math.PI / 2;
  floor.position.set((x0 + x1) / 2, 0, (z0 + z1) / 2);
  floor.receiveShadow = true;
  return floor;
}

/**
 * Walls around the bounds, where the scenario has none, and the ceiling.
 * @param {SceneInfo} scene @param {Character} character @param {Painting} painting @param {Group} above
 */
function buildRoom({ bounds, cover }, { ceiling, palette, strips }, painting, above) {
  const height = ceiling ?? 0;
  const [x0, x1] = bounds.x;
  const [z0, z1] = bounds.z;
  const [x, z] = [(x0 + x1) / 2, (z0 + z1) / 2];
  const [w, d] = [x1 - x0 + 2 * WALL_M, z1 - z0 + 2 * WALL_M];
  const glazed = cover.some((box) => kindOfThing(box) === "window");
  /** @type {import("../painted.js").Shade} */
  const plaster = (_x, y) => 0.84 + 0.16 * Math.min(1, y / 0.7);
  put(painting, palette.walls, 0.95, [w, height, WALL_M], [x, height / 2, z0 - WALL_M / 2], plaster);
  put(painting, palette.walls, 0.95, [WALL_M, height, d], [x0 - WALL_M / 2, height / 2, z], plaster);
  put(painting, palette.walls, 0.95, [WALL_M, height, d], [x1 + WALL_M / 2, height / 2, z], plaster);
  // Behind glass one looks out into the street.
  if (!glazed) put(painting, palette.walls, 0.95, [w, height, WALL_M], [x, height / 2, z1 + WALL_M / 2], plaster);
  const roofed = glazed ? Math.max(...cover.filter((box) => kindOfThing(box) === "window").map((box) => box.center[2])) : z1;
  const lid = new Mesh(new PlaneGeometry(w, roofed - z0), new MeshLambertMaterial({ color: 0xd9d6cd, emissive: strips ? 0x77787a : 0x3a3936 }));
  lid.rotation.x = Math.PI / 2;
  lid.position.set(x, height, (z0 + roofed) / 2);
  above.add(lid);
  if (strips) for (const tube of buildStrips(x0, x1, z0, roofed, height)) above.add(tube);
}

/** Light tubes in rows. @param {number} x0 @param {number} x1 @param {number} z0 @param {number} z1 @param {number} height */
function buildStrips(x0, x1, z0, z1, height) {
  const lit = new MeshBasicMaterial({ color: 0xf3f7ff });
  const tubes = [];
  for (let x = x0 + 1.6; x < x1 - 0.8; x += 2.6)
    for (let z = z0 + 1.6; z < z1 - 1; z += 2.8) {
      const tube = new Mesh(new BoxGeometry(0.14, 0.05, 1.5), lit);
      tube.position.set(x, height - 0.03, z);
      tubes.push(tube);
    }
  return tubes;
}

/** @param {SceneInfo} scene @param {Character} character @param {Settings} settings */
function buildLights({ bounds, cover }, { sky, sun, lamps, ceiling }, settings) {
  const x = (bounds.x[0] + bounds.x[1]) / 2;
  const z = (bounds.z[0] + bounds.z[1]) / 2;
  const half = Math.max(bounds.x[1] - bounds.x[0], bounds.z[1] - bounds.z[0]) / 2 + 1;
  /** @type {Object3D[]} */
  const all = [new HemisphereLight(sky[0], sky[1], settings.simple ? sky[2] * 1.25 : sky[2])];
  /** @type {SpotLight[]} */
  const shadow = [];
  if (sun) {
    const light = new DirectionalLight(sun[0], sun[1]);
    light.position.set(x + half * 0.45, half * 1.6, z + half * 0.7);
    light.target.position.set(x, 0, z);
    light.castShadow = settings.shadows > 0 && ceiling === null;
    light.shadow.mapSize.setScalar(settings.shadows || 1);
    Object.assign(light.shadow.camera, { left: -half, right: half, top: half, bottom: -half, near: 0.5, far: half * 4 });
    light.shadow.bias = -0.0006;
    light.shadow.normalBias = 0.05;
    light.shadow.radius = 6;
    all.push(light, light.target);
  }
  const halos = [];
  const posts = cover.filter((box) => /lamp|street ?light/i.test(`${box.id} ${box.label}`) && kindOfThing(box) === "post");
  const glow = glowTexture();
  for (const { center, size } of posts) {
    const top = center[1] + size[1] / 2;
    halos.push(halo(glow, 0xffd0a0, 1.1, center[0], top + 0.1, center[2], 2.6));
    const light = new SpotLight(0xffd3a2, 90, 18, 1.15, 0.9, 1.6);
    light.position.set(center[0], top + 0.1, center[2]);
    light.target.position.set(center[0] + 0.6, 0, center[2] - 0.8);
    light.castShadow = settings.shadows > 0;
    light.shadow.mapSize.setScalar(settings.shadows || 1);
    light.shadow.bias = -0.0014;
    light.shadow.normalBias = 0.1;
    shadow.push(light);
    all.push(light, light.target);
  }
  if (lamps && !settings.simple) {
    // One over each end of the room: rooms are longer than a lamp reaches.
    for (const share of [0.25, 0.75]) {
      const light = new PointLight(lamps[0], lamps[1], 9, 1.6);
      light.position.set(x, lamps[2], bounds.z[0] + share * (bounds.z[1] - bounds.z[0]));
      all.push(light);
    }
  }
  return { all, shadow, halos };
}
