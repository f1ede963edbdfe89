import assert from "node:assert/strict";
import { test } from "node:test";
import { Picture } from "./picture.js";

/** @param {number} seq @param {string} kind @param {Record<string, unknown>} data */
const event = (seq, kind, data = {}, t = seq) =>
  /** @type {import("./picture.js").Push} */ ({ type: "event", seq, t, ms: 0, actor: "server", kind, data });

const STORY = [
  event(0, "session_opened"),
  event(1, "joined", { who: "trainee", role: "trainee", modality: "headset" }),
  event(2, "consent", { microphone: true }),
  event(3, "calibrated", { accepted: false, reasons: ["the room is too loud"] }),
  event(4, "branch", { region: "person", source: "a", target: "b" }),
  event(5, "left", { who: "trainee" }),
];

test("hearing the story again after a reconnect changes nothing", () => {
  const [once, twice] = [new Picture(), new Picture()];
  STORY.forEach((push) => once.take(push));
  STORY.forEach((push) => twice.take(push));
  STORY.forEach((push) => assert.equal(twice.take(push), null));
  assert.deepEqual(twice, once);
});

test("events that were missed during an outage fall into their place", () => {
  const picture = new Picture();
  for (const i of [0, 1, 5, 2, 4, 3]) picture.take(STORY[i]);
  assert.deepEqual(
    picture.events.map(({ seq }) => seq),
    [0, 1, 2, 3, 4, 5],
  );
});

test("knows who is there", () => {
  const picture = new Picture();
  STORY.slice(0, 2).forEach((push) => picture.take(push));
  assert.deepEqual(picture.trainee, { present: true, modality: "headset" });
  picture.take(event(6, "left", { who: "instructor:1" }));
  assert.equal(picture.trainee.present, true);
  picture.take(STORY[5]);
  assert.equal(picture.trainee.present, false);
});

test("says in words why there is no voice curve", () => {
  const picture = new Picture();
  assert.match(picture.voiceAbsence() ?? "", /No microphone yet/);
  STORY.forEach((push) => picture.take(push));
  assert.match(picture.voiceAbsence() ?? "", /no sound arriving/);
  picture.take(live({ loudness: -30, relative: null, speaking: true }));
  assert.match(picture.voiceAbsence() ?? "", /Not calibrated: the room is too loud/);
  picture.take(live({ loudness: -30, relative: 2, speaking: true }));
  assert.equal(picture.voiceAbsence(), null);
  picture.take(event(7, "consent", { microphone: false }));
  assert.match(picture.voiceAbsence() ?? "", /will not be graded/);
});

test("after a rewind each region is where it was then, in the next attempt, and nobody has been asked for", () => {
  const picture = new Picture();
  picture.take(event(4, "branch", { region: "person", source: "a", target: "b" }));
  picture.take({ type: "radio", request: "cit", status: "requested" });
  picture.take({ type: "attempt", attempt: 2, checkpoint: 0, t: 9, ms: 1500 });
  picture.take(event(9, "attempt", { attempt: 2, nodes: { person: "a" } }));
  assert.deepEqual([picture.attempt, picture.ms, picture.radio], [2, 1500, {}]);
  assert.deepEqual(picture.visits("person", 2), [{ node: "a", since: 9 }]);
  picture.take(event(10, "branch", { region: "person", source: "a", target: "c" }));
  assert.deepEqual(picture.visits("person", 2).map(({ node }) => node), ["a", "c"]);
});

test("keeps the newest branches ahead and moments to go back to", () => {
  const picture = new Picture();
  const moment = /** @type {const} */ ({ checkpoint: 0, attempt: 1, t: 1, ms: 0, why: "start", node: "a", label: "" });
  picture.take({ type: "ways", regions: { person: [] } });
  picture.take({ type: "checkpoints", checkpoints: [moment] });
  assert.deepEqual([picture.ways, picture.checkpoints], [{ person: [] }, [moment]]);
});

test("remembers the way each region took", () => {
  const picture = new Picture();
  picture.take({ ...live(null), nodes: { person: "a", backup: "staged" } });
  assert.deepEqual(picture.visits("backup", 3), [{ node: "staged", since: null }]);
  STORY.forEach((push) => picture.take(push));
  picture.take(event(8, "branch", { region: "person", source: "b", target: "c" }, 11));
  assert.deepEqual(picture.visits("person", 2), [
    { node: "b", since: 4 },
    { node: "c", since: 11 },
  ]);
  assert.equal(picture.visits("person", 9)[0].node, "a");
  assert.deepEqual(picture.visits("nobody", 3), []);
});

test("time never runs back, whatever order pushes come in", () => {
  const picture = new Picture();
  picture.take(live(null, 12));
  picture.take(STORY[1]);
  assert.equal(picture.t, 12);
});

/** @param {any} voice @param {number} t @returns {import("../page/types.js").Live} */
function live(voice, t = 9) {
  return {
    type: "live",
    t,
    ms: 0,
    pose: null,
    voice,
    distance: {},
    states: {},
    why: {},
    nodes: {},
    recording: { state: "storing", behind_s: 0 },
  };
}
