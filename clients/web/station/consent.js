/**
 * What the trainee is told before anything is recorded, and what they agree to.
 */

import { sentence } from "../page/api.js";
import { element } from "../page/element.js";
import { capital, words } from "../page/format.js";

/**
 * @typedef {import("../wire/messages.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").Sensor} Sensor
 *
 * The microphone, and these sensors by name.
 * @typedef {{microphone: boolean, sensors: string[]}} Consent
 */

/** Topics as people say them. */
const TOPICS = /** @type {Record<string, string>} */ ({
  "mental-health-crisis": "a person in a mental-health crisis",
  bereavement: "bereavement",
  shouting: "shouting",
  suicide: "suicide",
  "self-harm-mention": "self-harm is mentioned",
  weapon: "a weapon",
});

/**
 * Content note, what is recorded, and the choices about the microphone and about each body sensor there is.
 * @param {PublicScenario} scenario
 * @param {Consent & {problem: string, canListen: boolean, headset: boolean, offered: Sensor[]}} state what is chosen at first
 * @param {{onGo: (consent: Consent) => void, onLeave: () => void}} on
 */
export function consentScreen(scenario, state, { onGo, onLeave }) {
  const { problem, microphone, canListen, headset, offered } = state;
  const withMic = choiceCard(
    "mic",
    "with",
    "With my microphone",
    "How loud you speak and when is measured on this device and graded. Your words are not recorded. Wear headphones if you can, or the microphone also hears the scene.",
    microphone && canListen,
    !canListen,
  );
  const without = choiceCard(
    "mic",
    "without",
    "Without a microphone",
    "Everything works by keys and choices. How loud you speak is “not observed”, never zero; there is no total grade then. When you first speak counts by the lines you choose.",
    !(microphone && canListen),
    false,
  );
  const asked = offered.map((sensor) => sensorCard(sensor, state.sensors.includes(sensor.name)));
  const chosen = () => ({
    microphone: checked(withMic),
    sensors: offered.filter((_, i) => checked(asked[i])).map(({ name }) => name),
  });
  const go = element("button", { class: "primary", onclick: () => onGo(chosen()) }, "I agree, go on");
  return [
    element("p", { class: "kicker" }, "Before you begin"),
    element("h1", {}, scenario.title),
    !scenario.reviewed &&
      element(
        "p",
        { class: "notice" },
        "This scenario has not been reviewed by clinicians or people with lived experience. It is a training aid and not a test of you.",
      ),
    element(
      "div",
      { class: "columns" },
      element(
        "section",
        {},
        element("h2", {}, "You will meet"),
        element(
          "ul",
          { class: "warnings" },
          ...scenario.warnings.map(({ topic, level }) =>
            element(
              "li",
              {},
              TOPICS[topic] ?? topic.replaceAll("-", " "),
              element("span", { class: "dim" }, ` (${level})`),
            ),
          ),
        ),
        element(
          "p",
          { class: "dim" },
          "You can stop at any time: press Esc twice. Stopping is never graded and needs no reason.",
        ),
      ),
      element(
        "section",
        {},
        element("h2", {}, "What is recorded, and why"),
        element(
          "ul",
          {},
          element("li", {}, "Where you stand and look, 72 times a second: distance, pace, cover."),
          headset &&
            element("li", {}, "In the headset also where your hands are, and whether it is worn."),
          element("li", {}, "Your choices, radio calls and their times."),
          element("li", {}, "With a microphone: loudness, 50 times a second. No sound leaves this device."),
          element("li", {}, "Kept under a pseudonym, for your feedback and your instructor."),
        ),
      ),
    ),
    element("fieldset", { class: "cards" }, element("legend", {}, "Your voice"), withMic, without),
    asked.length > 0 &&
      element("fieldset", { class: "cards" }, element("legend", {}, "Sensors, each only if you agree"), ...asked),
    !canListen &&
      element(
        "p",
        { class: "dim" },
        "This page was not opened over a secure connection, so the browser offers no microphone.",
      ),
    problem && element("p", { class: "problem", role: "alert" }, problem),
    element(
      "div",
      { class: "row end" },
      element("button", { class: "quiet", onclick: onLeave }, "Leave"),
      go,
    ),
  ];
}

/** @param {Sensor} sensor @param {boolean} checked */
function sensorCard({ name, unit, description }, checked) {
  const title = capital(words(name));
  return element(
    "label",
    { class: "card" },
    element("input", { type: "checkbox", name: "sensor", value: name, checked }),
    element(
      "span",
      {},
      element("b", {}, title),
      element("span", { class: "dim" }, `${sentence(description)}${unit === "1" ? "" : ` Recorded in ${unit}.`}`),
    ),
  );
}

/** @param {Element} card */
function checked(card) {
  return card.querySelector("input")?.checked ?? false;
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} title
 * @param {string} text
 * @param {boolean} checked
 * @param {boolean} disabled
 */
function choiceCard(name, value, title, text, checked, disabled) {
  return element(
    "label",
    { class: "card" },
    element("input", { type: "radio", name, value, checked, disabled }),
    element("span", {}, element("b", {}, title), element("span", { class: "dim" }, text)),
  );
}
