/**
 * The one material of all people: colour and roughness come with the vertices ("paint"). Skin lets a little
 * light through at grazing angles, cloth does not; the roughness tells which.
 */

import { MeshLambertMaterial, MeshStandardMaterial } from "../../vendored/three.js";

/**
 * @param {boolean} simple Lambert shading, for software renderers
 */
export function figureMaterial(simple) {
  const material = simple ? new MeshLambertMaterial() : new MeshStandardMaterial({ roughness: 1, metalness: 0 });
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", "#include <common>\nattribute vec4 paint;\nvarying vec4 vPaint;")
      .replace("#include <begin_vertex>", "#include <begin_vertex>\nvPaint = paint;");
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying vec4 vPaint;")
      .replace("#include <color_fragment>", "#include <color_fragment>\ndiffuseColor.rgb *= vPaint.rgb;")
      .replace("#include <roughnessmap_fragment>", "float roughnessFactor = vPaint.a;");
  };
  material.customProgramCacheKey = () => "talkdown-figure";
  return material;
}
