/**
 * Journalled events in plain words, for the console's log and the report's timeline. Pure.
 *
 * Each event becomes one sentence, a lane (who it is about) and, where there is more to know, details: for a branch the
 * rule that fired, the values it saw and what else was possible. Events that happen very often, that only matter to the
 * record or that another event tells better (`begin` by the phase it leads to) are `routine`.
 */

import { capital, clock, number, signed, words } from "./format.js";
import { personOf } from "./person.js";

/** @typedef {import("./types.js").JournalEvent} JournalEvent */
/** @typedef {import("./types.js").Scenario} Scenario */

/** Who a line is about: the trainee, the person and the scene, the instructor, or the session itself. */
/** @typedef {"trainee" | "person" | "instructor" | "session"} Lane */
/** @typedef {{lane: Lane, text: string, details: string[], routine: boolean}} Sentence */
/** @typedef {{text: string, details?: string[], lane?: Lane, routine?: boolean}} Draft */

/** A note that belongs to an earlier flag begins with that flag's sequence number. */
const NOTE_OF = /^@(\d+) (.*)$/s;

/** What each phase means to somebody who did not design it. */
const PHASES = /** @type {Record<string, string>} */ ({
  lobby: "Waiting for the trainee",
  briefing: "Briefing",
  running: "The scenario runs",
  frozen: "Frozen",
  debrief: "The scenario is over",
  closed: "Session closed",
});

/** Why a phase was entered, where it does not go without saying. */
const PHASE_REASONS = /** @type {Record<string, string>} */ ({
  stop: "the trainee used the stop key",
  end: "ended by the instructor",
  limit: "time was up",
});

/** @type {Readonly<Record<string, Lane>>} */
const LANES = {
  consent: "trainee",
  calibrated: "trainee",
  choice: "trainee",
  act: "trainee",
  radio: "trainee",
  said: "trainee",
  presented: "trainee",
  mark: "instructor",
  inject: "instructor",
  flag: "instructor",
  goto: "instructor",
  nudge: "instructor",
  hold: "instructor",
  rewind: "instructor",
  reload: "instructor",
  branch: "person",
  say: "person",
  emit: "person",
  state_cause: "person",
  moved: "person",
  outcome: "person",
  radio_status: "person",
};

/** Shown only when everything is asked for. */
const ROUTINE = new Set([
  "signals",
  "track_opened",
  "presented",
  "offered",
  "moved",
  "emit",
  "state_cause",
  "mark",
  "begin",
  "freeze",
  "resume",
  "end",
  "stop",
  "rewind",
  "signal_back",
]);

/** @type {Readonly<Record<string, (data: Record<string, unknown>, names: Names) => Draft>>} */
const SENTENCES = {
  session_opened: (data) => ({ text: `Session opened, seed ${text(data.seed)}` }),
  joined: (data) => ({
    routine: isInstructor(data),
    text: `${who(data.role ?? data.who)} joined${data.modality ? ` (${text(data.modality)})` : ""}`,
  }),
  left: (data) => ({ text: `${who(data.who)}’s connection ended`, routine: isInstructor(data) }),
  track_opened: (data) => ({ text: `Recording ${words(text(data.stream))}` }),
  consent: (data) => ({
    text: data.microphone ? "Consent given, with microphone" : "Consent given, without microphone",
  }),
  calibrated: calibrated,
  phase: phase,
  choice: (data, names) => ({ text: `Says: “${names.choice(text(data.choice))}”` }),
  act: (data, names) => ({ text: names.act(text(data.act)) }),
  radio: (data, names) => ({ text: `Radio: ${names.radio(text(data.request))}` }),
  // The request itself was told when it was made.
  radio_status: (data) => ({
    text: `${capital(words(text(data.request)))}: ${words(text(data.status))}`,
    routine: data.status === "requested",
  }),
  mark: (data, names) => ({ text: `Marks: ${names.said(text(data.kind)).toLowerCase()}` }),
  said: said,
  inject: (data, names) => ({ text: `Inject: ${names.inject(text(data.inject))}` }),
  flag: flag,
  goto: (data, names) => ({ text: `Sends ${names.region(text(data.region))}: ${words(text(data.node))}` }),
  nudge: (data) => ({ text: `Nudges ${words(text(data.state))} by ${signed(Number(data.by ?? 0), 0)}` }),
  hold: (data, names) => ({ text: `${data.on ? "Holds back" : "Lets go"} ${ruleWords(text(data.rule), names)}` }),
  rewind: () => ({ text: "Goes back" }),
  attempt: attempt,
  reload: reload,
  signal_stale: (data) => ({ text: `Signal lost: ${words(text(data.signal))}; what asks for it waits` }),
  signal_back: (data) => ({ text: `Signal back: ${words(text(data.signal))}` }),
  branch: branch,
  say: (data, names) => ({ text: `${names.actor(text(data.actor))}: “${names.line(data)}”` }),
  emit: (data) => ({ text: capital(words(text(data.event))) }),
  state_cause: stateCause,
  offered: (data, names) => ({
    text: `Choices offered: ${list(data.choices).map(names.choice).join(" · ") || "none"}`,
  }),
  moved: (data, names) => ({ text: `${names.actor(text(data.actor))} moves` }),
  outcome: (data, names) => ({ text: `Outcome: ${names.outcome(text(data.outcome))}` }),
  presented: (data) => ({ text: `Line ${text(data.event)} heard` }),
  begin: () => ({ text: "Begin" }),
  freeze: (data) => (data.reason ? { text: `Frozen: ${text(data.reason)}`, routine: false } : { text: "Freeze" }),
  resume: () => ({ text: "Resume" }),
  stop: () => ({ text: "The trainee’s stop key" }),
  end: () => ({ text: "The instructor’s end" }),
  graded: (data) => ({ text: data.status === "ready" ? "The report is ready" : `No report: ${text(data.reason)}` }),
  signals: (data) => ({
    text: Object.entries(data)
      .map(([name, value]) => `${words(name)} ${plain(value)}`)
      .join(", "),
  }),
};

/** The scenario's own words for its identifiers; an unknown identifier is shown as words. */
export class Names {
  /** @param {Scenario} scenario */
  constructor(scenario) {
    this.scenario = scenario;
    this.actor = (/** @type {string} */ id) => scenario.actors[id]?.name ?? capital(words(id));
    this.choice = (/** @type {string} */ id) => scenario.choices?.[id]?.text ?? words(id);
    this.act = (/** @type {string} */ id) => scenario.acts?.[id]?.text ?? capital(words(id));
    this.radio = (/** @type {string} */ id) => scenario.radio?.[id]?.text ?? words(id);
    this.inject = (/** @type {string} */ id) => scenario.injects?.[id]?.text ?? words(id);
    this.said = (/** @type {string} */ id) => scenario.said?.[id]?.text ?? words(id);
    this.outcome = (/** @type {string} */ id) => scenario.outcomes?.[id]?.text ?? capital(words(id));
  }

  /**
   * Whose region it is: "person" and the actors' own ids by their names.
   * @param {string} id
   * @returns {string}
   */
  region(id) {
    return this.scenario.actors[id === "person" ? personOf(this.scenario) : id]?.name ?? capital(words(id));
  }

  /**
   * The text of a spoken line, from the event or the scenario.
   * @param {Record<string, unknown>} data
   * @returns {string}
   */
  line(data) {
    return typeof data.text === "string"
      ? data.text
      : (this.scenario.lines[text(data.line)]?.text ?? text(data.line));
  }
}

/**
 * The event in plain words.
 * @param {JournalEvent} event
 * @param {Names} names
 * @returns {Sentence}
 */
export function sentence(event, names) {
  const draft = SENTENCES[event.kind]?.(event.data, names) ?? { text: capital(words(event.kind)) };
  const lane = draft.lane ?? LANES[event.kind] ?? "session";
  return { lane, text: draft.text, details: draft.details ?? [], routine: draft.routine ?? ROUTINE.has(event.kind) };
}

/**
 * The sequence number of the flag this flag is a note to, if it is one.
 * @param {JournalEvent} event
 * @returns {number | null}
 */
export function noteOf(event) {
  const match = event.kind === "flag" ? NOTE_OF.exec(text(event.data.note)) : null;
  return match ? Number(match[1]) : null;
}

/**
 * The text of a note to an earlier flag, as it is sent.
 * @param {number} flagSeq
 * @param {string} note
 * @returns {string}
 */
export function noteTo(flagSeq, note) {
  return `@${flagSeq} ${note}`;
}

/**
 * A phase in words.
 * @param {string} name
 * @returns {string}
 */
export function phaseWords(name) {
  return PHASES[name] ?? capital(words(name));
}

/** @param {Record<string, unknown>} data @returns {Draft} */
function calibrated(data) {
  if (data.accepted === false) return { text: `Normal voice not calibrated: ${list(data.reasons).join("; ")}` };
  const level = typeof data.baseline_lufs === "number" ? ` at ${number(data.baseline_lufs)}\u00a0LUFS` : "";
  return { text: `Normal voice calibrated${level}` };
}

/** @param {Record<string, unknown>} data @returns {Draft} */
function phase(data) {
  const reason = PHASE_REASONS[text(data.reason)];
  return { text: phaseWords(text(data.phase)) + (reason ? `: ${reason}` : "") };
}

/** @param {Record<string, unknown>} data @param {Names} names @returns {Draft} */
function said(data, names) {
  const kind = names.said(text(data.kind)).toLowerCase();
  return data.source === "marked"
    ? { text: `Marked: ${kind}`, lane: "instructor" }
    : { text: `Counts as ${kind}, by the chosen line` };
}

/** @param {Record<string, unknown>} data @returns {Draft} */
function flag(data) {
  const note = text(data.note).replace(NOTE_OF, "$2");
  return { text: note === "" ? "Flag" : `Flag: ${note}` };
}

/** @param {Record<string, unknown>} data @param {Names} names @returns {Draft} */
function branch(data, names) {
  const label = text(data.label);
  const way = `${names.region(text(data.region))}: ${words(text(data.source))} → ${words(text(data.target))}`;
  const values = Object.entries(/** @type {Record<string, unknown>} */ (data.inputs ?? {}));
  const others = list(data.alternatives);
  return {
    text: label === "" ? way : `${way} (${words(label)})`,
    details: [
      `Rule: ${text(data.guard) || text(data.rule) || "no condition"}`,
      values.length ? `Values: ${values.map(([name, value]) => `${words(name)} ${plain(value)}`).join(", ")}` : "",
      others.length ? `Also possible here: ${others.join("; ")}` : "Nothing else was possible here.",
    ].filter(Boolean),
  };
}

/** @param {Record<string, unknown>} data @returns {Draft} */
function attempt(data) {
  const label = text(data.label) === "" ? "" : `: ${words(text(data.label))}`;
  const moment =
    { start: "the start", branch: "a branch", mark: "marked speech", flag: "a flag" }[text(data.why)] ?? text(data.why);
  return { text: `Attempt ${text(data.attempt)}, back at ${moment}${label}` };
}

/**
 * A rule, such as `person.wary.next[0]`, as people count.
 * @param {string} rule
 * @param {Names} names
 */
function ruleWords(rule, names) {
  const [, region, node, index] = /^([^.]+)\.(.+)\.next\[(\d+)\]$/.exec(rule) ?? [];
  return region === undefined ? rule : `${names.region(region)}’s branch ${Number(index) + 1} at ${words(node)}`;
}

/** @param {Record<string, unknown>} data @returns {Draft} */
function reload(data) {
  const kinds = ["added", "changed", "removed"];
  const details = kinds.flatMap((kind) =>
    list(data[kind]).length ? [`${capital(kind)}: ${list(data[kind]).join(", ")}`] : [],
  );
  return { text: "Goes on in another version of the scenario", details };
}

/** @param {Record<string, unknown>} data @returns {Draft} */
function stateCause(data) {
  const [state, label] = [capital(words(text(data.state))), words(text(data.label))];
  const at = typeof data.value === "number" ? `, at ${number(data.value, 0)}` : "";
  const because = label === "" ? "" : `: ${label}`;
  if (typeof data.added === "number" && data.added !== 0)
    return { text: `${state} ${signed(data.added, 0)} at once${because}${at}` };
  const rate = typeof data.rate === "number" ? data.rate : 0;
  return { text: `${state} ${rate === 0 ? "steady" : rateWords(rate)}${because}${at}` };
}

/**
 * A rate of change: "+6/s", "−0.3/s".
 * @param {number} rate per second
 * @returns {string}
 */
export function rateWords(rate) {
  const decimals = String(Math.abs(Number(rate.toFixed(2)))).split(".")[1] ?? "";
  return `${signed(rate, decimals.length)}/s`;
}

/**
 * Why a state last changed its course: "+6/s crowding, 4 s ago". Where several drives work at once, the engine joins
 * their labels by " + ", the strongest first, and puts behind ", against " those that work against the change. Beyond
 * two of the first and one of the others they are counted, so that the line stays a line.
 * @param {import("./types.js").Cause} cause
 * @param {number} t now, seconds since the session opened
 * @returns {string}
 */
export function causeWords(cause, t) {
  const ago = Math.max(0, Math.round(t - cause.t));
  const when = ago === 0 ? "just now" : ago < 60 ? `${ago}\u00a0s ago` : `since ${clock(cause.t)}`;
  const [makers = [], others = []] = cause.label.split(", against ").map((part) => part.split(" + ").map(words));
  const shown = makers.length > 2 ? [...makers.slice(0, 2), `${makers.length - 2} more`] : makers;
  const against = others.length > 1 ? `, against ${others.length} others` : others.map((one) => `, against ${one}`)[0];
  const told = (shown.join(" + ") || "no cause") + (against ?? "");
  return `${cause.rate === 0 ? "" : `${rateWords(cause.rate)} `}${told}, ${when}`;
}

/** @param {unknown} value @returns {string} */
function text(value) {
  return value === null || value === undefined ? "" : String(value);
}

/** @param {unknown} value @returns {string[]} */
function list(value) {
  return Array.isArray(value) ? value.map(text) : [];
}

/** @param {unknown} value @returns {string} */
function plain(value) {
  if (value === null || value === undefined) return "not known";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? number(value, Number.isInteger(value) ? 0 : 2) : text(value);
}

/**
 * Consoles come and go; what instructors do is told by itself.
 * @param {Record<string, unknown>} data
 * @returns {boolean}
 */
function isInstructor(data) {
  return text(data.role ?? data.who).startsWith("instructor");
}

/** @param {unknown} id @returns {string} */
function who(id) {
  const name = text(id).split(/[:-]/)[0];
  return name === "trainee" ? "The trainee" : name === "instructor" ? "An instructor" : capital(words(name));
}
