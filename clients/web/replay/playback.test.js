import assert from "node:assert/strict";
import { test } from "node:test";
import { Playback } from "./playback.js";

test("stands until it is played, then runs with the clock", () => {
  const playback = new Playback(40, 100);
  assert.equal(playback.at(1000), 40);
  playback.play(1000);
  assert.equal(playback.at(1012.5), 52.5);
  playback.pause(1012.5);
  assert.equal(playback.at(2000), 52.5);
});

test("pauses at the end and starts over from there", () => {
  const playback = new Playback(40, 50);
  playback.play(0);
  assert.equal(playback.at(99), 50);
  assert.equal(playback.playing, false);
  playback.play(100);
  assert.equal(playback.at(101), 41);
});

test("seeking keeps within the recording and keeps playing", () => {
  const playback = new Playback(40, 50);
  playback.play(0);
  playback.seek(10, 1);
  assert.equal(playback.at(1), 40);
  assert.equal(playback.at(3), 42);
  playback.seek(80, 3);
  assert.equal(playback.at(3), 50);
});

test("changing the speed does not jump", () => {
  const playback = new Playback(0, 100);
  playback.play(0);
  playback.setRate(2, 10);
  assert.equal(playback.at(10), 10);
  assert.equal(playback.at(15), 20);
});

test("a recording of nothing is harmless", () => {
  const playback = new Playback(12, 12);
  playback.play(0);
  assert.equal(playback.at(5), 12);
});
