/**
 * Where cover is and how to get there: the far side of a box from the person, and a way around everything
 * else. Pure; metres on the floor as [x, z].
 */

/** Stand this far from a wall: a body, and room to look around its edge. */
const STAND_OFF = 0.42;
/** Walk this far from corners. */
const CLEARANCE = 0.32;
/** What is lower hides nobody, even ducked. */
const LOWEST = 0.6;
const STANDING_EYES = 1.65;
const LOWEST_EYES = 1.0;
/** Over the edge of cover one still looks. */
const PEEK = 0.12;

/**
 * @typedef {import("../wire/messages.js").CoverBox} CoverBox
 * @typedef {[number, number]} Point
 * @typedef {{box: CoverBox, at: Point, eyes: number, path: Point[]}} Cover
 */

/**
 * The nearest cover that can be reached.
 * @param {readonly CoverBox[]} boxes
 * @param {Point} from the trainee
 * @param {Point} threat the person
 * @param {{x: [number, number], z: [number, number]}} bounds
 * @returns {Cover | null}
 */
export function nearestCover(boxes, from, threat, bounds) {
  /** @type {Cover | null} */
  let best = null;
  let shortest = Infinity;
  for (const box of boxes) {
    const top = box.center[1] + box.size[1] / 2;
    const at = behind(box, threat);
    if (top < LOWEST || !inside(at, bounds) || boxes.some((other) => within(other, at, 0.2))) continue;
    const path = pathTo(boxes, from, at);
    if (!path) continue;
    const long = lengthOf(from, path);
    if (long >= shortest) continue;
    shortest = long;
    best = { box, at, eyes: Math.min(STANDING_EYES, Math.max(LOWEST_EYES, top + PEEK)), path };
  }
  return best;
}

/**
 * The place behind a box, seen from the threat.
 * @param {CoverBox} box
 * @param {Point} threat
 * @returns {Point}
 */
function behind({ center, size }, threat) {
  const dx = center[0] - threat[0];
  const dz = center[2] - threat[1];
  // Which face looks away from the threat: the one whose plane the line from the threat leaves through.
  const outX = size[0] / 2 / Math.max(Math.abs(dx), 1e-6);
  const outZ = size[2] / 2 / Math.max(Math.abs(dz), 1e-6);
  const leave = 1 + Math.min(outX, outZ);
  const x = threat[0] + dx * leave;
  const z = threat[1] + dz * leave;
  return outX < outZ ? [x + Math.sign(dx) * STAND_OFF, z] : [x, z + Math.sign(dz) * STAND_OFF];
}

/**
 * Shortest way around the boxes: straight lines between their corners (Dijkstra over at most a few dozen
 * points).
 * @param {readonly CoverBox[]} boxes
 * @param {Point} from
 * @param {Point} to
 * @returns {Point[] | null} corners to walk to, the last is `to`
 */
export function pathTo(boxes, from, to) {
  /** @type {Point[]} */
  const points = [from, to];
  for (const { center, size } of boxes) {
    const hx = size[0] / 2 + CLEARANCE + 0.02;
    const hz = size[2] / 2 + CLEARANCE + 0.02;
    for (const [sx, sz] of [
      [-1, -1],
      [1, -1],
      [1, 1],
      [-1, 1],
    ]) {
      /** @type {Point} */
      const corner = [center[0] + sx * hx, center[2] + sz * hz];
      if (!boxes.some((box) => within(box, corner, CLEARANCE))) points.push(corner);
    }
  }
  return search(points, (a, b) =>
    boxes.every((box) => !crosses(box, a, b, a === from || b === to ? 0.24 : CLEARANCE)),
  );
}

/**
 * @param {Point[]} points first: start, second: goal
 * @param {(a: Point, b: Point) => boolean} free
 * @returns {Point[] | null}
 */
function search(points, free) {
  const best = points.map((_, i) => (i === 0 ? 0 : Infinity));
  const before = points.map(() => -1);
  const done = points.map(() => false);
  for (;;) {
    let at = -1;
    for (let i = 0; i < points.length; i++)
      if (!done[i] && best[i] < Infinity && (at < 0 || best[i] < best[at])) at = i;
    if (at < 0) return null;
    if (at === 1) break;
    done[at] = true;
    for (let i = 0; i < points.length; i++) {
      const long = best[at] + distance(points[at], points[i]);
      if (done[i] || long >= best[i] || !free(points[at], points[i])) continue;
      best[i] = long;
      before[i] = at;
    }
  }
  /** @type {Point[]} */
  const path = [];
  for (let i = 1; i > 0; i = before[i]) path.unshift(points[i]);
  return path;
}

/**
 * Whether a line comes nearer to a box than `margin`: slab test.
 * @param {CoverBox} box
 * @param {Point} a
 * @param {Point} b
 * @param {number} margin
 */
function crosses({ center, size }, a, b, margin) {
  let enter = 0;
  let leave = 1;
  for (const [axis, i] of [
    [0, 0],
    [1, 2],
  ]) {
    const low = center[i] - size[i] / 2 - margin;
    const high = center[i] + size[i] / 2 + margin;
    const d = b[axis] - a[axis];
    if (Math.abs(d) < 1e-9) {
      if (a[axis] <= low || a[axis] >= high) return false;
      continue;
    }
    const t0 = (low - a[axis]) / d;
    const t1 = (high - a[axis]) / d;
    enter = Math.max(enter, Math.min(t0, t1));
    leave = Math.min(leave, Math.max(t0, t1));
  }
  return enter < leave - 1e-9;
}

/** @param {CoverBox} box @param {Point} p @param {number} margin */
function within({ center, size }, p, margin) {
  return (
    Math.abs(p[0] - center[0]) < size[0] / 2 + margin && Math.abs(p[1] - center[2]) < size[2] / 2 + margin
  );
}

/** @param {Point} p @param {{x: [number, number], z: [number, number]}} bounds */
function inside(p, { x, z }) {
  return p[0] >= x[0] && p[0] <= x[1] && p[1] >= z[0] && p[1] <= z[1];
}

/** @param {Point} from @param {Point[]} path */
function lengthOf(from, path) {
  return path.reduce((sum, p, i) => sum + distance(i === 0 ? from : path[i - 1], p), 0);
}

/** @param {Point} a @param {Point} b */
function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}
