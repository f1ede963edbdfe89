import assert from "node:assert/strict";
import { test } from "node:test";
import { alarmOf, recordingWords } from "./alarm.js";

const STORING = { state: "storing", behind_s: 0 };

test("a database that is away is told and is no alarm: nothing is lost", () => {
  const behind = { state: "behind", behind_s: 42, failing: null, full: false };
  assert.equal(recordingWords(behind).text, "Recording to disk, 42\u00a0s behind");
  assert.equal(recordingWords(behind).tone, "warn");
  assert.equal(alarmOf(behind), null);
  assert.equal(alarmOf({ state: "off", behind_s: 0 }), null);
});

test("all is well without a word too many, also from a server that says no more", () => {
  assert.deepEqual(recordingWords(STORING), { tone: "good", text: "Storing", title: "" });
  assert.equal(alarmOf(STORING), null);
  assert.equal(alarmOf(undefined), null);
});

test("a journal that cannot be written is an alarm with its cause, whatever else there is", () => {
  const recording = { state: "behind", behind_s: 42, failing: "[Errno 5] Input/output error", full: true };
  assert.equal(recordingWords(recording).tone, "bad");
  const alarm = alarmOf(recording);
  assert.equal(alarm?.kind, "failing");
  assert.equal(alarm?.cause, "[Errno 5] Input/output error");
});

test("a disk that fills up is an alarm that says what is still kept", () => {
  const alarm = alarmOf({ ...STORING, full: true });
  assert.equal(alarm?.kind, "full");
  assert.match(alarm?.text ?? "", /still recorded/);
  assert.equal(recordingWords({ ...STORING, full: true }).text, "Disk nearly full");
});
