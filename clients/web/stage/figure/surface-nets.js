/**
 * Turns a signed distance field into a triangle mesh: naive surface nets (Gibson 1998), then one Newton
 * step of each vertex onto the surface, normals from the field's gradient and a cheap ambient occlusion
 * from the field along the normal. Pure; only blocks near the surface are sampled.
 */

/**
 * @typedef {import("./sdf.js").Field} Field
 * @typedef {{x: Float64Array, y: Float64Array, z: Float64Array}} Lattice  coordinates of the sample
 *   planes, rising;
 *   a number of cells divisible by BLOCK along each axis
 * @typedef {{positions: Float32Array, normals: Float32Array, occlusion: Float32Array, indices:
 *   Uint32Array}} Surface
 */

/** Cells per block edge: large enough to skip empty space in big steps, small enough to hug the surface. */
const BLOCK = 6;
/** Blended and displaced fields are not exact distances; search this much further before skipping a block. */
const SLACK = 1.35;
/** Metres: below the finest feature (a lip), above rounding. */
const GRADIENT_STEP = 0.001;
/** The Newton step is a correction within a cell, not a search. */
const MOST_MOVE = 0.004;
/** How far the occlusion looks, in metres: creases of clothes and face, not the whole body. */
const OCCLUSION_REACH = [0.012, 0.03, 0.06];

/** The 12 edges of a cell as pairs of its 8 corners (bit 0: x, bit 1: y, bit 2: z). */
const EDGES = [0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 1, 3, 4, 6, 5, 7, 0, 4, 1, 5, 2, 6, 3, 7];

/**
 * Sample planes from `low` to `high`, at least `cell` apart; `stretch(v)` (default 1) widens the cells
 * around v.
 * @param {number} low
 * @param {number} high
 * @param {number} cell metres
 * @param {(v: number) => number} [stretch]
 * @returns {Float64Array}
 */
export function planes(low, high, cell, stretch = () => 1) {
  const at = [low];
  while (at[at.length - 1] < high || at.length % BLOCK !== 1) {
    const last = at[at.length - 1];
    at.push(last + cell * stretch(last));
  }
  return Float64Array.from(at);
}

/**
 * @param {Field} field
 * @param {Lattice} lattice must contain the surface with a cell to spare
 * @returns {Surface}
 */
export function polygonise(field, lattice) {
  const grid = sample(field, lattice);
  const { vertexOf, positions } = placeVertices(grid, lattice);
  const indices = connect(grid, vertexOf, lattice);
  return finish(field, positions, indices);
}

/**
 * Corner distances; blocks far from the surface keep their sign with a large magnitude.
 * @param {Field} field
 * @param {Lattice} lattice
 */
function sample(field, lattice) {
  const { x, y, z } = lattice;
  const grid = new Float32Array(x.length * y.length * z.length).fill(1e3);
  for (let bz = 0; bz + 1 < z.length; bz += BLOCK) {
    for (let by = 0; by + 1 < y.length; by += BLOCK) {
      for (let bx = 0; bx + 1 < x.length; bx += BLOCK) {
        const hx = (x[bx + BLOCK] - x[bx]) / 2;
        const hy = (y[by + BLOCK] - y[by]) / 2;
        const hz = (z[bz + BLOCK] - z[bz]) / 2;
        const centre = field(x[bx] + hx, y[by] + hy, z[bz] + hz);
        if (Math.abs(centre) <= Math.sqrt(hx * hx + hy * hy + hz * hz) * SLACK)
          sampleBlock(field, grid, lattice, bx, by, bz);
        else if (centre < 0) fillBlock(grid, [x.length, y.length], bx, by, bz);
      }
    }
  }
  return grid;
}

/**
 * @param {Field} field @param {Float32Array} grid @param {Lattice} lattice
 * @param {number} bx @param {number} by @param {number} bz
 */
function sampleBlock(field, grid, { x, y, z }, bx, by, bz) {
  for (let k = bz; k <= bz + BLOCK; k++) {
    for (let j = by; j <= by + BLOCK; j++) {
      const row = x.length * (j + y.length * k);
      for (let i = bx; i <= bx + BLOCK; i++) grid[row + i] = field(x[i], y[j], z[k]);
    }
  }
}

/**
 * @param {Float32Array} grid
 * @param {number[]} size
 * @param {number} bx
 * @param {number} by
 * @param {number} bz
 */
function fillBlock(grid, [nx, ny], bx, by, bz) {
  for (let k = bz; k <= bz + BLOCK; k++) {
    for (let j = by; j <= by + BLOCK; j++) {
      const row = nx * (j + ny * k);
      for (let i = bx; i <= bx + BLOCK; i++) if (grid[row + i] > 100) grid[row + i] = -1e3;
    }
  }
}

/**
 * One vertex in each cell that the surface crosses: the mean of its edge crossings.
 * @param {Float32Array} grid @param {Lattice} lattice
 */
function placeVertices(grid, lattice) {
  const [nx, ny, nz] = [lattice.x.length, lattice.y.length, lattice.z.length];
  const vertexOf = new Int32Array(nx * ny * nz).fill(-1);
  const positions = [];
  const corner = new Float32Array(8);
  for (let k = 0; k + 1 < nz; k++) {
    for (let j = 0; j + 1 < ny; j++) {
      for (let i = 0; i + 1 < nx; i++) {
        const at = i + nx * (j + ny * k);
        let mask = 0;
        for (let c = 0; c < 8; c++) {
          corner[c] = grid[at + (c & 1) + nx * ((c >> 1) & 1) + nx * ny * (c >> 2)];
          if (corner[c] < 0) mask |= 1 << c;
        }
        if (mask === 0 || mask === 255) continue;
        let x = 0;
        let y = 0;
        let z = 0;
        let crossings = 0;
        for (let e = 0; e < EDGES.length; e += 2) {
          const a = EDGES[e];
          const b = EDGES[e + 1];
          if (((mask >> a) & 1) === ((mask >> b) & 1)) continue;
          const t = corner[a] / (corner[a] - corner[b]);
          x += (a & 1) + t * ((b & 1) - (a & 1));
          y += ((a >> 1) & 1) + t * (((b >> 1) & 1) - ((a >> 1) & 1));
          z += (a >> 2) + t * ((b >> 2) - (a >> 2));
          crossings += 1;
        }
        vertexOf[at] = positions.length / 3;
        positions.push(
          within(lattice.x, i, x / crossings),
          within(lattice.y, j, y / crossings),
          within(lattice.z, k, z / crossings),
        );
      }
    }
  }
  return { vertexOf, positions: new Float32Array(positions) };
}

/** @param {Float64Array} at @param {number} i @param {number} t */
const within = (at, i, t) => at[i] + (at[i + 1] - at[i]) * t;

/**
 * A quad around each grid edge that the surface crosses.
 * @param {Float32Array} grid @param {Int32Array} vertexOf @param {Lattice} lattice
 */
function connect(grid, vertexOf, lattice) {
  const [nx, ny, nz] = [lattice.x.length, lattice.y.length, lattice.z.length];
  const steps = [1, nx, nx * ny];
  const indices = [];
  for (let k = 1; k + 1 < nz; k++) {
    for (let j = 1; j + 1 < ny; j++) {
      for (let i = 1; i + 1 < nx; i++) {
        const at = i + nx * (j + ny * k);
        for (let axis = 0; axis < 3; axis++) {
          const inside = grid[at] < 0;
          if (inside === grid[at + steps[axis]] < 0) continue;
          const u = steps[(axis + 1) % 3];
          const v = steps[(axis + 2) % 3];
          const a = vertexOf[at - u - v];
          const b = vertexOf[at - v];
          const c = vertexOf[at];
          const d = vertexOf[at - u];
          if (a < 0 || b < 0 || c < 0 || d < 0) continue;
          if (inside) indices.push(a, b, c, a, c, d);
          else indices.push(a, c, b, a, d, c);
        }
      }
    }
  }
  return new Uint32Array(indices);
}

/**
 * @param {Field} field @param {Float32Array} positions @param {Uint32Array} indices
 * @returns {Surface}
 */
function finish(field, positions, indices) {
  const count = positions.length / 3;
  const normals = new Float32Array(positions.length);
  const occlusion = new Float32Array(count);
  const step = GRADIENT_STEP;
  for (let i = 0; i < count; i++) {
    let x = positions[3 * i];
    let y = positions[3 * i + 1];
    let z = positions[3 * i + 2];
    const gx = field(x + step, y, z) - field(x - step, y, z);
    const gy = field(x, y + step, z) - field(x, y - step, z);
    const gz = field(x, y, z + step) - field(x, y, z - step);
    const length = Math.sqrt(gx * gx + gy * gy + gz * gz) || 1;
    const slope = length / (2 * step);
    const move = Math.max(-MOST_MOVE, Math.min(MOST_MOVE, field(x, y, z) / Math.max(slope, 0.5)));
    normals[3 * i] = gx / length;
    normals[3 * i + 1] = gy / length;
    normals[3 * i + 2] = gz / length;
    positions[3 * i] = x -= (move * gx) / length;
    positions[3 * i + 1] = y -= (move * gy) / length;
    positions[3 * i + 2] = z -= (move * gz) / length;
    let open = 0;
    for (const reach of OCCLUSION_REACH) {
      const d = field(
        x + normals[3 * i] * reach,
        y + normals[3 * i + 1] * reach,
        z + normals[3 * i + 2] * reach,
      );
      open += Math.max(0, Math.min(1, d / reach));
    }
    occlusion[i] = open / OCCLUSION_REACH.length;
  }
  return { positions, normals, occlusion, indices };
}
