import assert from "node:assert/strict";
import { test } from "node:test";
import {
  dearest,
  gradeSentence,
  moments,
  shareOf,
  span,
  statusWords,
  strengths,
  unobserved,
  valueWords,
} from "./reading.js";

/** @param {Record<string, unknown>} more */
const measure = (more) =>
  /** @type {any} */ ({
    id: "m",
    title: "M",
    value: 1,
    unit: "m",
    status: "ok",
    reason: null,
    score: 100,
    weight: 1,
    coverage: 1,
    n: 10,
    low: 100,
    high: 100,
    threshold: "",
    basis: "D",
    source: "",
    evidence: [],
    ...more,
  });
/** @param {number} points @param {number} t @param {number | null} total */
const lost = (points, t, total = null) => ({
  t_start: t,
  t_end: t + 2,
  kind: "k",
  observed: 1,
  expected: 2,
  unit: "m",
  points,
  total_points: total,
  text: "",
  alternative: "",
  stream: "",
});
const report = /** @type {any} */ ({
  grade: { status: "graded", total: 79, low: 70, high: 85, reason: null, precision: "approximate" },
  components: [
    {
      id: "a",
      title: "A",
      weight: 30,
      status: "ok",
      score: 80,
      measures: [
        measure({ id: "near", weight: 0.25, score: 60, evidence: [lost(-30, 10, -11.25), lost(-10, 20, -3.75)] }),
        measure({ id: "fine", weight: 0.25 }),
        measure({ id: "gone", weight: 0.5, status: "missing", score: null, value: null, reason: "no microphone" }),
      ],
    },
    {
      id: "b",
      title: "B",
      weight: 10,
      status: "ok",
      score: 76,
      measures: [measure({ id: "late", score: 76, evidence: [lost(-24, 5, -6)] })],
    },
    {
      id: "c",
      title: "C",
      weight: 60,
      status: "insufficient",
      score: null,
      measures: [measure({ id: "no", weight: 1, evidence: [lost(-50, 1)] })],
    },
    { id: "d", title: "D", weight: 50, status: "not_applicable", score: null, measures: [] },
  ],
});

test("what was lost adds up to the grade exactly", () => {
  const total = moments(report).reduce((all, { points }) => all + points, 0);
  assert.ok(Math.abs(total - (79 - 100)) < 1e-9, String(total));
});

test("the dearest moments come first, and what did not count does not come at all", () => {
  assert.deepEqual(
    dearest(report).map(({ measure }) => measure.id),
    ["near", "late", "near"],
  );
  assert.ok(moments(report).every(({ component }) => component.id !== "c"));
});

test("what does not apply has no share of the grade", () => {
  assert.equal(shareOf(report.components[0], report), 0.3);
});

test("no measure is praised that also stands among the dearest moments", () => {
  const priced = structuredClone(report);
  Object.assign(priced.components[1].measures[0], { score: 95 });
  assert.deepEqual(
    strengths(priced).map(({ id }) => id),
    ["fine", "no"],
  );
});

test("strengths and the unobserved are told apart", () => {
  assert.deepEqual(
    strengths(report).map(({ id }) => id),
    ["fine", "no"],
  );
  assert.deepEqual(
    unobserved(report).map(({ id }) => id),
    ["gone"],
  );
  assert.equal(statusWords(unobserved(report)[0]), "Not observed (no microphone)");
});

test("a grade is told with what leaves it open, without a verdict", () => {
  assert.equal(
    gradeSentence(report.grade),
    "79 of 100 points; what was measured and what is missing leave it between 70 and 85.",
  );
  const none = {
    status: "not_graded",
    total: null,
    low: 0,
    high: 100,
    reason: "the trainee stopped",
    precision: "low",
  };
  assert.match(gradeSentence(none), /^Not graded: the trainee stopped/);
  assert.doesNotMatch(gradeSentence(report.grade), /pass|fail/i);
});

test("values are short", () => {
  assert.equal(valueWords(measure({ value: 76, unit: "s" })), "76\u00a0s");
  assert.equal(valueWords(measure({ value: 1.5, unit: "LU" })), "+1.5\u00a0LU");
  assert.equal(valueWords(measure({ value: 0.862, unit: "share" })), "86\u00a0%");
  assert.equal(valueWords(measure({ value: 0.25, unit: "/min" })), "0.25 per\u00a0min");
  assert.equal(valueWords(measure({ value: null })), "never");
  assert.equal(valueWords(measure({ value: null, status: "missing" })), "–");
  assert.equal(span(/** @type {any} */ (lost(-1, 144)), 10), "02:14–02:16");
});
