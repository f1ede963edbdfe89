/** Components and their measures: value, threshold, where the threshold comes from, and every moment that cost points. */

import { element } from "../page/element.js";
import { number, quantity } from "../page/format.js";
import { BASIS, span, statusWords, valueWords } from "./reading.js";
import { scale } from "./scale.js";

/** @typedef {import("../page/types.js").Component} Component */
/** @typedef {import("../page/types.js").Measure} Measure */
/** @typedef {import("./reading.js").Moment} Moment */
/** @typedef {import("./report.js").Reading} Reading */

/** More evidence than this is folded away. */
const SHOWN = 4;

/**
 * @param {Component} component
 * @param {Moment[]} all every moment of the report that cost points of the total
 * @param {Reading} reading
 */
export function componentSection(component, all, reading) {
  const { title, weight, score, low, high, measures } = component;
  return element("section", { class: "component" },
    element("header", {},
      element("h3", {}, title), element("span", { class: "dim" }, `${shareWords(weight)} of the grade`),
      element("output", { class: "score" }, score === null ? "not observed" : `${number(score, 0)} / 100`), scale(score, low, high, title)),
    ...measures.map((measure) => measureSection(measure, component, all, reading)));
}

/** @param {Measure} measure @param {Component} component @param {Moment[]} all @param {Reading} reading */
function measureSection(measure, component, all, reading) {
  const counted = measure.status === "ok";
  return element("section", { class: "measure", "data-status": measure.status },
    element("header", {}, element("h4", {}, measure.title), element("output", { class: "value" }, counted ? valueWords(measure) : "not observed"),
      counted ? element("span", { class: "score" }, measure.score === null ? "" : `${number(measure.score, 0)} / 100`) : null,
      counted ? scale(measure.score, measure.low, measure.high, measure.title) : null),
    counted ? null : element("p", { class: "reason" }, statusWords(measure)),
    element("p", { class: "threshold" }, measure.threshold),
    basisLine(measure),
    evidenceList(evidenceOf(measure, component, all), reading));
}

/** @param {Measure} measure */
function basisLine({ basis, source, coverage, status }) {
  const known = BASIS[basis];
  const seen = status === "ok" && coverage !== null && coverage < 0.995 ? ` Observed ${quantity(coverage, "share")} of the time.` : "";
  return element("p", { class: "basis" },
    element("abbr", { title: known?.meaning ?? "" }, known?.name ?? basis), ` – ${known?.meaning ?? ""}. ${source}.${seen}`);
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
  const found = priced.length ? priced : measure.evidence.map((evidence) => ({ evidence, measure, component, points: 0 }));
  return found.toSorted((a, b) => a.evidence.t_start - b.evidence.t_start);
}

/** @param {Moment[]} found @param {Reading} reading */
function evidenceList(found, reading) {
  if (found.length === 0) return null;
  const lines = found.map((moment) => element("li", {}, momentButton(moment, reading)));
  const [first, rest] = [lines.slice(0, SHOWN), lines.slice(SHOWN)];
  return element("div", { class: "evidence" }, element("ol", {}, ...first),
    rest.length ? element("details", {}, element("summary", {}, `${rest.length} more`), element("ol", {}, ...rest)) : null);
}

/**
 * One line of evidence. Pressing it opens the scene at that moment.
 * @param {Moment} moment
 * @param {Reading} reading
 */
export function momentButton(moment, { origin, onMoment }) {
  const { evidence, points } = moment;
  const open = (/** @type {Event} */ event) => {
    document.querySelector(".moment[aria-current]")?.removeAttribute("aria-current");
    /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-current", "true");
    onMoment(moment);
  };
  return element("button", { class: "moment", onclick: open, title: "See this moment" },
    element("time", {}, span(evidence, origin)), element("span", { class: "moment-text" }, evidence.text),
    points < 0 ? element("span", { class: "points" }, `${number(points, 1)} points`) : null,
    evidence.alternative ? element("span", { class: "alternative" }, `Another way: ${evidence.alternative}`) : null);
}

/** @param {number} weight as a share, or as per cent */
function shareWords(weight) {
  return quantity(weight > 1 ? weight / 100 : weight, "share");
}
