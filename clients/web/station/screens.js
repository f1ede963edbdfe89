/**
 * What the trainee reads before and after the exercise: one panel at a time, plain words. Each function
 * builds a
 * panel's content and calls back; none knows the connection.
 */

import { element, keycap } from "../page/element.js";

/**
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").CalibrationResult} CalibrationResult
 */

/**
 * @param {string} code
 * @param {string} problem why the last attempt failed, or empty
 * @param {(code: string) => void} onJoin
 */
export function joinScreen(code, problem, onJoin) {
  const input = element("input", {
    id: "code",
    name: "code",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    placeholder: "XXXX-XXXX",
    maxlength: 12,
    "aria-describedby": problem ? "problem" : null,
    class: "code",
  });
  input.value = code;
  const form = element(
    "form",
    { class: "join" },
    element("label", { for: "code" }, "Session code"),
    element("div", { class: "row" }, input, element("button", { class: "primary", type: "submit" }, "Join")),
    problem && element("p", { id: "problem", class: "problem", role: "alert" }, problem),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) onJoin(input.value.trim());
    else input.focus();
  });
  return [
    element("p", { class: "kicker" }, "Talkdown"),
    element("h1", {}, "Training station"),
    element("p", { class: "lead" }, "Type the code your instructor gave you. No account is needed."),
    form,
  ];
}

/** @param {string} text */
export function waitScreen(text) {
  return [
    element("p", { class: "kicker" }, "Talkdown"),
    element("h1", {}, text),
    element("div", { class: "pulse", "aria-hidden": "true" }),
  ];
}

/**
 * A panel whose parts the calibration changes while it runs.
 * @param {{onSkip: () => void, onDone: () => void}} on
 */
export function calibrationScreen({ onSkip, onDone }) {
  const step = element("p", { class: "kicker" });
  const title = element("h1", { tabindex: -1 });
  const text = element("p", { class: "reading" });
  const bar = element("div", { class: "bar" }, element("i"));
  const level = element(
    "div",
    { class: "level", role: "img", "aria-label": "Microphone level" },
    element("i"),
    element("b"),
  );
  const hint = element("p", { class: "dim", "aria-live": "polite" });
  const done = element("button", { class: "primary", onclick: onDone, hidden: true }, "I have read it");
  const skip = element("button", { class: "quiet", onclick: onSkip }, "Skip: voice will not be graded");
  const buttons = element("div", { class: "row end" }, skip, done);
  return {
    nodes: [step, title, text, bar, element("p", { class: "label" }, "Microphone"), level, hint, buttons],
    step,
    title,
    text,
    bar,
    level,
    hint,
    done,
    skip,
  };
}

/**
 * @param {CalibrationResult} result
 * @param {{onRetry: () => void, onGo: () => void}} on
 */
export function calibratedScreen(result, { onRetry, onGo }) {
  const figures = element(
    "dl",
    { class: "figures" },
    ...figure("Your normal voice", result.baseline_lufs, "LUFS"),
    ...figure("The room", result.noise_lufs, "LUFS"),
    ...figure("Above the room", result.snr_db, "dB"),
    ...figure("Speech heard", result.speech_s, "s"),
  );
  const head = [
    element("p", { class: "kicker" }, "Your voice"),
    element(
      "h1",
      { tabindex: -1 },
      result.accepted ? "Thank you, that worked" : "That is not enough to compare with",
    ),
  ];
  const reasons = result.reasons.map((reason) => element("li", {}, reason));
  if (result.accepted) {
    return [
      ...head,
      element(
        "p",
        { class: "lead" },
        "From here on only the difference from this, your own normal voice, is looked at.",
      ),
      figures,
      element(
        "div",
        { class: "row end" },
        element("button", { class: "quiet", onclick: onRetry }, "Do it again"),
        element("button", { class: "primary", onclick: onGo }, "Go on"),
      ),
    ];
  }
  return [
    ...head,
    element("ul", { class: "problem" }, ...reasons),
    figures,
    element(
      "div",
      { class: "row end" },
      element("button", { class: "quiet", onclick: onGo }, "Go on: voice will not be graded"),
      element("button", { class: "primary", onclick: onRetry }, "Try again"),
    ),
  ];
}

/** @param {string} name @param {number | null} value @param {string} unit */
function figure(name, value, unit) {
  return [
    element("dt", {}, name),
    element(
      "dd",
      {},
      value === null || value === undefined ? "–" : `${value.toFixed(1).replace("-", "−")} ${unit}`,
    ),
  ];
}

/**
 * @param {PublicScenario} scenario
 * @param {{microphone: boolean, graded: boolean, headset: boolean}} state
 * @param {{onBegin: () => void, onHeadset: () => void}} on
 */
export function briefingScreen(scenario, { microphone, graded, headset }, { onBegin, onHeadset }) {
  const voice = microphone
    ? graded
      ? "Speak aloud, as you would there: your voice is heard and measured."
      : "Speak aloud if you like. Your voice level is not graded this time."
    : "No microphone: act by keys and choices. Your voice is not graded, and there is no total grade; all else is.";
  return [
    element("p", { class: "kicker" }, "Briefing"),
    element("h1", { tabindex: -1 }, scenario.title),
    ...paragraphs(scenario.briefing).map((text) => element("p", { class: "lead" }, text)),
    element(
      "div",
      { class: "columns" },
      element(
        "section",
        {},
        element("h2", {}, "You"),
        element("p", {}, voice),
        element("p", { class: "dim" }, "An instructor may be watching and marks what you say."),
      ),
      element(
        "section",
        {},
        element("h2", {}, "Moving"),
        keyLine(["W", "S"], "closer, back"),
        keyLine(["A", "D"], "sideways"),
        keyLine(["Q", "E"], "look around, or drag"),
        keyLine(["Esc"], "stop, at any time"),
      ),
    ),
    element(
      "div",
      { class: "row end" },
      headset && element("button", { onclick: onHeadset }, "Enter VR and begin"),
      element("button", { class: "primary", onclick: onBegin }, "Begin"),
    ),
  ];
}

/** Lines broken by the author's editor flow again; empty lines part paragraphs. @param {string} text */
function paragraphs(text) {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((part) => part.replace(/\s+/g, " "));
}

/** @param {string[]} keys @param {string} text */
export function keyLine(keys, text) {
  return element("p", { class: "keys" }, element("span", {}, ...keys.map(keycap)), text);
}

/** @param {boolean} back the instructor has gone back to an earlier moment */
export function frozenScreen(back) {
  const [title, text] = back
    ? ["Back to an earlier moment", "Everybody stands where they stood then. Take your place; it goes on in a moment."]
    : ["Paused", "Your instructor has stopped the clock. Stay where you are; it goes on in a moment."];
  return [element("h1", {}, title), element("p", { class: "lead" }, text)];
}

/**
 * @param {(microphone: boolean) => void} onGo
 */
export function rejoinScreen(onGo) {
  return [
    element("p", { class: "kicker" }, "Welcome back"),
    element("h1", {}, "The exercise is still running"),
    element("p", { class: "lead" }, "Nothing was lost. Go on when you are ready."),
    element(
      "div",
      { class: "row end" },
      element("button", { onclick: () => onGo(false) }, "Go on without microphone"),
      element("button", { class: "primary", onclick: () => onGo(true) }, "Go on"),
    ),
  ];
}

/**
 * @param {{stopped: boolean, begun: boolean, grade: "none" | "pending" | "ready" | "failed", reason:
 *   string | null, report: string}} state
 */
export function debriefScreen({ stopped, begun, grade, reason, report }) {
  const words = {
    none: "",
    pending: "Your feedback is being prepared. It takes a few seconds.",
    ready: "Your feedback is ready.",
    failed: `No feedback could be made${reason ? `: ${reason}` : "."}`,
  };
  return [
    element("p", { class: "kicker" }, "Afterwards"),
    element("h1", { tabindex: -1 }, stopped ? "You stopped. That is fine." : "The exercise is over"),
    element(
      "p",
      { class: "lead" },
      stopped
        ? "A stopped exercise is not graded. You can take it up again whenever you like."
        : "Take a breath. Let your shoulders drop, look around the room you are really in.",
    ),
    !stopped && begun && element("p", { class: "grade", "data-grade": grade, role: "status" }, words[grade]),
    !stopped && begun && grade === "ready" && reason && element("p", { class: "dim" }, reason),
    begun &&
      element(
        "p",
        { class: "dim" },
        "In the report you can look at every moment again, also through the person’s eyes, and contest any line of it.",
      ),
    element(
      "p",
      { class: "dim" },
      "If something in it stays with you, talk to your instructor, a colleague or a peer supporter.",
    ),
    element(
      "div",
      { class: "row end" },
      begun &&
        element(
          "a",
          { class: stopped || grade !== "ready" ? "button" : "button primary", href: report },
          "Open the report",
        ),
    ),
  ];
}

/** @param {string} title @param {string} text @param {string} [code] */
export function closedScreen(title, text, code) {
  return [
    element("p", { class: "kicker" }, "Talkdown"),
    element("h1", {}, title),
    element("p", { class: "lead" }, text),
    element(
      "div",
      { class: "row end" },
      element("a", { class: "button", href: code ? `/station#${code}` : "/station" }, "Join with a code"),
    ),
  ];
}
