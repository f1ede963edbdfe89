/** What is far: the sky at dusk, houses with a few lit windows, bare trees, all sinking into the fog. */

import {
  BackSide,
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  Color,
  CylinderGeometry,
  Group,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  Quaternion,
  ShaderMaterial,
  SphereGeometry,
  Sprite,
  SpriteMaterial,
  AdditiveBlending,
  Vector3,
} from "../../vendored/three.js";
import { rgb } from "../paint.js";
import { Painting } from "../painted.js";
import { random } from "./textures.js";

/** Fog and horizon are one colour, or the ground would end in a line. */
export const HORIZON = 0x56606b;
const ZENITH = 0x232d3a;
const AFTERGLOW = 0x9c8373;

/** A sky's colours. @typedef {{horizon: number, zenith: number, glow: number}} Heaven */

/** @type {Heaven} */
const DUSK = { horizon: HORIZON, zenith: ZENITH, glow: AFTERGLOW };

/**
 * @param {boolean} simple no bands of cloud
 * @param {Heaven} [heaven]
 * @returns {Mesh} a dome that follows the camera
 */
export function buildSky(simple, { horizon, zenith, glow } = DUSK) {
  const material = new ShaderMaterial({
    side: BackSide,
    depthWrite: false,
    fog: false,
    uniforms: {
      horizon: { value: new Color(horizon) },
      zenith: { value: new Color(zenith) },
      glow: { value: new Color(glow) },
    },
    vertexShader:
      "varying vec3 vDirection; void main() { vDirection = position; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }",
    fragmentShader: /* glsl */ `
      uniform vec3 horizon; uniform vec3 zenith; uniform vec3 glow; varying vec3 vDirection;
      void main() {
        vec3 d = normalize(vDirection);
        float up = clamp(d.y, 0.0, 1.0);
        vec3 c = mix(horizon, zenith, pow(up, 0.55));
        float west = clamp(dot(normalize(vec3(d.x, 0.0, d.z)), normalize(vec3(-0.75, 0.0, -0.65))), 0.0, 1.0);
        c = mix(c, glow, 0.75 * west * west * exp(-up * 7.0) * smoothstep(-0.02, 0.06, d.y));
        ${simple ? "float bands = 0.0;" : `float bands = sin(d.y * 38.0 + d.x * 3.0 + sin(d.z * 5.0)) * sin(d.y * 17.0 - d.z * 2.0);`}
        c *= 1.0 + 0.045 * bands * smoothstep(0.02, 0.2, up) * (1.0 - up);
        gl_FragColor = vec4(c, 1.0);
        #include <tonemapping_fragment>
        #include <colorspace_fragment>
      }`,
  });
  const sky = new Mesh(new SphereGeometry(90, 32, 20), material);
  sky.renderOrder = -1;
  sky.frustumCulled = false;
  return sky;
}

/**
 * Rows of houses before and behind, and trees between.
 * @param {boolean} simple fewer branches
 * @param {boolean} [across] the houses stand across a river, and nothing stands before them
 */
export function buildBackdrop(simple, across = false) {
  const painting = new Painting();
  const lit = new Painting();
  houses(painting, lit, across ? -38 : -19, 1, 41);
  houses(painting, lit, across ? 34 : 25, -1, 77);
  if (!across) for (const [x, z, size, seed] of TREES) tree(painting, x, z, size, seed, simple ? 4 : 5);
  const group = new Group();
  const dark = new Mesh(painting.geometry(), vertexColours());
  const windows = new Mesh(lit.geometry(), vertexColours());
  group.add(dark, windows);
  return group;
}

const TREES = [
  [-9.5, -9, 1.15, 3],
  [-13, -13, 1.3, 4],
  [7.5, -9.5, 1.05, 5],
  [12.5, -12, 1.35, 6],
  [2.5, -13.5, 1.1, 7],
  [-12, 13, 1.2, 8],
  [10, 15, 1.3, 9],
  [16, 4, 1.2, 10],
  [-16, 2, 1.25, 11],
  [-4.5, 19, 1.1, 12],
];

/** Silhouettes need no light, only fog. The paint attribute is read as a plain colour. */
function vertexColours() {
  const material = new MeshBasicMaterial();
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", "#include <common>\nattribute vec4 paint;\nvarying vec3 vTone;")
      .replace("#include <begin_vertex>", "#include <begin_vertex>\nvTone = paint.rgb;");
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying vec3 vTone;")
      .replace("#include <color_fragment>", "diffuseColor.rgb = vTone;");
  };
  material.customProgramCacheKey = () => "talkdown-silhouette";
  return material;
}

/**
 * @param {Painting} dark
 * @param {Painting} lit
 * @param {number} z
 * @param {number} facing 1: fronts look to +z
 * @param {number} seed
 */
function houses(dark, lit, z, facing, seed) {
  const r = random(400, seed);
  let n = 0;
  for (let x = -34; x < 34;) {
    const width = 5 + 2.6 * r[n++];
    const height = 5 + 1.2 * r[n++];
    const depth = 7;
    const tone = rgb([0x1d232a, 0x20262c, 0x1b2026][Math.floor(r[n++] * 3)]);
    const middle = x + width / 2;
    const front = z - (facing * depth) / 2 + facing * (r[n++] * 0.6);
    dark.add(new BoxGeometry(width, height, depth), tone, 1, { at: [middle, height / 2, front] });
    dark.add(gable(width + 0.3, 2 + r[n++], depth + 0.4), rgb(0x191d23), 1, { at: [middle, height, front] });
    dark.add(new BoxGeometry(0.7, 1.5, 0.7), tone, 1, { at: [x + width * 0.8, height + 1.7, front] });
    for (let floor = 0; floor < 2; floor++) {
      for (let i = 0; i < 2; i++) {
        const on = r[n++] < 0.24;
        const wx = x + width * (0.28 + 0.44 * i);
        const at = [wx, 1.6 + floor * 2.7, front + facing * (depth / 2 + 0.02)];
        (on ? lit : dark).add(
          new BoxGeometry(0.95, 1.25, 0.02),
          on ? rgb(r[n] < 0.5 ? 0xa8661f : 0x9a7440) : rgb(0x161b21),
          1,
          { at },
        );
        if (on)
          dark.add(new BoxGeometry(0.05, 1.25, 0.03), rgb(0x2a2620), 1, {
            at: [at[0], at[1], at[2] + facing * 0.01],
          });
        n++;
      }
    }
    x += width + (r[n++] < 0.25 ? 2.2 : 0.05);
  }
}

/** @param {number} w @param {number} h @param {number} d ridge along x */
function gable(w, h, d) {
  const [x, z] = [w / 2, d / 2];
  const corners = [
    [-x, 0, -z],
    [x, 0, -z],
    [x, 0, z],
    [-x, 0, z],
    [-x, h, 0],
    [x, h, 0],
  ];
  const faces = [
    [3, 2, 5],
    [3, 5, 4],
    [1, 0, 4],
    [1, 4, 5],
    [0, 3, 4],
    [2, 1, 5],
    [0, 1, 2],
    [0, 2, 3], // the underside of the eaves, or one looks through the roof into the sky
  ];
  const positions = faces.flatMap((face) => face.flatMap((i) => corners[i]));
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(positions), 3));
  geometry.computeVertexNormals();
  return geometry;
}

/**
 * A bare tree of tapering branches.
 * @param {Painting} painting
 * @param {number} x
 * @param {number} z
 * @param {number} size
 * @param {number} seed
 * @param {number} depth
 */
function tree(painting, x, z, size, seed, depth) {
  const r = random(2000, seed);
  let n = 0;
  const tone = rgb(0x1a1e21);
  const up = new Vector3(0, 1, 0);
  const grow = (
    /** @type {Vector3} */ from,
    /** @type {Vector3} */ direction,
    /** @type {number} */ length,
    /** @type {number} */ radius,
    /** @type {number} */ left,
  ) => {
    const to = from.clone().addScaledVector(direction, length);
    const shape = new CylinderGeometry(radius * 0.62, radius, length, left > 2 ? 6 : 3, 1, true);
    const matrix = new Matrix4().compose(
      from.clone().lerp(to, 0.5),
      new Quaternion().setFromUnitVectors(up, direction),
      new Vector3(1, 1, 1),
    );
    painting.add(shape, tone, 1, { matrix });
    if (left === 0) return;
    const branches = left > 3 ? 3 : 2 + Math.round(r[n++ % 2000]);
    for (let i = 0; i < branches; i++) {
      const spread = 0.42 + 0.35 * r[n++ % 2000];
      const around = (i / branches + 0.3 * r[n++ % 2000]) * 2 * Math.PI;
      const side = new Vector3(Math.cos(around), 0.25, Math.sin(around)).normalize();
      grow(
        to,
        direction
          .clone()
          .multiplyScalar(1 - spread)
          .addScaledVector(side, spread)
          .normalize(),
        length * (0.62 + 0.16 * r[n++ % 2000]),
        radius * 0.6,
        left - 1,
      );
    }
  };
  grow(new Vector3(x, 0, z), up.clone(), 2.1 * size, 0.15 * size, depth);
}

/**
 * A light seen through rain and fog.
 * @param {import("../../vendored/three.js").Texture} glow @param {number} tone @param {number} strength
 * @param {number} x @param {number} y @param {number} z @param {number} size
 */
export function halo(glow, tone, strength, x, y, z, size) {
  const sprite = new Sprite(
    new SpriteMaterial({
      map: glow,
      color: new Color(tone).multiplyScalar(strength),
      blending: AdditiveBlending,
      depthWrite: false,
      fog: false,
      transparent: true,
    }),
  );
  sprite.position.set(x, y, z);
  sprite.scale.setScalar(size);
  sprite.renderOrder = 5;
  return sprite;
}
