import assert from "node:assert/strict";
import { test } from "node:test";
import { Names, causeWords, noteOf, noteTo, rateWords, sentence } from "./events.js";

const scenario = /** @type {any} */ ({
  actors: { person: { name: "Daniel", role: "person" } },
  choices: { ask_name: { key: "1", text: "What is your name?" } },
  radio: { cit: { key: "c", text: "CIT officer" } },
  acts: {},
  lines: { back: { actor: "person", text: "Stay back!", audio: null } },
  said: { open_question: { key: "q", text: "Open question" } },
  injects: { siren: { key: "1", text: "A siren passes" } },
});
const names = new Names(scenario);
/** @param {string} kind @param {Record<string, unknown>} data */
const told = (kind, data) => sentence({ seq: 1, t: 2, ms: 0, actor: "server", kind, data }, names);

test("a branch says which rule fired, with which values, and what else was possible", () => {
  const branch = told("branch", {
    region: "person",
    source: "pacing",
    target: "shouting",
    rule: "person.pacing.next[0]",
    guard: "agitation >= 80",
    label: "escalation",
    inputs: { agitation: 80.25, distance: null },
    alternatives: ["sitting: agitation <= 35"],
  });
  assert.equal(branch.text, "Daniel: pacing → shouting (escalation)");
  assert.deepEqual(branch.details, [
    "Rule: agitation >= 80",
    "Values: agitation 80.25, distance not known",
    "Also possible here: sitting: agitation <= 35",
  ]);
  assert.equal(branch.lane, "person");
});

test("marks are the instructor's, chosen speech acts are the trainee's", () => {
  assert.deepEqual(
    [
      told("said", { kind: "open_question", source: "marked" }).lane,
      told("said", { kind: "open_question", source: "chosen" }).lane,
    ],
    ["instructor", "trainee"],
  );
});

test("the scenario's own words stand for identifiers; unknown ones are still readable", () => {
  assert.equal(told("say", { actor: "person", line: "back" }).text, "Daniel: “Stay back!”");
  assert.equal(told("choice", { choice: "ask_name" }).text, "Says: “What is your name?”");
  assert.equal(told("inject", { inject: "gone_missing" }).text, "Inject: gone missing");
  assert.equal(told("from_the_future", {}).text, "From the future");
});

test("every kind of event has a sentence even when its data are empty", () => {
  const kinds = [
    "session_opened",
    "joined",
    "left",
    "track_opened",
    "consent",
    "calibrated",
    "phase",
    "choice",
    "act",
    "radio",
    "radio_status",
    "mark",
    "said",
    "inject",
    "flag",
    "begin",
    "freeze",
    "resume",
    "stop",
    "end",
    "graded",
    "branch",
    "say",
    "emit",
    "state_cause",
    "offered",
    "moved",
    "outcome",
    "presented",
    "signals",
    "goto",
    "nudge",
    "hold",
    "rewind",
    "attempt",
    "reload",
    "signal_stale",
    "signal_back",
  ];
  for (const kind of kinds) assert.doesNotMatch(told(kind, {}).text, /undefined|NaN|\[object/, kind);
});

test("a state changes by a rate or at once", () => {
  const cause = { state: "agitation", label: "crowding", value: 68.4 };
  assert.equal(told("state_cause", { ...cause, rate: 6, added: 0 }).text, "Agitation +6/s: crowding, at 68");
  assert.equal(
    told("state_cause", { ...cause, label: "siren", rate: 0, added: 12 }).text,
    "Agitation +12 at once: siren, at 68",
  );
  assert.equal(told("state_cause", { ...cause, label: "", rate: 0, added: 0 }).text, "Agitation steady, at 68");
});

test("what another event tells better is routine, but nothing an instructor must see", () => {
  assert.deepEqual(
    ["signals", "state_cause", "begin", "freeze"].map((kind) => told(kind, {}).routine),
    [true, true, true, true],
  );
  assert.equal(told("freeze", { reason: "server restarted" }).routine, false);
  assert.equal(told("radio_status", { request: "cit_officer", status: "requested" }).routine, true);
  assert.equal(told("radio_status", { request: "cit_officer", status: "en_route" }).text, "CIT officer: en route");
});

test("what an instructor does to the scenario is told in their lane, in words", () => {
  const steering = {
    goto: [{ region: "person", node: "sitting_down" }, "Sends Daniel: sitting down"],
    nudge: [{ state: "agitation", by: -10 }, "Nudges agitation by −10"],
    hold: [{ rule: "person.wary.next[0]", on: true }, "Holds back Daniel’s branch 1 at wary"],
    reload: [{ added: ["acts.wave"], changed: [], removed: [] }, "Goes on in another version of the scenario"],
  };
  for (const [kind, [data, text]] of Object.entries(steering)) {
    const found = told(kind, /** @type {Record<string, unknown>} */ (data));
    assert.deepEqual([found.text, found.lane, found.routine], [text, "instructor", false]);
  }
  assert.equal(told("hold", { rule: "person.wary.next[2]", on: false }).text, "Lets go Daniel’s branch 3 at wary");
  assert.deepEqual(told("reload", { added: ["acts.wave"], changed: [], removed: [] }).details, ["Added: acts.wave"]);
  assert.equal(
    told("attempt", { attempt: 2, why: "flag", label: "his hands" }).text,
    "Attempt 2, back at a flag: his hands",
  );
  assert.match(told("signal_stale", { signal: "distance" }).text, /^Signal lost: distance/);
  assert.equal(told("signal_stale", { signal: "distance" }).routine, false);
});

test("people are named by what they are, not by their connection", () => {
  assert.equal(told("left", { who: "instructor-2" }).text, "An instructor’s connection ended");
  assert.equal(
    told("phase", { phase: "debrief", reason: "stop" }).text,
    "The scenario is over: the trainee used the stop key",
  );
  assert.equal(told("phase", { phase: "running", reason: "begin" }).text, "The scenario runs");
});

test("a note finds its flag again", () => {
  const note = { seq: 9, t: 3, ms: 0, actor: "i", kind: "flag", data: { note: noteTo(57, "hands up\nand close") } };
  assert.equal(noteOf(note), 57);
  assert.equal(sentence(note, names).text, "Flag: hands up\nand close");
  assert.equal(noteOf({ ...note, data: { note: "57 steps" } }), null);
});

test("the reason of a change is one line", () => {
  assert.equal(causeWords({ label: "crowding", rate: 6, t: 10 }, 14.2), "+6/s crowding, 4\u00a0s ago");
  assert.equal(causeWords({ label: "a_siren", rate: 0, t: 10 }, 10.2), "a siren, just now");
  assert.equal(causeWords({ label: "giving-time", rate: -0.3, t: 10 }, 100), "\u22120.3/s giving time, since 00:10");
  assert.equal(causeWords({ label: "a + b + c + d", rate: -1, t: 10 }, 12), "\u22121/s a + b + 2 more, 2\u00a0s ago");
  const why = (/** @type {string} */ label) => causeWords({ label, rate: -1, t: 10 }, 10.2);
  assert.equal(why("heard + room, against filmed"), "\u22121/s heard + room, against filmed, just now");
  assert.equal(why("heard, against filmed + crowded"), "\u22121/s heard, against 2 others, just now");
  assert.equal(rateWords(2.5), "+2.5/s");
  assert.equal(rateWords(0.125), "+0.13/s");
});
