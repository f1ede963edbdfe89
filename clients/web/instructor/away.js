/** Whether the trainee still sees the scene: a headset that was taken off, a page that is hidden, and since when. Pure. */

import { duration } from "../page/format.js";

/**
 * @typedef {import("../wire/messages.js").HeadsetState} HeadsetState
 * @typedef {"off" | "hidden" | "menu"} Kind
 *
 * `since`: seconds since the session opened at which this page first heard of it. Not before the console was opened.
 * @typedef {{kind: Kind, since: number}} Away
 */

/** @param {HeadsetState | null | undefined} state @returns {Kind | null} */
function kindOf(state) {
  if (!state) return null;
  if (state.worn === 0) return "off";
  if (state.visible === 0) return "hidden";
  return state.visible < 1 ? "menu" : null;
}

/**
 * @param {Away | null} before
 * @param {HeadsetState | null | undefined} state the newest, at `t`
 * @param {number} t
 * @returns {Away | null}
 */
export function awayAfter(before, state, t) {
  const kind = kindOf(state);
  if (kind === null) return null;
  return kind === before?.kind ? before : { kind, since: t };
}

const WORDS = /** @type {Readonly<Record<Kind, string>>} */ ({
  off: "Headset taken off",
  hidden: "Trainee’s page hidden",
  menu: "Headset’s own menu open",
});

/** @param {Away} away @param {number} t now @returns {string} "Headset taken off 12 s ago" */
export function awayWords({ kind, since }, t) {
  const ago = duration(t - since);
  return kind === "off" ? `${WORDS[kind]} ${ago} ago` : `${WORDS[kind]} for ${ago}`;
}
