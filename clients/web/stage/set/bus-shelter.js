/**
 * The set "bus_shelter": a stop on an asphalt apron at dusk in light rain. Everything that can hide somebody
 * stands where the scenario's cover boxes are; the rest is dressing.
 */

import {
  FogExp2,
  Group,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  PointLight,
  Scene,
  SpotLight,
  BoxGeometry,
  Color,
} from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { Painting, paintedMaterial } from "../painted.js";
import { HORIZON, buildBackdrop, buildSky, halo } from "./backdrop.js";
import { buildCar } from "./parked-car.js";
import { addMass, leaves } from "./foliage.js";
import { buildGround } from "./ground.js";
import { buildRain } from "./rain.js";
import { buildShelter } from "./shelter.js";
import { buildBin, buildFlag, buildLamp, buildPlanter, buildWall, strewLeaves } from "./street.js";
import { glowTexture, noiseTexture } from "./textures.js";

/**
 * @typedef {import("../../wire/messages.js").Scene} SceneInfo
 * @typedef {import("../../wire/messages.js").CoverBox} CoverBox
 * @typedef {import("../quality.js").Settings} Settings
 * @typedef {import("../../vendored/three.js").Object3D} Object3D
 *
 * A set as the stage uses it.
 * @typedef {{group: Group, background: Color, fog: FogExp2, environment:
 *   import("../../vendored/three.js").Texture | null,
 *   unreflected: Object3D[], shadowLights: SpotLight[], update: (t: number, eye:
 *   import("../../vendored/three.js").Vector3) => void,
 *   overhead: (on: boolean) => void, dispose: () => void, exposure: {eyes: number, above: number}}} StageSet
 *   unreflected: what the ground does not mirror; overhead: shows or hides what would cover the view from
 *   above
 */

/** Dusk as eyes that are used to it see it; from above, where it is about places, brighter. */
const EXPOSURE = { eyes: 1.5, above: 3.6 };
/** The kerb runs this far before the shelter's open side. */
const KERB_AHEAD = 1.05;

/**
 * What a cover box is, by its id and label.
 * @param {CoverBox} box
 * @returns {"shelter" | "bench" | "car" | "planter" | "wall"}
 */
export function kindOf({ id, label }) {
  const words = `${id} ${label}`.toLowerCase();
  for (const kind of /** @type {const} */ (["bench", "car", "planter", "shelter"]))
    if (words.includes(kind)) return kind;
  return "wall";
}

/**
 * @param {SceneInfo} scene
 * @param {Settings} settings
 * @param {{renderer: import("../../vendored/three.js").WebGLRenderer, reflection:
 *   import("./reflection.js").Reflection | null}} context
 * @returns {StageSet}
 */
export function buildBusShelter(scene, settings, { renderer, reflection }) {
  const group = new Group();
  const painting = new Painting();
  const boxes = (/** @type {string} */ kind) => scene.cover.filter((box) => kindOf(box) === kind);
  const walls = boxes("shelter").length > 0 ? boxes("shelter") : DEFAULT_WALLS;
  const shelter = buildShelter(
    walls,
    boxes("bench").length > 0 ? boxes("bench") : DEFAULT_BENCH,
    painting,
    settings.simple,
  );
  const kerb = shelter.place.front + KERB_AHEAD;
  const lamp = { x: shelter.place.x1 + 2.3, z: kerb - 0.35 };
  group.add(
    shelter.group,
    buildLamp(lamp.x, lamp.z, painting),
    buildFlag(shelter.place.x1 + 0.75, kerb - 0.4, painting),
  );
  buildBin(shelter.place.x0 - 0.5, kerb - 0.55, painting);
  for (const box of boxes("planter")) group.add(buildPlanter(box, painting, settings.simple));
  for (const box of boxes("wall")) buildWall(box, painting);
  for (const box of boxes("car")) group.add(...buildCar(box, settings.simple));
  strewLeaves(kerb, painting);
  group.add(buildHedge(shelter.place.back - 2.6, settings.simple, painting));
  const furniture = new Mesh(painting.geometry(), paintedMaterial(settings.simple));
  furniture.castShadow = furniture.receiveShadow = settings.shadows > 0;
  group.add(furniture);

  const noise = settings.simple ? noiseTexture(256, 1) : noiseTexture(512, 8);
  const ground = buildGround({
    noise,
    kerb,
    bay: bayOf(boxes("car")[0]),
    simple: settings.simple,
    reflection,
  });
  const sky = buildSky(settings.simple);
  const rain = buildRain(settings.rain, { x: lamp.x, y: 5, z: lamp.z + 1.25 });
  const halos = buildHalos(lamp, shelter.place);
  group.add(ground.mesh, sky, buildBackdrop(settings.simple), rain.mesh, ...halos);
  const lights = buildLights(lamp, shelter.place, settings);
  group.add(...lights.all);

  return {
    group,
    background: new Color(HORIZON),
    fog: new FogExp2(HORIZON, 0.034),
    environment: settings.simple ? null : environment(renderer),
    exposure: EXPOSURE,
    unreflected: [ground.mesh, rain.mesh],
    shadowLights: lights.shadow,
    update(t, eye) {
      sky.position.copy(eye);
      ground.uniforms.uTime.value = t;
      rain.uniforms.uTime.value = t;
      rain.uniforms.uEye.value.copy(eye);
    },
    overhead(on) {
      shelter.roof.visible = rain.mesh.visible = !on;
      for (const glow of halos) glow.visible = !on;
    },
    dispose() {
      noise.dispose();
    },
  };
}

/**
 * A hedge behind the stop.
 * @param {number} z
 * @param {boolean} simple
 * @param {Painting} painting
 */
function buildHedge(z, simple, painting) {
  const body = { x: 0, y: 0.56, z, rx: 18, ry: 0.54, rz: 0.42 };
  addMass(body, simple ? 0.2 : 0.09, rgb(0x1f291c), painting);
  return leaves({ ...body, rx: 11 }, simple ? 200 : 4200, simple ? 0.1 : 0.05, [0x151d13, 0x323e2b], 8);
}

/** @param {CoverBox | undefined} car @returns {[number, number, number, number]} */
function bayOf(car) {
  if (!car) return [100, 100, 101, 101];
  const {
    center: [x, , z],
    size: [w, , d],
  } = car;
  return [x - w / 2 - 0.4, z - d / 2 - 0.5, x + w / 2 + 0.4, z + d / 2 + 0.3];
}

/** @param {{x: number, z: number}} lamp @param {import("./shelter.js").Footprint} place */
function buildHalos(lamp, { x0, x1, back, front, height }) {
  const glow = glowTexture();
  return [
    halo(glow, 0xffc98a, 1.1, lamp.x, 5.4, lamp.z + 1.25, 3.6),
    halo(glow, 0xffe6c0, 0.22, (x0 + x1) / 2, height - 0.1, (front + back) / 2, 3.4),
    halo(glow, 0xffb873, 0.6, -15, 5.2, -12, 3.2),
    halo(glow, 0xffc080, 0.5, 17, 5.4, -15, 3),
    halo(glow, 0xffb873, 0.55, -11, 5.3, 17, 3.2),
    halo(glow, 0xffc080, 0.5, 12, 5.4, 20, 3),
    halo(glow, 0xff5a42, 0.25, -21, 0.9, -9.5, 1.1),
    halo(glow, 0xff5a42, 0.25, -20.2, 0.9, -9.5, 1.1),
  ];
}

/**
 * @param {{x: number, z: number}} lamp
 * @param {import("./shelter.js").Footprint} place
 * @param {Settings} settings
 */
function buildLights(lamp, { x0, x1, back, front, height }, settings) {
  const sky = new HemisphereLight(0x8397b3, 0x38332d, settings.simple ? 2.3 : 0.85);
  const street = new SpotLight(0xffcf9b, settings.simple ? 130 : 135, 22, 1.02, 0.9, 1.7);
  street.position.set(lamp.x, 5.45, lamp.z + 1.25);
  street.target.position.set(lamp.x - 2.6, 0, lamp.z + 1.4);
  street.castShadow = settings.shadows > 0;
  street.shadow.mapSize.setScalar(settings.shadows || 1);
  street.shadow.camera.near = 1;
  street.shadow.camera.far = 18;
  street.shadow.bias = -0.0014;
  street.shadow.normalBias = 0.11;
  street.shadow.radius = 5;
  const under = new PointLight(0xffe3b8, 9, 8, 1.6);
  under.position.set((x0 + x1) / 2, height - 0.15, (front + back) / 2 + 0.1);
  const panel = new PointLight(0xffe4bd, 3.2, 6, 1.6);
  panel.position.set(x1 - 0.62, 1.4, back + 0.55);
  // What the far lamps and the sky behind add from the trainee's side: faces must be readable.
  const fill = new SpotLight(0xcfcdca, 44, 30, 0.9, 1, 1.3);
  fill.position.set(-3.5, 6.5, 11);
  fill.target.position.set(0, 1, -2);
  const rest = settings.simple ? [] : [panel, fill, fill.target]; // each light costs a software renderer a tenth of the frame
  return { all: [sky, street, street.target, under, ...rest], shadow: [street] };
}

/**
 * What glass, paint and water reflect beyond the screen: the sky, the lamp and the lit shelter.
 * @param {import("../../vendored/three.js").WebGLRenderer} renderer
 */
function environment(renderer) {
  const scene = new Scene();
  scene.add(buildSky(false));
  const light = (
    /** @type {number} */ tone,
    /** @type {number} */ k,
    /** @type {number[]} */ at,
    /** @type {number[]} */ size,
  ) => {
    const mesh = new Mesh(
      new BoxGeometry(size[0], size[1], size[2]),
      new MeshBasicMaterial({ color: new Color(tone).multiplyScalar(k) }),
    );
    mesh.position.set(at[0], at[1], at[2]);
    scene.add(mesh);
  };
  light(0xffcf9b, 14, [5, 6, -1], [0.8, 0.3, 0.8]);
  light(0xffe3b8, 2.2, [0.5, 1.6, -5], [3.2, 1.8, 0.1]);
  light(0x12161a, 1, [0, -3, 0], [60, 0.1, 60]);
  light(0x1b2026, 1, [0, 1.5, -18], [60, 6, 1]);
  light(0x1b2026, 1, [0, 1.5, 18], [60, 6, 1]);
  const generator = new PMREMGenerator(renderer);
  const target = generator.fromScene(scene, 0.02);
  generator.dispose();
  return target.texture;
}

/** A shelter for scenes that name the setting but no walls. @type {CoverBox[]} */
const DEFAULT_WALLS = [
  { id: "shelter_back", label: "shelter wall", center: [0, 1.2, -3.6], size: [4.2, 2.4, 0.1] },
  { id: "shelter_left", label: "shelter wall", center: [-2.1, 1.2, -2.9], size: [0.1, 2.4, 1.4] },
  { id: "shelter_right", label: "shelter wall", center: [2.1, 1.2, -2.9], size: [0.1, 2.4, 1.4] },
];
/** @type {CoverBox[]} */
const DEFAULT_BENCH = [{ id: "bench", label: "bench", center: [0, 0.25, -3.25], size: [2.4, 0.5, 0.45] }];
