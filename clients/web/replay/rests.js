/**
 * What the record rests on, in words for a trainee: which streams came whole, what is missing of the others and why.
 * Pure.
 */

import { capital, clock, duration, number, quantity, words } from "../page/format.js";

/**
 * @typedef {import("../page/types.js").Quality} Quality
 * @typedef {import("../page/types.js").StreamQuality} StreamQuality
 * @typedef {import("../page/types.js").Gap} Gap
 */

/** What a station records, as its trainee would call it. */
const NAMES = /** @type {Readonly<Record<string, string>>} */ ({
  head_pose: "your movement",
  voice: "your voice",
  "hand_pose:left": "your left hand",
  "hand_pose:right": "your right hand",
  headset_state: "your display",
  threat_state: "threat",
});
/** What the server records of each person or state. @type {Readonly<Record<string, (label: string) => string>>} */
const LABELLED = {
  actor_pose: (label) => `movement of ${capital(words(label))}`,
  proximity: (label) => `distance to ${capital(words(label))}`,
  person_state: words,
  sensor: words,
};

const CAUSES = /** @type {Readonly<Record<string, string>>} */ ({
  lost: "rows were lost, and nobody knows why",
  silent: "nothing came",
  asleep: "the device slept",
  pruned: "removed on purpose since",
});
const REASONS = /** @type {Readonly<Record<string, string>>} */ ({
  buffer_full: "given up: the connection was away for longer than the station can keep rows",
  not_measured: "not measured",
});

/** Longer than this, a share that rounds to all would hide something. */
const WHOLE = 0.995;

/** @param {StreamQuality} stream @returns {string} */
export function nameOf({ stream, label }) {
  const known = NAMES[label ? `${stream}:${label}` : stream];
  if (known) return known;
  const name = words(stream);
  return LABELLED[stream]?.(label) ?? (label ? `${name} (${words(label)})` : name);
}

/** The station's own streams before the server's, as the reader looks for them. @param {Quality} quality @returns {StreamQuality[]} */
export function inOrder({ streams }) {
  return streams.toSorted((a, b) => Number(a.station === "server") - Number(b.station === "server"));
}

/** Streams that are not as they should be, the worst first. @param {Quality} quality @returns {StreamQuality[]} */
export function troubled({ streams }) {
  const rank = (/** @type {StreamQuality} */ { verdict }) => ["poor", "limited"].indexOf(verdict);
  return streams.filter((stream) => rank(stream) >= 0).sort((a, b) => rank(a) - rank(b));
}

/**
 * The whole in a sentence or two; all there is to say when everything is fine.
 * @param {Quality} quality
 * @returns {string}
 */
export function restsSentence(quality) {
  const { streams } = quality;
  const bad = troubled(quality);
  const own = streams.filter(({ station, verdict }) => station !== "server" && verdict !== "none");
  if (own.length === 0) return "Nothing of what your station measures was recorded.";
  const none = streams.filter(({ verdict }) => verdict === "none").map(nameOf);
  const absent = none.length > 0 ? ` Not recorded: ${listed(none)}.` : "";
  if (bad.length === 0 && quality.damage.bytes === 0)
    return `The record is sound: ${listed(own.map(nameOf))}, without a gap that matters${exactness(own)}.${absent}`;
  const good = own.filter(({ verdict }) => verdict === "good").map(nameOf);
  const sound = good.length > 0 ? ` Sound: ${listed(good)}.` : "";
  return `Parts of the record are missing or weak; what was not observed makes the grade’s interval wider.${sound}${absent}`;
}

/** @param {StreamQuality[]} streams */
function exactness(streams) {
  const bounds = streams.flatMap(({ clock_ms: clock }) => (clock?.p95 == null ? [] : [clock.p95]));
  return bounds.length > 0 ? `, every moment right to ${milliseconds(Math.max(...bounds))}` : "";
}

/** @param {number} ms */
function milliseconds(ms) {
  return quantity(Math.max(1, Math.ceil(ms)), "ms", 0);
}

/**
 * A gap: when, and why.
 * @param {Gap} gap
 * @param {number} origin when the scenario began, seconds since the session opened
 * @returns {{time: string, text: string}}
 */
export function gapWords({ t_start: from, t_end: to, missing, cause, reason }, origin) {
  const why = (cause === "declared" && REASONS[reason]) || (CAUSES[cause] ?? words(cause));
  const rows = missing > 0 ? `, ${whole(missing)} rows` : "";
  return {
    time: `${clock(from - origin)}–${clock(to - origin)}`,
    text: `${capital(why)} (${duration(to - from)}${rows})`,
  };
}

/** Of a headset's or display's state: how much of the time it was worn and could be seen, where that was not all. @param {StreamQuality} stream */
export function presenceWords({ worn, visible }) {
  const facts = [
    worn === null || worn === 1 ? "" : `the headset was worn ${share(worn)} of the time`,
    visible === null || visible === 1 ? "" : `the scene was visible ${share(visible)} of the time`,
  ].filter(Boolean);
  return facts.length > 0 ? capital(`${facts.join(", ")}.`) : "";
}

/** @param {number} value */
function share(value) {
  if (value === 1) return "all";
  return value >= WHOLE ? quantity(value * 100, "%", 1) : quantity(value, "share");
}

/** What the server's own journal lost. @param {Quality["damage"]} damage @returns {string} */
export function damageWords({ bytes, unplaced_bytes: unplaced }) {
  const facts = [
    bytes > 0 ? `${whole(bytes)} bytes of this session` : "",
    unplaced > 0 ? `${whole(unplaced)} bytes of which nobody knows the session` : "",
  ].filter(Boolean);
  return facts.length > 0 ? `The server’s journal was damaged: it lost ${facts.join(", and ")}.` : "";
}

/** With a comma between thousands, as the page is in English. @param {number} count */
function whole(count) {
  return count.toLocaleString("en");
}

/** "a", "a and b", "a, b and c" @param {readonly string[]} names */
function listed(names) {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** The columns of the table for those who want to know. */
export const COLUMNS = /** @type {const} */ ([
  ["Standing", "good, limited, poor; none: there is nothing"],
  ["Rows per second", "while it was observed, of the nominal rate"],
  ["Observed", "share of the running time"],
  ["Gaps", "how many, and how long they are together"],
  ["Rows lost", "without a word, and given up by the station"],
  ["Times right to", "95 % of them; the worst"],
  ["Arrived after", "95 % of the rows"],
  ["Also", ""],
]);

/** @param {StreamQuality} stream @returns {string[]} one cell for each of COLUMNS */
export function cells(stream) {
  const { verdict, rows, rate_hz: rate, nominal_hz: nominal, coverage, gaps, missing, declared } = stream;
  if (rows === 0) return [verdict, "–", "–", "–", lost(missing, declared), "–", "–", ""];
  return [
    verdict,
    rate === null ? "–" : `${number(rate, rate < 10 ? 1 : 0)} of ${number(nominal, 0)}`,
    coverage >= WHOLE && coverage < 1 ? quantity(coverage * 100, "%", 1) : quantity(coverage, "share"),
    gaps.count === 0 ? "none" : `${gaps.count}: ${quantity(gaps.seconds, "s", 1)}`,
    lost(missing, declared),
    bound(stream.clock_ms),
    stream.lag_ms?.p95 == null ? "–" : milliseconds(stream.lag_ms.p95),
    also(stream).join(", "),
  ];
}

/** @param {number} missing @param {number} declared */
function lost(missing, declared) {
  if (missing + declared === 0) return "none";
  const facts = [missing > 0 ? whole(missing) : "", declared > 0 ? `${whole(declared)} given up` : ""];
  return facts.filter(Boolean).join(", ");
}

/** @param {StreamQuality["clock_ms"]} clockMs */
function bound(clockMs) {
  if (clockMs === null) return "exactly";
  if (clockMs.p95 === null) return "not known";
  return `±${milliseconds(clockMs.p95)}${clockMs.worst === null ? "" : `; ±${milliseconds(clockMs.worst)}`}`;
}

/** @param {StreamQuality} stream */
function also({ epochs, clipped, worn, visible, implausible }) {
  return [
    clipped === null ? "" : `clipped ${quantity(clipped * 100, "%", 2)}`,
    worn === null ? "" : `worn ${share(worn)}`,
    visible === null ? "" : `visible ${share(visible)}`,
    implausible > 0 ? `${implausible} implausible` : "",
    epochs > 1 ? `${epochs} clock epochs` : "",
  ].filter(Boolean);
}
