/**
 * Reading a report: what cost most, what went well, what was not observed, and the words for it. Pure.
 */

import { clock, number, quantity, signed } from "../page/format.js";

/** @typedef {import("../page/types.js").Report} Report */
/** @typedef {import("../page/types.js").Component} Component */
/** @typedef {import("../page/types.js").Measure} Measure */
/** @typedef {import("../page/types.js").Evidence} Evidence */
/** @typedef {{evidence: Evidence, measure: Measure, component: Component, points: number}} Moment */

/** A measure at or above this is told as something that went well; a judgement, it moves no point. */
const WENT_WELL = 90;
/** More than this many moments are not taken in within the first minute. */
const MOMENTS = 3;

/** @type {Readonly<Record<Measure["basis"], {name: string, meaning: string}>>} */
export const BASIS = {
  E: { name: "Empirical", meaning: "the threshold comes from published measurements" },
  C: { name: "Curriculum", meaning: "the threshold comes from recognised training curricula" },
  D: { name: "Default", meaning: "no published threshold exists; this is our setting, which an agency can change" },
};

/** @type {Readonly<Record<Measure["status"], string>>} */
const STATUS = {
  ok: "Observed",
  insufficient: "Not observed: too little to judge",
  missing: "Not observed",
  invalid: "Not observed: the signal could not be trusted",
  not_applicable: "Does not apply to this scenario",
};

/**
 * What happened to a measure, in words.
 * @param {Measure} measure
 * @returns {string}
 */
export function statusWords(measure) {
  const words = STATUS[measure.status] ?? measure.status;
  return measure.reason ? `${words} (${measure.reason})` : words;
}

/**
 * A measure's value as people read it: "never" where what was expected was not done, a dash where nothing was observed.
 * @param {Measure} measure
 * @returns {string}
 */
export function valueWords({ value, unit, status }) {
  if (value === null) return status === "ok" ? "never" : "–";
  if (unit === "LU") return `${signed(value, 1)}\u00a0LU`;
  const fine = Math.abs(value) < 10 && unit !== "s";
  return quantity(value, unit, fine ? 2 : 0);
}

/**
 * Every line of evidence, with what it cost of the total grade, dearest first. Without a total (not graded) nothing has
 * a price, and nothing is listed.
 * @param {Report} report
 * @returns {Moment[]}
 */
export function moments(report) {
  const all = report.components.flatMap((component) =>
    component.measures.flatMap((measure) =>
      measure.evidence.map((evidence) => ({ evidence, measure, component, points: evidence.total_points ?? 0 })),
    ),
  );
  return all.filter((moment) => moment.points < 0).sort((a, b) => a.points - b.points);
}

/**
 * A component's share of the grade: weights are relative to the components that apply.
 * @param {Component} component
 * @param {Report} report
 * @returns {number}
 */
export function shareOf(component, { components }) {
  const applying = components.filter(({ status }) => status !== "not_applicable");
  return component.weight / sum(applying.map(({ weight }) => weight));
}

/**
 * The few moments a trainee should look at first.
 * @param {Report} report
 * @returns {Moment[]}
 */
export function dearest(report) {
  return moments(report).slice(0, MOMENTS);
}

/** Measures that went well; none of which a moment is shown first. @param {Report} report @returns {Measure[]} */
export function strengths(report) {
  const shown = new Set(dearest(report).map(({ measure }) => measure));
  return measuresOf(report).filter(
    (measure) => counts(measure) && (measure.score ?? 0) >= WENT_WELL && !shown.has(measure),
  );
}

/** Measures that could not be judged. @param {Report} report @returns {Measure[]} */
export function unobserved(report) {
  return measuresOf(report).filter((measure) => ["insufficient", "missing", "invalid"].includes(measure.status));
}

/**
 * The grade in one sentence.
 * @param {Report["grade"]} grade
 * @returns {string}
 */
export function gradeSentence(grade) {
  const between = `between ${number(grade.low, 0)} and ${number(grade.high, 0)}`;
  if (grade.total === null)
    return `Not graded: ${grade.reason ?? "too little was observed"}. What was observed is shown below.`;
  const exact = Math.round(grade.low) === Math.round(grade.high);
  const of = `${number(grade.total, 0)} of 100 points`;
  const brief = grade.precision === "low" ? " The session was short, so this says little." : "";
  return (exact ? `${of}.` : `${of}; what was measured and what is missing leave it ${between}.`) + brief;
}

/**
 * "02:14" or "02:14–02:31", since the scenario began.
 * @param {Evidence} evidence
 * @param {number} origin when the scenario began, seconds since the session opened
 * @returns {string}
 */
export function span(evidence, origin) {
  const [from, to] = [clock(evidence.t_start - origin), clock(evidence.t_end - origin)];
  return from === to ? from : `${from}–${to}`;
}

/** Does this measure carry part of the grade? @param {Measure} measure @returns {boolean} */
function counts(measure) {
  return measure.status === "ok" && measure.score !== null && measure.weight > 0;
}

/** @param {Report} report @returns {Measure[]} */
function measuresOf(report) {
  return report.components.flatMap((component) => component.measures);
}

/** @param {number[]} values @returns {number} */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
