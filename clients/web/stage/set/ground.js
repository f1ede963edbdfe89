/**
 * The wet ground: one plane whose shader knows where asphalt, kerb and paving are, where water stands, and
 * which markings are painted. It reflects the scene (reflection.js) more where it is wetter.
 */

import {
  Color,
  Mesh,
  MeshLambertMaterial,
  MeshStandardMaterial,
  PlaneGeometry,
  Vector4,
} from "../../vendored/three.js";

/** Metres from the middle to the edge; the fog ends before. */
const HALF_SIZE = 60;

const COMMON = /* glsl */ `
  uniform sampler2D uNoise;
  uniform float uKerb;
  uniform float uTime;
  uniform vec4 uBay;
  varying vec3 vWorld;
  float gPuddle; float gWet; vec3 gGround; float gRough; vec2 gSlope;

  float lineMask(float x, float at, float halfWidth) {
    return 1.0 - smoothstep(halfWidth, halfWidth + 0.018, abs(x - at));
  }

  // rings of single drops on standing water
  vec2 ripples(vec2 p) {
    vec2 slope = vec2(0.0);
    for (int k = 0; k < 2; k++) {
      vec2 q = p * (k == 0 ? 3.1 : 4.7) + float(k) * 17.3;
      vec2 cell = floor(q);
      vec2 r = texture2D(uNoise, (cell + 0.5) * 0.137).xy;
      float phase = fract(uTime * 0.85 + r.x * 7.0 + r.y * 3.0);
      vec2 d = fract(q) - 0.5 - (r - 0.5) * 0.4;
      float l = length(d);
      float ring = sin((l - phase * 0.55) * 46.0) * exp(-abs(l - phase * 0.55) * 15.0) * (1.0 - phase);
      slope += ring * d / max(l, 0.02);
    }
    return slope;
  }

  void ground() {
    vec2 p = vWorld.xz;
    vec4 far = texture2D(uNoise, p * 0.043);
    vec4 near = texture2D(uNoise, p * 0.31);
    vec4 grain = SIMPLE ? near : texture2D(uNoise, p * 2.3);
    float paving = 1.0 - smoothstep(uKerb - 0.17, uKerb - 0.15, p.y);
    float kerb = smoothstep(uKerb - 0.17, uKerb - 0.155, p.y) * (1.0 - smoothstep(uKerb - 0.01, uKerb + 0.005, p.y));
    float low = smoothstep(0.55, 0.0, abs(p.y - uKerb - 0.28)); // the gutter carries water
    gPuddle = smoothstep(0.535, 0.63, far.r * 0.72 + near.r * 0.28 + low * 0.13) * (1.0 - kerb) * (1.0 - 0.6 * paving);
    gWet = mix(0.55 + 0.35 * near.g, 1.0, gPuddle);

    vec3 asphalt = vec3(0.034, 0.036, 0.039) * (0.7 + 0.55 * grain.b) * (0.8 + 0.4 * near.g);
    asphalt *= 1.0 - 0.22 * far.a * far.a * step(0.5, near.r); // few old cracks, filled
    vec2 slab = abs(fract(p / vec2(0.6, 0.6) + vec2(0.5 * step(0.5, fract(p.y / 1.2)), 0.0)) - 0.5);
    float joint = smoothstep(0.484, 0.494, max(slab.x, slab.y));
    vec3 cell = SIMPLE ? far.rgb : texture2D(uNoise, floor(p / 0.6) * 0.173 + 0.5).rgb;
    vec3 stone = vec3(0.115, 0.113, 0.108) * (0.78 + 0.3 * cell.g) * (0.8 + 0.3 * grain.b) * (1.0 - 0.6 * joint);
    float tactile = smoothstep(uKerb - 0.98, uKerb - 0.97, p.y) * smoothstep(uKerb - 0.36, uKerb - 0.37, p.y);
    vec2 blister = fract(p / 0.066) - 0.5;
    stone = mix(stone, vec3(0.13, 0.108, 0.072) * (0.75 + 0.35 * smoothstep(0.36, 0.26, length(blister))) * (0.8 + 0.3 * grain.b), tactile * paving);
    gGround = mix(asphalt, stone, paving);
    gGround = mix(gGround, vec3(0.15, 0.15, 0.148) * (0.75 + 0.35 * grain.b) * (1.0 - 0.5 * lineMask(fract(p.x / 0.9), 0.5, 0.006)), kerb);

    // paint on the road: the stop's yellow frame and the parking bay, worn
    float worn = smoothstep(0.32, 0.5, near.g * 0.6 + grain.g * 0.5) * (1.0 - paving) * (1.0 - kerb);
    float frame = lineMask(p.y, uKerb + 0.5, 0.06) * step(abs(p.x), 5.4) * step(0.28, fract(p.x / 1.4));
    frame = max(frame, lineMask(p.y, uKerb + 2.9, 0.06) * step(abs(p.x), 5.4) * step(0.28, fract(p.x / 1.4)));
    gGround = mix(gGround, vec3(0.3, 0.215, 0.05), frame * worn * 0.72);
    float along = step(uBay.y, p.y) * step(p.y, uBay.w);
    float bay = max(lineMask(p.x, uBay.x, 0.05), lineMask(p.x, uBay.z, 0.05)) * along;
    bay = max(bay, lineMask(p.y, uBay.y, 0.05) * step(uBay.x, p.x) * step(p.x, uBay.z));
    gGround = mix(gGround, vec3(0.26), bay * worn * 0.75);

    gGround *= mix(1.0, 0.62, gWet);
    if (SIMPLE) return;
    gRough = mix(mix(0.62, 0.4, gWet), 0.06, gPuddle);
    vec2 e = vec2(0.004, 0.0);
    float h = grain.b;
    gSlope = vec2(texture2D(uNoise, p * 2.3 + e.xy).b - h, texture2D(uNoise, p * 2.3 + e.yx).b - h) * (1.0 - gPuddle) * 1.1;
  }`;

/**
 * @typedef {{uNoise: {value: import("../../vendored/three.js").Texture}, uKerb: {value: number}, uTime:
 *   {value: number}, uBay: {value: Vector4}}} GroundUniforms
 */

/**
 * @param {{noise: import("../../vendored/three.js").Texture, kerb: number, bay: [number, number, number,
 *   number],
 *   simple: boolean, reflection: import("./reflection.js").Reflection | null}} options
 *   kerb: z of its road side; bay: x0, z0, x1, z1 of the parking bay
 */
export function buildGround({ noise, kerb, bay, simple, reflection }) {
  const uniforms = {
    uNoise: { value: noise },
    uKerb: { value: kerb },
    uTime: { value: 0 },
    uBay: { value: new Vector4(...bay) },
  };
  const material = simple
    ? new MeshLambertMaterial()
    : new MeshStandardMaterial({ roughness: 0.6, metalness: 0, envMapIntensity: 0.9 });
  material.color = new Color(1, 1, 1);
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms, reflection?.uniforms ?? {});
    shader.vertexShader = shader.vertexShader
      .replace(
        "#include <common>",
        `#include <common>\nvarying vec3 vWorld;\n${reflection ? "uniform mat4 uReflectMatrix; varying vec4 vReflect;" : ""}`,
      )
      .replace(
        "#include <begin_vertex>",
        `#include <begin_vertex>\nvec4 world4 = modelMatrix * vec4(position, 1.0); vWorld = world4.xyz;\n${reflection ? "vReflect = uReflectMatrix * world4;" : ""}`,
      );
    shader.fragmentShader = shader.fragmentShader
      .replace(
        "#include <common>",
        `#include <common>\n#define SIMPLE ${simple}\n${COMMON}\n${reflection ? REFLECT : ""}`,
      )
      .replace("#include <color_fragment>", "ground();\ndiffuseColor.rgb = gGround;")
      .replace("#include <roughnessmap_fragment>", "float roughnessFactor = gRough;")
      .replace(
        "#include <normal_fragment_maps>",
        simple
          ? ""
          : `
        vec2 slope = gSlope + ripples(vWorld.xz) * gPuddle * 0.16;
        normal = normalize(normal + (viewMatrix * vec4(-slope.x, 0.0, -slope.y, 0.0)).xyz);`,
      )
      .replace(
        "#include <opaque_fragment>",
        `${reflection ? "outgoingLight = reflectScene(outgoingLight);" : ""}\n#include <opaque_fragment>`,
      );
  };
  material.customProgramCacheKey = () => `talkdown-ground-${simple}-${reflection !== null}`;
  const mesh = new Mesh(new PlaneGeometry(2 * HALF_SIZE, 2 * HALF_SIZE), material);
  mesh.rotation.x = -Math.PI / 2;
  mesh.receiveShadow = !simple;
  return { mesh, uniforms };
}

const REFLECT = /* glsl */ `
  uniform sampler2D uReflection;
  uniform float uReflectStrength;
  varying vec4 vReflect;

  // A rough wet surface smears a reflection downwards: several taps along the vertical, blurred by roughness.
  vec3 reflectScene(vec3 lit) {
    vec3 toEye = normalize(cameraPosition - vWorld);
    float fresnel = 0.05 + 0.95 * pow(1.0 - clamp(toEye.y, 0.0, 1.0), 3.0);
    vec2 uv = vReflect.xy / vReflect.w;
    vec2 slope = gSlope * 0.22 + ripples(vWorld.xz) * gPuddle * 0.012;
    float away = length(cameraPosition - vWorld);
    float smear = mix(0.02, 0.003, gPuddle) / (1.0 + away * 0.07);
    float blur = mix(1.2, 0.2, gPuddle);
    float jitter = texture2D(uNoise, vWorld.xz * 3.7).g - 0.5;
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 5; i++) {
      float k = (float(i) - 2.0 + jitter) * smear;
      sum += textureLod(uReflection, uv + slope + vec2(k * 0.12, k), blur).rgb;
    }
    float strength = fresnel * mix(0.78, 1.0, gPuddle) * gWet * uReflectStrength;
    return mix(lit, sum / 5.0, clamp(strength, 0.0, 1.0));
  }`;
