/** How much the stage draws: three settings, and the choice between them. */

/**
 * @typedef {"high" | "medium" | "low"} Level
 * @typedef {{level: Level, simple: boolean, antialias: boolean, pixelRatio: number, shadows: number,
 *   reflection: number, rain: number}} Settings
 *   simple: Lambert shading; pixelRatio: most device pixels per CSS pixel; shadows: map size, 0 none;
 *   reflection: share of the canvas' resolution, 0 none; rain: streaks
 */

/** @type {Record<Level, Settings>} */
export const SETTINGS = {
  high: {
    level: "high",
    simple: false,
    antialias: true,
    pixelRatio: 1.5,
    shadows: 2048,
    reflection: 0.5,
    rain: 900,
  },
  medium: {
    level: "medium",
    simple: false,
    antialias: true,
    pixelRatio: 1,
    shadows: 1024,
    reflection: 0,
    rain: 600,
  },
  low: {
    level: "low",
    simple: true,
    antialias: false,
    pixelRatio: 0.5,
    shadows: 0,
    reflection: 0,
    rain: 160,
  },
};

/** Frames slower than this on average are not smooth; 60 per second is 16.7 ms. */
const SLOW_MS = 21;
const WINDOW_MS = 1500;
/** Each step down keeps the pixel count for a while before the next. */
const STEPS = [1, 0.8, 0.65, 0.5, 0.4];

/**
 * A software renderer is known by its name; everything else starts high.
 * @param {string} renderer as told by WEBGL_debug_renderer_info
 * @returns {Level}
 */
export function levelFor(renderer) {
  if (/swiftshader|llvmpipe|software|basic render/i.test(renderer)) return "low";
  return /mali|adreno|powervr|intel\(r\) hd|apple gpu \(ios\)/i.test(renderer) ? "medium" : "high";
}

/**
 * `?quality=high` in a page's address, for slow machines, tests and pictures.
 * @returns {Level | "auto"}
 */
export function qualityAsked() {
  const asked = new URLSearchParams(location.search).get("quality");
  return asked === "high" || asked === "medium" || asked === "low" ? asked : "auto";
}

/** The name of the machine's renderer, without making a second WebGL context stay. */
export function rendererName() {
  const gl = document.createElement("canvas").getContext("webgl2");
  if (!gl) return "";
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return name;
}

/**
 * Watches frame times and says when to draw fewer pixels. It never goes up again: a picture that changes
 * its sharpness to and fro disturbs more than one that is a little softer.
 */
export class Pace {
  #sum = 0;
  #frames = 0;
  #last = 0;
  #step = 0;

  /**
   * @param {number} now milliseconds
   * @returns {number | null} a new factor for the pixel ratio, or null
   */
  frame(now) {
    const took = now - this.#last;
    this.#last = now;
    if (took <= 0 || took > 1000) return null; // a hidden tab
    this.#sum += took;
    this.#frames += 1;
    if (this.#sum < WINDOW_MS) return null;
    const mean = this.#sum / this.#frames;
    this.#sum = this.#frames = 0;
    if (mean <= SLOW_MS || this.#step + 1 >= STEPS.length) return null;
    this.#step += 1;
    return STEPS[this.#step];
  }
}
