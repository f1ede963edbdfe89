/** A score between 0 and 100 as a bar: a mark for the score, a lighter stretch for all it could be. No verdict. */

import { element } from "../page/element.js";
import { number } from "../page/format.js";

/**
 * @param {number | null} score null: not observed, the stretch alone is shown
 * @param {number | null} low
 * @param {number | null} high
 * @param {string} name what is scored, for those who cannot see the bar
 */
export function scale(score, low, high, name) {
  const stretch = element("span", { class: "scale-stretch", hidden: low === null || high === null });
  stretch.style.left = `${low ?? 0}%`;
  stretch.style.width = `${Math.max(0, (high ?? 0) - (low ?? 0))}%`;
  const point = element("span", { class: "scale-point", hidden: score === null });
  point.style.left = `${score ?? 0}%`;
  return element(
    "div",
    { class: "scale", role: "img", "aria-label": `${name}: ${spoken(score, low, high)}` },
    stretch,
    point,
  );
}

/** @param {number | null} score @param {number | null} low @param {number | null} high */
function spoken(score, low, high) {
  const between = low === null || high === null ? "" : `between ${number(low, 0)} and ${number(high, 0)}`;
  return score === null ? `not observed, ${between || "no score"}` : `${number(score, 0)} of 100, ${between}`;
}
