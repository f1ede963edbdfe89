/**
 * The report to read: first what a minute allows (the grade, the moments that cost most, what went well), then every
 * measure with its value, threshold and source, then how sure all this is.
 */

import { element } from "../page/element.js";
import { capital, clock, duration, number, words } from "../page/format.js";
import { aboutSections } from "./about.js";
import { componentSection, momentButton } from "./measures.js";
import { dearest, gradeSentence, moments, strengths, unobserved, valueWords } from "./reading.js";
import { scale } from "./scale.js";

/** @typedef {import("../page/types.js").Report} Report */
/** @typedef {import("./reading.js").Moment} Moment */
/** `origin`: when the scenario began; `outcome`: how it ended in its author's words, where they are known. */
/** @typedef {{origin: number, outcome: string | null, onMoment: (moment: Moment) => void, onJson: () => void}} Reading */

/**
 * @param {Report} report
 * @param {Reading} reading
 */
export function createReport(report, reading) {
  const all = moments(report);
  const root = element(
    "article",
    { class: "reading" },
    header(report, reading),
    gradeSection(report),
    momentsSection(report, reading),
    wellSection(report),
    openSection(report),
    element(
      "section",
      { class: "components" },
      element("h2", {}, "Every measure"),
      ...report.components.map((component) => componentSection(component, report, all, reading)),
    ),
    ...aboutSections(report, reading),
  );
  return { root };
}

/** @param {Report} report @param {Reading} reading */
function header({ session }, reading) {
  const started = new Date(session.started_at).toLocaleString(undefined, { dateStyle: "long", timeStyle: "short" });
  const since = session.from_ms > 0 ? ` from ${clock(session.from_ms / 1000)} on, ${session.began}` : "";
  const attempt = session.attempts > 1 ? `attempt ${session.attempt} of ${session.attempts}${since}` : "";
  const facts = [started, duration(session.duration_s), attempt].filter(Boolean).join(" · ");
  const outcome = session.outcome ? (reading.outcome ?? capital(words(session.outcome))) : "Ended before an outcome";
  return element(
    "header",
    { class: "report-head" },
    element("p", { class: "label" }, "Talkdown report"),
    element("h1", {}, session.title),
    element("p", { class: "dim" }, facts),
    element("p", { class: "outcome" }, element("span", { class: "label" }, "How it ended "), outcome),
  );
}

/** @param {Report} report */
function gradeSection({ grade, statement }) {
  const { total } = grade;
  return element(
    "section",
    { class: "grade" },
    element(
      "div",
      { class: "grade-figure" },
      element("output", {}, total === null ? "–" : number(total, 0)),
      element("span", { class: "dim" }, total === null ? "" : "of 100"),
    ),
    element(
      "div",
      { class: "grade-scale" },
      total === null ? null : scale(total, grade.low, grade.high, "Grade"),
      element("p", {}, gradeSentence(grade)),
    ),
    element("p", { class: "statement" }, statement),
  );
}

/** @param {Report} report @param {Reading} reading */
function momentsSection(report, reading) {
  const found = dearest(report);
  if (found.length === 0) return null;
  const list = found.map((moment) => element("li", {}, momentButton(moment, reading)));
  return element(
    "section",
    { class: "first" },
    element("h2", {}, "Look at these moments first"),
    element("p", { class: "dim" }, "Choose one to see it. The points are what it cost of the grade’s 100."),
    element("ol", {}, ...list),
  );
}

/** @param {Report} report */
function wellSection(report) {
  const well = strengths(report);
  if (well.length === 0) return null;
  return element(
    "section",
    { class: "well" },
    element("h2", {}, "What went well"),
    element(
      "ul",
      {},
      ...well.map((measure) => element("li", {}, element("b", {}, measure.title), ` ${valueWords(measure)}`)),
    ),
  );
}

/** @param {Report} report */
function openSection(report) {
  const open = unobserved(report);
  if (open.length === 0) return null;
  return element(
    "section",
    { class: "open" },
    element("h2", {}, "Not observed"),
    element(
      "ul",
      {},
      ...open.map((measure) =>
        element("li", {}, element("b", {}, measure.title), measure.reason ? `: ${measure.reason}` : ""),
      ),
    ),
    element(
      "p",
      { class: "dim" },
      "What was not observed is never counted as zero; it widens the interval of the grade.",
    ),
  );
}
