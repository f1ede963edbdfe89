/**
 * Whether what happens is recorded: the word in the bar, and the alarm that stands across the console while it is not,
 * or soon will not be. The alarm cannot be put away; it goes when its cause has gone.
 */

import { element, mark, say } from "../page/element.js";
import { duration } from "../page/format.js";

/**
 * @typedef {import("../wire/messages.js").Recording} Recording
 * @typedef {{kind: "failing" | "full", title: string, text: string, cause: string}} Alarm
 */

/**
 * Pure. @param {Recording} recording
 * @returns {{tone: "good" | "warn" | "bad", text: string, title: string}} the word, and what it means
 */
export function recordingWords({ state, behind_s: behind, failing, full }) {
  const safe = "Everything is safe on the server’s disk; the database gets it as soon as it can.";
  if (failing) return { tone: "bad", text: "Not recording", title: failing };
  if (full) return { tone: "bad", text: "Disk nearly full", title: "The stations keep their samples for now." };
  if (state === "storing") return { tone: "good", text: "Storing", title: "" };
  if (state === "behind") return { tone: "warn", text: `Recording to disk, ${duration(behind)} behind`, title: safe };
  return { tone: "warn", text: "Recording to disk, no database", title: safe };
}

/** Pure. @param {Recording | undefined} recording @returns {Alarm | null} */
export function alarmOf(recording) {
  if (recording?.failing)
    return {
      kind: "failing",
      title: "This session is not being recorded",
      text: "The server cannot write its journal. Until it can, nothing new is taken or shown here; movement and voice wait at the station, for a quarter of an hour at most. Pause the exercise aloud, and call whoever runs the server.",
      cause: recording.failing,
    };
  if (recording?.full)
    return {
      kind: "full",
      title: "The server’s disk is nearly full",
      text: "What happens is still recorded. Movement and voice wait at the station, for a quarter of an hour at most. Call whoever runs the server: it needs room.",
      cause: "",
    };
  return null;
}

/** The band across the console, and a word in the tab's title for whoever looks at another. */
export class AlarmBand {
  constructor() {
    this.quiet = document.title;
    this.title = element("strong", {});
    this.text = element("span", {});
    this.cause = element("code", {});
    this.root = element(
      "div",
      { class: "alarm", role: "alert", hidden: true },
      element("span", { class: "alarm-sign", "aria-hidden": "true" }, "!"),
      element("p", {}, this.title, " ", this.text, " ", this.cause),
    );
  }

  /** @param {Alarm | null} alarm */
  show(alarm) {
    this.root.hidden = alarm === null;
    mark(this.root, "kind", alarm?.kind ?? "");
    const tab = alarm ? `⚠ ${alarm.title}` : this.quiet;
    if (document.title !== tab) document.title = tab;
    say(this.title, alarm ? `${alarm.title}.` : "");
    say(this.text, alarm?.text ?? "");
    say(this.cause, alarm?.cause ?? "");
  }
}
