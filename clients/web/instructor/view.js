/**
 * The live scene on the console, by the one stage renderer: what the trainee sees, what the person sees, or from above.
 */

import { element, keycap, mark, say } from "../page/element.js";
import { Pace } from "../page/pace.js";
import { createStage } from "../stage/stage.js";

/** @typedef {{id: string, text: string}} Eyes */

/** A caption stays at least this long, and this much per letter (usual subtitle practice: 15 letters a second). */
const CAPTION_MIN_S = 2;
const CAPTION_S_PER_LETTER = 1 / 15;

export class LiveView {
  /**
   * @param {import("../page/types.js").Scenario} scenario
   * @param {string} person
   */
  constructor(scenario, person) {
    /** @type {Eyes[]} */
    this.choices = [
      { id: "trainee", text: "Trainee’s eyes" },
      { id: person, text: `${scenario.actors[person]?.name ?? "The person"}’s eyes` },
      { id: "overhead", text: "From above" },
    ];
    this.at = 0;
    this.canvas = element("canvas", { "aria-label": "The scene, live" });
    this.captions = element("p", { class: "caption", "aria-live": "polite" });
    this.buttons = this.choices.map((eyes, i) => element("button", { onclick: () => this.look(i) }, eyes.text));
    this.cover = element("div", { class: "view-cover", hidden: true });
    this.soundWord = element("span", {}, "Sound off");
    this.root = element(
      "section",
      { class: "view", "aria-label": "Live view" },
      this.canvas,
      this.captions,
      this.cover,
      element("div", { class: "eyes", role: "group", "aria-label": "Whose eyes" }, keycap("V"), ...this.buttons),
      element(
        "button",
        { class: "sound", onclick: () => this.toggleSound(), title: "Whether spoken lines are played here" },
        keycap("M"),
        this.soundWord,
      ),
    );
    this.stage = this.#stage(scenario);
    this.sound = false;
    this.pace = new Pace();
    this.frame = 0;
    this.look(0);
    this.#draw(0);
  }

  /** @param {import("../page/types.js").Scenario} scenario */
  #stage(scenario) {
    try {
      return createStage(this.canvas, scenario, { captions: this.captions });
    } catch (error) {
      console.error(error);
      this.root.append(
        element(
          "p",
          { class: "view-absence" },
          "This browser cannot draw the scene (WebGL is off). Everything else works.",
        ),
      );
      return null;
    }
  }

  /** Take over what a push says about the scene. @param {import("../page/types.js").Push} push */
  take(push) {
    if (push.type === "stage") this.stage?.setActors(push.actors, push.t);
    else if (push.type === "live")
      this.stage?.setTrainee(push.pose && { p: push.pose.slice(0, 3), q: push.pose.slice(3) }, push.t);
    else if (push.type === "say") this.#speak(push);
    else if (push.type === "attempt") this.stage?.hush();
  }

  /** @param {import("../wire/messages.js").SayPush} line */
  #speak({ actor, text, audio }) {
    this.stage?.say(actor, text, Math.max(CAPTION_MIN_S, text.length * CAPTION_S_PER_LETTER));
    if (this.sound && audio)
      new Audio(audio).play().catch((error) => console.warn("the line could not be played:", error));
  }

  toggleSound() {
    this.sound = !this.sound;
    say(this.soundWord, this.sound ? "Sound on" : "Sound off");
  }

  /** Change eyes by this many steps. @param {number} by */
  turn(by) {
    this.look((this.at + by + this.choices.length) % this.choices.length);
  }

  /** @param {number} index */
  look(index) {
    this.at = index;
    this.stage?.eyes(this.choices[index].id);
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
  }

  /**
   * Lay something over the scene: the join code while nobody is there, what comes next when it is over.
   * @param {string} kind what is shown; nothing is rebuilt while it stays the same
   * @param {() => Node[]} content
   */
  overlay(kind, content) {
    if (this.cover.dataset.kind === kind) return;
    mark(this.cover, "kind", kind);
    this.cover.hidden = kind === "";
    this.cover.replaceChildren(...(kind === "" ? [] : content()));
  }

  /** @param {number} now */
  #draw(now) {
    this.frame = requestAnimationFrame((next) => this.#draw(next));
    if (this.pace.frame(now)) this.stage?.render(performance.now());
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.stage?.dispose();
  }
}

/**
 * The join code, large enough to read out across a room.
 * @param {string} code
 * @param {string} line
 */
export function joinCover(code, line) {
  const where = `${location.host}/station`;
  return [
    element("p", { class: "label" }, "Join code"),
    element("strong", { class: "code huge" }, code),
    element("p", {}, "The trainee opens ", element("b", {}, where), " and types it."),
    element("p", { class: "dim" }, line),
  ];
}
