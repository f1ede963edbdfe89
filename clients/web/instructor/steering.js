/**
 * The buttons of the console with their keys. Pressing one sends it and shows what became of it: on its way, done and
 * on disk, or refused with the reason. Nothing acts on the person late: without a connection it is refused at once.
 */

import { element, keycap, mark, say } from "../page/element.js";
import { WireError } from "../wire/messages.js";

/** @typedef {import("./keys.js").ScenarioKey} ScenarioKey */

/** How long a button shows what became of it. */
const FLASH_MS = 1600;

export class Steering {
  /**
   * @param {HTMLElement} parent
   * @param {readonly ScenarioKey[]} bindings
   * @param {(binding: ScenarioKey) => Promise<unknown>} send resolves when done and on disk
   * @param {import("./word.js").Word} word
   */
  constructor(parent, bindings, send, word) {
    this.send = send;
    this.word = word;
    /** @type {Map<string, {button: HTMLButtonElement, word: HTMLElement, timer: number}>} */
    this.buttons = new Map();
    const group = (/** @type {"mark" | "inject"} */ kind, /** @type {string} */ title) => {
      const made = bindings.filter((binding) => binding.kind === kind).map((binding) => this.#button(binding));
      if (made.length)
        parent.append(
          element(
            "section",
            { class: `steer ${kind}s` },
            element("header", {}, element("h3", {}, title), kind === "mark" ? word.root : null),
            element("div", {}, ...made),
          ),
        );
    };
    group("mark", "The trainee just said");
    group("inject", "Make it happen");
  }

  /** @param {ScenarioKey} binding */
  #button(binding) {
    const word = element("span", { class: "outcome" });
    const button = element(
      "button",
      { onclick: () => void this.press(binding) },
      binding.key === "" ? null : keycap(binding.key),
      element("span", {}, binding.text),
      word,
    );
    this.buttons.set(name(binding), { button, word, timer: 0 });
    return button;
  }

  /** @param {ScenarioKey} binding */
  async press(binding) {
    this.#flash(binding, "sending", "");
    try {
      await this.send(binding);
      this.#flash(binding, "done", "✓");
      this.word.tell("done", `${binding.text}: recorded`);
    } catch (error) {
      this.#flash(binding, "refused", "✕");
      this.word.tell("refused", `${binding.text}: ${refusalWords(error)}`);
    }
  }

  /** @param {ScenarioKey} binding @param {"sending" | "done" | "refused"} state @param {string} text */
  #flash(binding, state, text) {
    const shown = this.buttons.get(name(binding));
    if (!shown) return;
    clearTimeout(shown.timer);
    mark(shown.button, "state", state);
    say(shown.word, text);
    if (state === "sending") return;
    shown.timer = window.setTimeout(() => {
      mark(shown.button, "state", "");
      say(shown.word, "");
    }, FLASH_MS);
  }

  /** Whether injects and marks can do anything now. @param {boolean} possible */
  enable(possible) {
    for (const { button } of this.buttons.values()) button.classList.toggle("idle", !possible);
  }
}

/**
 * Why a request was not done.
 * @param {unknown} error
 * @returns {string}
 */
export function refusalWords(error) {
  if (!(error instanceof WireError)) throw error;
  if (error.code === "not_connected") return "not sent, there is no connection";
  if (error.code === "connection_lost") return "the connection was lost; the log will show whether it was done";
  if (error.code === "wrong_phase") return "not now, the scenario does not run";
  return error.message;
}

/** @param {ScenarioKey} binding */
function name(binding) {
  return `${binding.kind} ${binding.id}`;
}
