/**
 * Where the guide lines of a small plot and their labels go, so that no label lies on another and no line runs through
 * one. Pure: lengths come in as arguments, all in one unit.
 */

/** Room to the left of the first label, and between two that stand side by side. */
const INDENT = 6;
const BETWEEN = 10;
/** Free above and below the letters, and beside them where a line is interrupted. */
const AIR = 2;

/**
 * @typedef {object} Wanted
 * @property {number} y where the line is
 * @property {number} width of its label; 0: it has none
 * @property {boolean} below whether the label stands below the line
 *
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 * @typedef {object} Placed
 * @property {Box | null} label null: it has none, or there is no room for it
 * @property {[number, number][]} dashes from where to where the line is drawn
 */

/**
 * @param {readonly Wanted[]} wanted
 * @param {{left: number, right: number, height: number, scale: number}} plot `height` of a line of text; `scale`: how
 *   many of the unit make a CSS pixel
 * @returns {Placed[]} in the same order
 */
export function placeGuides(wanted, { left, right, height, scale }) {
  /** @type {(Box | null)[]} */
  const labels = [];
  for (const guide of wanted) labels.push(guide.width > 0 ? room(guide, labels) : null);
  return wanted.map(({ y }, i) => ({ label: labels[i], dashes: dashes(y, labels) }));

  /** The first place on its line that no label before it takes. @param {Wanted} guide @param {(Box | null)[]} taken */
  function room({ y, width, below }, taken) {
    const top = below ? y + AIR * scale : y - AIR * scale - height;
    const box = { left: left + INDENT * scale, top, right: 0, bottom: top + height };
    const beside = taken.flatMap((other) => (other && other.top < box.bottom && box.top < other.bottom ? [other] : []));
    for (const other of beside.sort((a, b) => a.left - b.left)) {
      if (other.left < box.left + width + BETWEEN * scale) box.left = Math.max(box.left, other.right + BETWEEN * scale);
    }
    box.right = box.left + width;
    return box.right > right ? null : box;
  }

  /** @param {number} y @param {(Box | null)[]} boxes @returns {[number, number][]} */
  function dashes(y, boxes) {
    const across = boxes.flatMap((box) => (box && box.top < y && y < box.bottom ? [box] : []));
    /** @type {[number, number][]} */
    const parts = [];
    let from = left;
    for (const box of across.sort((a, b) => a.left - b.left)) {
      parts.push([from, box.left - AIR * scale]);
      from = box.right + AIR * scale;
    }
    return [...parts, [from, right]];
  }
}
