/**
 * Components and their measures: value, threshold, where the threshold comes from, and every moment that cost points.
 */

import { element } from "../page/element.js";
import { number, quantity } from "../page/format.js";
import { BASIS, shareOf, span, statusWords, valueWords } from "./reading.js";
import { scale } from "./scale.js";

/** @typedef {import("../page/types.js").Component} Component */
/** @typedef {import("../page/types.js").Measure} Measure */
/** @typedef {import("./reading.js").Moment} Moment */
/** @typedef {import("./report.js").Reading} Reading */

/** More evidence than this is folded away. */
const SHOWN = 4;

/** What a component says instead of a score. */
const STANDING = /** @type {Record<string, string>} */ ({
  insufficient: "not enough observed",
  not_applicable: "does not apply",
  not_graded: "not graded",
});

/**
 * @param {Component} component
 * @param {import("../page/types.js").Report} report
 * @param {Moment[]} all every moment of the report that cost points of the total
 * @param {Reading} reading
 */
export function componentSection(component, report, all, reading) {
  const { title, status, score, low, high, measures } = component;
  const share = status === "not_applicable" ? "" : `${quantity(shareOf(component, report), "share")} of the grade`;
  return element(
    "section",
    { class: "component" },
    element(
      "header",
      {},
      element("h3", {}, title),
      element("span", { class: "dim" }, share),
      element("output", { class: "score" }, score === null ? (STANDING[status] ?? "") : `${number(score, 0)} / 100`),
      low === null ? null : scale(score, low, high, title),
    ),
    ...measures.map((measure) => measureSection(measure, component, all, reading)),
  );
}

/** @param {Measure} measure @param {Component} component @param {Moment[]} all @param {Reading} reading */
function measureSection(measure, component, all, reading) {
  const counted = measure.status === "ok";
  return element(
    "section",
    { class: "measure", "data-status": measure.status },
    element(
      "header",
      {},
      element("h4", {}, measure.title),
      element("output", { class: "value" }, counted ? valueWords(measure) : "not observed"),
      counted
        ? element("span", { class: "score" }, measure.score === null ? "" : `${number(measure.score, 0)} / 100`)
        : null,
      counted ? scale(measure.score, measure.low, measure.high, measure.title) : null,
    ),
    counted ? noteLine(measure) : element("p", { class: "reason" }, statusWords(measure)),
    element("p", { class: "threshold" }, measure.threshold),
    basisLine(measure),
    evidenceList(evidenceOf(measure, component, all), reading),
  );
}

/** What an observed value rests on, where that is not evident. @param {Measure} measure */
function noteLine({ value, reason }) {
  return value === null || reason === null ? null : element("p", { class: "reason" }, reason);
}

/** @param {Measure} measure */
function basisLine({ basis, source, coverage, status }) {
  const known = BASIS[basis];
  const seen = status === "ok" && coverage < 0.995 ? ` Observed ${quantity(coverage, "share")} of the time.` : "";
  return element(
    "p",
    { class: "basis" },
    element("abbr", { title: known?.meaning ?? "" }, known?.name ?? basis),
    ` – ${known?.meaning ?? ""}. ${source}.${seen}`,
  );
}

/**
 * The measure's moments in order of time; those that cost nothing of the total (no grade) with their own points.
 * @param {Measure} measure
 * @param {Component} component
 * @param {Moment[]} all
 * @returns {Moment[]}
 */
function evidenceOf(measure, component, all) {
  const priced = all.filter((moment) => moment.measure === measure);
  const found = priced.length
    ? priced
    : measure.evidence.map((evidence) => ({ evidence, measure, component, points: 0 }));
  return found.toSorted((a, b) => a.evidence.t_start - b.evidence.t_start);
}

/** @param {Moment[]} found @param {Reading} reading */
function evidenceList(found, reading) {
  if (found.length === 0) return null;
  // What to do instead is said once for lines of one kind that follow each other.
  const again = found.map((moment, i) => moment.evidence.alternative === found[i - 1]?.evidence.alternative);
  const lines = found.map((moment, i) => element("li", {}, momentButton(moment, reading, again[i])));
  const [first, rest] = [lines.slice(0, SHOWN), lines.slice(SHOWN)];
  return element(
    "div",
    { class: "evidence" },
    element("ol", {}, ...first),
    rest.length
      ? element("details", {}, element("summary", {}, `${rest.length} more`), element("ol", {}, ...rest))
      : null,
  );
}

/**
 * One line of evidence. Pressing it opens the scene at that moment.
 * @param {Moment} moment
 * @param {Reading} reading
 * @param {boolean} [brief] without what to do instead
 */
export function momentButton(moment, { origin, onMoment }, brief = false) {
  const { evidence, points } = moment;
  const open = (/** @type {Event} */ event) => {
    document.querySelector(".moment[aria-current]")?.removeAttribute("aria-current");
    /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-current", "true");
    onMoment(moment);
  };
  return element(
    "button",
    { class: "moment", onclick: open, title: "See this moment" },
    element("time", {}, span(evidence, origin)),
    element("span", { class: "moment-text" }, evidence.text),
    points < 0 ? element("span", { class: "points" }, `${number(points, 1)} points`) : null,
    evidence.steered
      ? element("span", { class: "steered" }, "The instructor had a hand in what happened here.")
      : null,
    evidence.alternative && !brief
      ? element("span", { class: "alternative" }, `Another way: ${evidence.alternative}`)
      : null,
  );
}
