/**
 * Painted surfaces: colour and roughness stand with the vertices (`paint`: r, g, b linear, roughness), so
 * that
 * all people share one material and a whole set is one draw call.
 */

import {
  BufferAttribute,
  BufferGeometry,
  Matrix4,
  MeshLambertMaterial,
  MeshStandardMaterial,
} from "../vendored/three.js";
import { CLOTH } from "./paint.js";

/** Value noise over the rest pose, so that a weave stays with its cloth. */
const WEAVE = /* glsl */ `
  float lattice(vec3 p) { return fract(sin(dot(p, vec3(12.9898, 78.233, 37.719))) * 43758.5453); }
  float weave(vec3 p) {
    vec3 i = floor(p); vec3 f = fract(p); f = f * f * (3.0 - 2.0 * f);
    vec2 e = vec2(0.0, 1.0);
    return mix(
      mix(mix(lattice(i), lattice(i + e.yxx), f.x), mix(lattice(i + e.xyx), lattice(i + e.yyx), f.x), f.y),
      mix(mix(lattice(i + e.xxy), lattice(i + e.yxy), f.x), mix(lattice(i + e.xyy), lattice(i + e.yyy), f.x), f.y),
      f.z);
  }`;

/** Cloth: a bump that fades before its threads get finer than a pixel. Skin: some red where light grazes it. */
const TEXTURE = /* glsl */ `
  float cloth = step(${CLOTH}.0, vPaint.a);
  vec3 dx = dFdx(vViewPosition); vec3 dy = dFdy(vViewPosition);
  float pixel = max(length(dFdx(vRest)), length(dFdy(vRest)));
  float h = 0.0;
  if (cloth > 0.5) {
    h += 0.00055 * weave(vRest * 95.0) * (1.0 - smoothstep(0.004, 0.009, pixel));
    h += 0.00034 * weave(vRest * vec3(430.0, 330.0, 430.0)) * (1.0 - smoothstep(0.0009, 0.002, pixel));
  } else {
    h += 0.00012 * weave(vRest * 620.0) * (1.0 - smoothstep(0.0006, 0.0014, pixel));
  }
  vec3 r1 = cross(dy, normal); vec3 r2 = cross(normal, dx);
  float det = dot(dx, r1);
  vec3 gradient = sign(det) * (dFdx(h) * r1 + dFdy(h) * r2);
  normal = normalize(abs(det) * normal - gradient);`;

/**
 * @param {boolean} simple Lambert shading without highlights or weave, for software renderers
 * @param {boolean} [dressed] the surface has cloth (people); a set has none
 */
export function paintedMaterial(simple, dressed = false) {
  const material = simple
    ? new MeshLambertMaterial()
    : new MeshStandardMaterial({ roughness: 1, metalness: 0 });
  const woven = dressed && !simple;
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace(
        "#include <common>",
        "#include <common>\nattribute vec4 paint;\nvarying vec4 vPaint;\nvarying vec3 vRest;",
      )
      .replace("#include <begin_vertex>", "#include <begin_vertex>\nvPaint = paint;\nvRest = position;");
    shader.fragmentShader = shader.fragmentShader
      .replace(
        "#include <common>",
        `#include <common>\nvarying vec4 vPaint;\nvarying vec3 vRest;\n${woven ? WEAVE : ""}`,
      )
      .replace("#include <color_fragment>", "#include <color_fragment>\ndiffuseColor.rgb *= vPaint.rgb;")
      .replace(
        "#include <roughnessmap_fragment>",
        `float roughnessFactor = vPaint.a - step(${CLOTH}.0, vPaint.a);`,
      )
      .replace("#include <normal_fragment_maps>", woven ? TEXTURE : "");
  };
  material.customProgramCacheKey = () => `talkdown-painted-${woven}`;
  return material;
}

/** @typedef {import("./paint.js").Rgb} Rgb */
/**
 * @typedef {(x: number, y: number, z: number) => number} Shade factor on the colour at a point of the scene
 */

const place = new Matrix4();

/** Collects painted shapes into one geometry. */
export class Painting {
  /** @type {number[]} */ #positions = [];
  /** @type {number[]} */ #normals = [];
  /** @type {number[]} */ #paint = [];
  /** @type {number[]} */ #indices = [];

  /**
   * @param {BufferGeometry} shape disposed of here
   * @param {Rgb} tone
   * @param {number} roughness
   * @param {{at?: readonly number[], matrix?: Matrix4, shade?: Shade}} [how]
   */
  add(shape, tone, roughness, { at = [0, 0, 0], matrix, shade = () => 1 } = {}) {
    shape.applyMatrix4(matrix ?? place.makeTranslation(at[0], at[1], at[2]));
    const position = shape.getAttribute("position");
    const normal = shape.getAttribute("normal");
    const base = this.#positions.length / 3;
    for (let i = 0; i < position.count; i++) {
      const [x, y, z] = [position.getX(i), position.getY(i), position.getZ(i)];
      const k = shade(x, y, z);
      this.#positions.push(x, y, z);
      this.#normals.push(normal.getX(i), normal.getY(i), normal.getZ(i));
      this.#paint.push(tone[0] * k, tone[1] * k, tone[2] * k, roughness);
    }
    const index = shape.getIndex();
    const count = index ? index.count : position.count;
    for (let i = 0; i < count; i++) this.#indices.push(base + (index ? index.getX(i) : i));
    shape.dispose();
  }

  /**
   * A surface that was modelled as a field.
   * @param {import("./figure/surface-nets.js").Surface} surface
   * @param {Rgb} tone
   * @param {number} roughness
   * @param {Shade} shade
   */
  addSurface({ positions, normals, occlusion, indices }, tone, roughness, shade) {
    const base = this.#positions.length / 3;
    for (let i = 0; i < occlusion.length; i++) {
      const [x, y, z] = [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
      const k = shade(x, y, z) * (0.25 + 0.75 * occlusion[i]);
      this.#positions.push(x, y, z);
      this.#normals.push(normals[3 * i], normals[3 * i + 1], normals[3 * i + 2]);
      this.#paint.push(tone[0] * k, tone[1] * k, tone[2] * k, roughness);
    }
    for (const index of indices) this.#indices.push(base + index);
  }

  geometry() {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(this.#positions), 3));
    geometry.setAttribute("normal", new BufferAttribute(new Float32Array(this.#normals), 3));
    geometry.setAttribute("paint", new BufferAttribute(new Float32Array(this.#paint), 4));
    geometry.setIndex(new BufferAttribute(new Uint32Array(this.#indices), 1));
    return geometry;
  }
}
