/**
 * How sure the report is and where it comes from: influences, data quality, versions, the JSON, how to contest a
 * line.
 */

import { element } from "../page/element.js";
import { capital, clock, words } from "../page/format.js";
import { qualitySection } from "./quality.js";

/** @typedef {import("../page/types.js").Report} Report */
/** @typedef {import("./report.js").Reading} Reading */

/** More of an instructor's acts than this are folded away. */
const SHOWN = 6;

/** @param {Report} report @param {Reading} reading @returns {HTMLElement[]} */
export function aboutSections(report, { origin, onJson }) {
  return [
    influenced(report, origin),
    qualitySection(report.quality, origin),
    element(
      "section",
      { class: "about" },
      element("h2", {}, "About this report"),
      element(
        "p",
        {},
        "Every line can be contested. Note its time, look at the moment together, and tell your instructor; the record stays as it is.",
      ),
      element("dl", {}, ...provenance(report)),
      element(
        "p",
        { class: "actions" },
        element("button", { onclick: onJson }, "Download as JSON"),
        element("button", { onclick: () => print() }, "Print"),
      ),
      element(
        "p",
        { class: "dim small" },
        "The same JSON is at ",
        element("code", {}, `/api/sessions/${report.session.id}/report`),
        " for programs that send the key as a bearer token.",
      ),
    ),
  ].filter((section) => section !== null);
}

/** @param {Report} report @param {number} origin */
function influenced({ influenced: list }, origin) {
  if (list.length === 0) return null;
  const rows = list
    .toSorted((a, b) => a.t - b.t)
    .map(({ t, until, by, what, steers }) => {
      const [from, to] = [clock(t - origin), clock(until - origin)];
      const time = element("time", {}, steers && to !== from ? `${from}–${to}` : from);
      return element("li", {}, time, ` ${capital(words(what))}, by ${words(by)}`);
    });
  const [first, rest] = [rows.slice(0, SHOWN), rows.slice(SHOWN)];
  return element(
    "section",
    { class: "influenced" },
    element("h2", {}, "What the instructor did"),
    element(
      "p",
      { class: "dim" },
      "Where a stretch of time stands, it made the session easier or harder; what happened then is to be read with that in mind.",
    ),
    element("ul", {}, ...first),
    rest.length
      ? element("details", {}, element("summary", {}, `${rest.length} more`), element("ul", {}, ...rest))
      : null,
  );
}

/** @param {Report} report @returns {HTMLElement[]} */
function provenance({ session, profile, software }) {
  const facts = {
    Profile: `${profile.name} ${profile.version} (${profile.sha256.slice(0, 12)})`,
    Scenario: session.scenario,
    Software: `Talkdown ${software}`,
    Session: session.id,
  };
  return Object.entries(facts).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]);
}
