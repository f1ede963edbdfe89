/**
 * Textures drawn at load: noise for the ground, glows, the timetable, drops on glass, the lit windows of
 * houses.
 */

import {
  CanvasTexture,
  DataTexture,
  LinearFilter,
  LinearMipmapLinearFilter,
  RepeatWrapping,
  RGBAFormat,
  SRGBColorSpace,
  UnsignedByteType,
} from "../../vendored/three.js";

/**
 * Tileable noise in four channels: coarse, middle, grain, and ridges (cracks).
 * @param {number} size power of two
 * @param {number} anisotropy samples along a slanted view; dear on a software renderer
 */
export function noiseTexture(size, anisotropy) {
  const data = new Uint8Array(size * size * 4);
  const layers = [
    octaves(size, 4, 3, 1),
    octaves(size, 16, 3, 2),
    octaves(size, size / 4, 2, 3),
    octaves(size, 6, 4, 4),
  ];
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) data[4 * i + c] = 255 * layers[c][i];
    data[4 * i + 3] = 255 * (1 - Math.min(1, Math.abs(layers[3][i] - 0.5) * 14));
  }
  const texture = new DataTexture(data, size, size, RGBAFormat, UnsignedByteType);
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.magFilter = LinearFilter;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.generateMipmaps = true;
  texture.anisotropy = anisotropy;
  texture.needsUpdate = true;
  return texture;
}

/**
 * @param {number} size
 * @param {number} cells per edge
 * @param {number} count
 * @param {number} seed
 * @returns {Float32Array} 0..1
 */
function octaves(size, cells, count, seed) {
  const out = new Float32Array(size * size);
  let weight = 0.5;
  let total = 0;
  for (let o = 0, n = cells; o < count && n <= size; o++, n *= 2) {
    const lattice = random(n * n, seed * 101 + o);
    addLattice(out, size, lattice, n, weight);
    total += weight;
    weight *= 0.5;
  }
  for (let i = 0; i < out.length; i++) out[i] /= total;
  return out;
}

/**
 * @param {Float32Array} out
 * @param {number} size
 * @param {Float32Array} lattice
 * @param {number} n
 * @param {number} weight
 */
function addLattice(out, size, lattice, n, weight) {
  const step = n / size;
  for (let y = 0; y < size; y++) {
    const fy = y * step;
    const iy = Math.floor(fy);
    const v = smooth(fy - iy);
    const row = iy * n;
    const next = ((iy + 1) % n) * n;
    for (let x = 0; x < size; x++) {
      const fx = x * step;
      const ix = Math.floor(fx);
      const u = smooth(fx - ix);
      const jx = (ix + 1) % n;
      const a = lattice[row + ix] + (lattice[row + jx] - lattice[row + ix]) * u;
      const b = lattice[next + ix] + (lattice[next + jx] - lattice[next + ix]) * u;
      out[y * size + x] += weight * (a + (b - a) * v);
    }
  }
}

/** @param {number} t */
const smooth = (t) => t * t * (3 - 2 * t);

/** Repeatable random numbers 0..1. @param {number} count @param {number} seed */
export function random(count, seed) {
  const out = new Float32Array(count);
  let state = seed * 2654435761 + 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    out[i] = ((state >>> 8) & 0xffffff) / 0xffffff;
  }
  return out;
}

/** @param {number} width @param {number} height @param {(context: CanvasRenderingContext2D) => void} draw */
function drawn(width, height, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context) draw(context);
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.anisotropy = 4;
  return texture;
}

/** A soft round glow on black, to be added to what is behind it. */
export function glowTexture() {
  return drawn(128, 128, (c) => {
    const gradient = c.createRadialGradient(64, 64, 0, 64, 64, 64);
    for (const [at, value] of [
      [0, 255],
      [0.08, 150],
      [0.22, 62],
      [0.45, 20],
      [0.75, 5],
      [1, 0],
    ]) {
      gradient.addColorStop(at, `rgb(${value} ${value} ${value})`);
    }
    c.fillStyle = gradient;
    c.fillRect(0, 0, 128, 128);
  });
}

/** The illuminated panel: a timetable, a map of lines, a number to call. Nothing in it has to be readable. */
export function timetableTexture() {
  return drawn(512, 768, (c) => {
    c.fillStyle = "#f3e6cd";
    c.fillRect(0, 0, 512, 768);
    c.fillStyle = "#2f4d5e";
    c.fillRect(0, 0, 512, 92);
    c.fillStyle = "#f3e6cd";
    c.font = "600 44px sans-serif";
    c.fillText("Mill Road", 28, 61);
    c.font = "600 40px sans-serif";
    c.fillText("14", 430, 61);
    timetableRows(c);
    lineMap(c);
  });
}

/** @param {CanvasRenderingContext2D} c */
function timetableRows(c) {
  const cell = random(400, 5);
  c.fillStyle = "#3d4347";
  for (let row = 0; row < 19; row++) {
    const y = 132 + row * 17;
    c.globalAlpha = row % 2 ? 0.05 : 0;
    c.fillRect(24, y - 12, 464, 17);
    c.globalAlpha = 0.75;
    c.fillRect(30, y - 7, 22, 6);
    for (let k = 0; k < 9; k++) if (cell[row * 9 + k] > 0.2) c.fillRect(78 + k * 45, y - 7, 26, 5);
  }
  c.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} c */
function lineMap(c) {
  c.lineWidth = 7;
  c.lineJoin = "round";
  for (const [tone, points] of /** @type {[string, number[][]][]} */ ([
    [
      "#b4553f",
      [
        [40, 690],
        [150, 640],
        [270, 640],
        [360, 560],
        [470, 560],
      ],
    ],
    [
      "#4d7a5d",
      [
        [60, 520],
        [170, 580],
        [270, 640],
        [350, 710],
        [470, 715],
      ],
    ],
    [
      "#3c6284",
      [
        [120, 735],
        [210, 700],
        [270, 640],
        [300, 540],
        [300, 500],
      ],
    ],
  ])) {
    c.strokeStyle = tone;
    c.beginPath();
    points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
    c.stroke();
    c.fillStyle = "#f3e6cd";
    for (const [x, y] of points) {
      c.beginPath();
      c.arc(x, y, 5, 0, 7);
      c.fill();
    }
  }
}

/** The stop's flag. */
export function flagTexture() {
  return drawn(128, 192, (c) => {
    c.fillStyle = "#31566b";
    c.fillRect(0, 0, 128, 192);
    c.fillStyle = "#e8e4d8";
    c.fillRect(22, 24, 84, 62);
    c.fillStyle = "#31566b";
    c.fillRect(30, 34, 30, 22);
    c.fillRect(68, 34, 30, 22);
    c.fillRect(30, 66, 14, 8);
    c.fillRect(84, 66, 14, 8);
    c.fillStyle = "#e8e4d8";
    c.font = "600 22px sans-serif";
    c.textAlign = "center";
    c.fillText("Mill Road", 64, 122);
    c.font = "600 44px sans-serif";
    c.fillText("14", 64, 172);
  });
}

/** Drops and runs on a pane: alpha in grey. */
export function dropsTexture() {
  return drawn(512, 512, (c) => {
    c.fillStyle = "#0c0c0c";
    c.fillRect(0, 0, 512, 512);
    const r = random(4000, 9);
    for (let i = 0; i < 900; i++) {
      const [x, y, size, light] = [
        r[4 * i] * 512,
        r[4 * i + 1] * 512,
        0.6 + 2.6 * r[4 * i + 2] ** 4,
        40 + 120 * r[4 * i + 3],
      ];
      c.fillStyle = `rgb(${light} ${light} ${light})`;
      c.beginPath();
      c.ellipse(x, y, size, size * 1.25, 0, 0, 7);
      c.fill();
      if (size > 2.2) {
        c.globalAlpha = 0.22;
        c.fillRect(x - 0.5, y - 40 * r[4 * i], 1.2, 40 * r[4 * i]);
        c.globalAlpha = 1;
      }
    }
  });
}

/** @typedef {"tiles" | "boards" | "lino" | "concrete" | "paving"} Floor */

/** Metres of floor that one texture covers. */
export const FLOOR_METRES = 2.4;

/**
 * A floor as seen from above, one repeat of it.
 * @param {Floor} kind
 * @param {number} anisotropy
 */
export function floorTexture(kind, anisotropy) {
  const size = 512;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  FLOORS[kind](context, size, random(4000, 5));
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  texture.wrapS = texture.wrapT = RepeatWrapping;
  texture.anisotropy = anisotropy;
  return texture;
}

/** @type {Record<Floor, (context: CanvasRenderingContext2D, size: number, r: Float32Array) => void>} */
const FLOORS = {
  tiles: (context, size, r) => slabs(context, size, r, 6, "#8f8a80", [176, 170, 158], 10),
  paving: (context, size, r) => slabs(context, size, r, 4, "#55544f", [124, 121, 114], 16),
  lino: (context, size, r) => {
    slabs(context, size, r, 4, "#b4b2ab", [196, 195, 188], 5);
    speckle(context, size, r, 900, 0.08);
  },
  concrete: (context, size, r) => {
    context.fillStyle = "#7c7a75";
    context.fillRect(0, 0, size, size);
    speckle(context, size, r, 3000, 0.1);
  },
  boards: (context, size, r) => {
    const rows = 16;
    for (let i = 0; i < rows; i++) {
      const joint = r[i + 50] * size;
      for (const [from, to] of [[0, joint], [joint, size]]) {
        const k = 0.86 + 0.24 * r[2 * i + (from ? 1 : 0)];
        context.fillStyle = `rgb(${138 * k} ${104 * k} ${74 * k})`;
        context.fillRect(from, (i * size) / rows, to - from - 2, size / rows - 1.5);
      }
    }
    context.globalAlpha = 0.1;
    for (let i = 0; i < 240; i++) {
      context.fillStyle = r[i] < 0.5 ? "#3a2716" : "#c29a6c";
      context.fillRect(r[i + 300] * size, r[i + 700] * size, 30 + 90 * r[i + 1200], 1);
    }
    context.globalAlpha = 1;
  },
};

/**
 * @param {CanvasRenderingContext2D} context @param {number} size @param {Float32Array} r @param {number} count per side
 * @param {string} joint @param {readonly number[]} tone @param {number} vary
 */
function slabs(context, size, r, count, joint, tone, vary) {
  context.fillStyle = joint;
  context.fillRect(0, 0, size, size);
  const side = size / count;
  for (let i = 0; i < count * count; i++) {
    const by = vary * (r[i] - 0.5) * 2;
    context.fillStyle = `rgb(${tone.map((channel) => channel + by).join(" ")})`;
    context.fillRect((i % count) * side + 1, Math.floor(i / count) * side + 1, side - 2, side - 2);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} size @param {Float32Array} r @param {number} count @param {number} alpha */
function speckle(context, size, r, count, alpha) {
  context.globalAlpha = alpha;
  for (let i = 0; i < count; i++) {
    context.fillStyle = r[i] < 0.5 ? "#000" : "#fff";
    context.fillRect(r[(i * 3 + 1) % 4000] * size, r[(i * 7 + 2) % 4000] * size, 1 + 2 * r[(i * 5) % 4000], 1.5);
  }
  context.globalAlpha = 1;
}
