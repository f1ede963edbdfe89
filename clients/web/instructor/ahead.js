/**
 * What could happen next, and which of it is chosen. Pure.
 *
 * A rule with several targets is several branches: each can be taken by itself, all are held back together. The choice
 * stays with its branch while others come and go, and is let go of with it.
 */

/** @typedef {import("../wire/messages.js").Way} Way */
/** @typedef {{region: string, way: Way, node: string, weight: number}} Branch */

export class Ahead {
  constructor() {
    /** In the order in which they are shown and tried. @type {readonly Branch[]} */
    this.branches = [];
    /** @type {string | null} */
    this.key = null;
  }

  /** @param {Record<string, Way[]>} regions */
  take(regions) {
    this.branches = Object.entries(regions).flatMap(([region, ways]) =>
      ways.flatMap((way) => way.to.map(({ node, weight }) => ({ region, way, node, weight }))),
    );
    if (this.chosen === null) this.key = null;
  }

  /** @returns {Branch | null} */
  get chosen() {
    return this.branches.find((branch) => keyOf(branch) === this.key) ?? null;
  }

  /** Choose the next one or the one before; from nothing, the first or the last. @param {1 | -1} by */
  move(by) {
    const count = this.branches.length;
    if (count === 0) return;
    const at = this.branches.findIndex((branch) => keyOf(branch) === this.key);
    const to = at < 0 ? (by > 0 ? 0 : count - 1) : (at + by + count) % count;
    this.key = keyOf(this.branches[to]);
  }

  /** @param {Branch | null} branch */
  choose(branch) {
    this.key = branch && keyOf(branch);
  }

  /**
   * Whether a region's branches are worth their lines: somebody has chosen one, or one would be taken now or is held.
   * @param {string} region
   */
  matters(region) {
    const own = this.branches.filter((branch) => branch.region === region);
    return own.some((branch) => keyOf(branch) === this.key || ["now", "held"].includes(standing(branch.way)));
  }

  /** Choose the first of a region's branches; if one of them is chosen, none. @param {string} region */
  open(region) {
    const own = this.branches.filter((branch) => branch.region === region);
    this.choose(own.includes(/** @type {Branch} */ (this.chosen)) ? null : (own[0] ?? null));
  }
}

/** @param {Branch} branch */
export function keyOf({ way, node }) {
  return `${way.rule} ${node}`;
}

/**
 * Whether a branch would be taken now, as the console marks it: held back; now; not yet; or not known, because a signal
 * it asks for is lost.
 * @param {Way} way
 * @returns {"held" | "now" | "waits" | "open"}
 */
export function standing({ held, holds }) {
  if (held) return "held";
  return holds === null ? "open" : holds ? "now" : "waits";
}

/**
 * A branch's condition as the console shows it: its name, if its author gave one, and the condition in words.
 * @param {Branch} branch
 */
export function conditionWords({ way, weight }) {
  const named = way.label === `to ${way.to.map(({ node }) => node).join(" or ")}` ? "" : `${way.label}: `;
  const share = weight < 1 ? `${Math.round(weight * 100)}\u00a0% of ` : "";
  return `${share}${named}${way.when.replaceAll(">=", "≥").replaceAll("<=", "≤")}`;
}
