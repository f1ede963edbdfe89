/** Light rain: thin streaks in a box around the camera, moved by the shader; brighter near the lamp. */

import {
  AdditiveBlending,
  BufferAttribute,
  BufferGeometry,
  Color,
  LineSegments,
  ShaderMaterial,
  Vector3,
} from "../../vendored/three.js";
import { random } from "./textures.js";

/** Metres of the box; beyond it single drops are not seen. */
const BOX = [14, 8, 14];
const STREAK = 0.2;

/**
 * @param {number} count
 * @param {{x: number, y: number, z: number}} lamp
 */
export function buildRain(count, lamp) {
  const r = random(count * 4, 31);
  const seeds = new Float32Array(count * 2 * 4);
  for (let i = 0; i < count; i++) {
    for (let end = 0; end < 2; end++)
      seeds.set([r[4 * i], r[4 * i + 1], r[4 * i + 2], end], (2 * i + end) * 4);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(count * 2 * 3), 3));
  geometry.setAttribute("seed", new BufferAttribute(seeds, 4));
  const uniforms = {
    uTime: { value: 0 },
    uEye: { value: new Vector3() },
    uLamp: { value: new Vector3(lamp.x, lamp.y, lamp.z) },
    uTone: { value: new Color(0xaab8c6) },
  };
  const material = new ShaderMaterial({
    uniforms,
    transparent: true,
    depthWrite: false,
    blending: AdditiveBlending,
    fog: false,
    vertexShader: /* glsl */ `
      attribute vec4 seed; uniform float uTime; uniform vec3 uEye; uniform vec3 uLamp; varying float vLight;
      const vec3 box = vec3(${BOX.map((v) => v.toFixed(1)).join(",")});
      void main() {
        float speed = 6.2 + 1.6 * fract(seed.x * 7.0 + seed.z * 13.0);
        vec3 p = seed.xyz * box;
        p.y -= uTime * speed;
        p.x += uTime * 0.35;
        p = mod(p - uEye + box * 0.5, box) - box * 0.5 + uEye;
        vec3 top = vec3(-0.011, ${STREAK}, 0.0) * seed.w;
        float lamp = 1.0 / (1.0 + 0.35 * dot(p - uLamp, p - uLamp));
        float near = smoothstep(0.5, 2.0, length(p - uEye)) * smoothstep(7.5, 4.0, length(p - uEye));
        vLight = (0.055 + 0.9 * lamp) * near * step(0.02, p.y) * (1.0 - 0.7 * seed.w);
        gl_Position = projectionMatrix * viewMatrix * vec4(p + top, 1.0);
      }`,
    fragmentShader:
      "uniform vec3 uTone; varying float vLight; void main() { gl_FragColor = vec4(uTone * vLight, 1.0); }",
  });
  const mesh = new LineSegments(geometry, material);
  mesh.frustumCulled = false;
  mesh.renderOrder = 6;
  return { mesh, uniforms };
}
