/**
 * The console of one session: everything an instructor needs on one screen, every act on one key.
 *
 * Pushes are folded into a picture as they come; the page is drawn from the picture once per frame at most, so a burst
 * after a reconnect costs one drawing.
 */

import { sentence } from "../page/api.js";
import { element, letGo, say } from "../page/element.js";
import { Names } from "../page/events.js";
import { capital, clock } from "../page/format.js";
import { personOf } from "../page/person.js";
import { pageSocketUrl } from "../wire/env.js";
import { connect } from "../wire/socket.js";
import { AlarmBand, alarmOf } from "./alarm.js";
import { awayWords } from "./away.js";
import { createBar } from "./bar.js";
import { Branches } from "./branches.js";
import { Curves } from "./curves.js";
import { endDialog, keysDialog, rewindDialog } from "./dialogs.js";
import { Flagging } from "./flagging.js";
import { bindings, meaning } from "./keys.js";
import { Log } from "./log.js";
import { Nudging } from "./nudging.js";
import { Picture } from "./picture.js";
import { Regions } from "./regions.js";
import { Steering, refusalWords } from "./steering.js";
import { Versions } from "./versions.js";
import { LiveView, joinCover } from "./view.js";
import { Word } from "./word.js";

/** @typedef {import("../page/types.js").Welcome} Welcome */
/** @typedef {import("../page/types.js").Push} Push */
/** @typedef {{api: import("../page/api.js").Api, key: string, session: string, leave: () => void}} Options */

/** Phases in which the scenario can be frozen or let go on. */
const GOING = new Set(["running", "frozen"]);
/** Keys that press what has the focus; there they belong to it. */
const PRESSES = new Set([" ", "Enter"]);

/** @param {Options} options @returns {import("./main.js").View} */
export function openConsole(options) {
  const made = new Console(options);
  return { root: made.root, close: () => made.close() };
}

class Console {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.picture = new Picture();
    this.code = "";
    this.drawing = 0;
    /** When the last `live` push came, on the page's clock. */
    this.heardAt = 0;
    /** @type {Parts | null} made when the scenario is known */
    this.parts = null;
    /** @type {import("./keys.js").Binding[]} */
    this.keys = [];
    this.word = new Word();
    this.branches = new Branches(
      (type, fields, done) => this.send(type, fields, done),
      this.word,
      () => this.#draw(),
    );
    this.banner = element("p", { class: "banner", role: "alert", hidden: true });
    this.alarm = new AlarmBand();
    this.bar = createBar({
      freeze: () => this.freeze(),
      begin: () => this.begin(),
      rewind: () => this.rewind(),
      end: () => this.end(),
      help: () => void keysDialog(this.keys),
      leave: options.leave,
    });
    this.body = element("div", { class: "console-body" });
    this.versions = new Versions(() => this.#session(), () => void this.reload());
    this.root = element("main", { class: "console new" }, this.bar.root, this.alarm.root, this.banner, this.versions.line, this.body);
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    addEventListener("keydown", this.onKey);
    this.root.addEventListener("click", letGo);
    this.connection = connect({
      url: pageSocketUrl(),
      hello: {
        role: "instructor",
        key: options.key,
        session: options.session,
        client: { name: "talkdown-instructor", modality: "browser" },
        streams: {},
      },
      onPush: (push) => this.#take(push),
      onState: (state) => this.#connection(state),
    });
    void this.#findCode();
  }

  /** @returns {Promise<import("../page/types.js").Listed>} */
  async #session() {
    return (await this.options.api.get(`/api/sessions/${this.options.session}`)).body;
  }

  async #findCode() {
    try {
      this.code = (await this.#session()).code ?? "";
      this.#draw();
    } catch (error) {
      console.warn("the join code is not known:", error);
    }
  }

  /** @param {import("../wire/socket.js").ConnectionState} state */
  #connection(state) {
    this.bar.connection(state);
    this.root.classList.toggle("offline", state.status !== "open");
    if (state.status === "open" && state.welcome) this.#welcome(/** @type {Welcome} */ (state.welcome));
    if (state.status === "waiting")
      this.#announce(
        "Connection lost. The session goes on and is recorded; trying to reach it again. Flags are kept, injects and marks are not sent.",
      );
    if (state.status === "closed") this.#closed(state);
  }

  /** @param {Welcome} welcome */
  #welcome(welcome) {
    this.#announce("");
    this.picture.open(welcome);
    if (!this.parts) {
      this.keys = bindings(welcome.scenario);
      this.parts = this.#build(welcome.scenario);
      this.root.classList.remove("new");
    }
    void this.parts.flagging.reconnected();
    this.#draw();
  }

  /** @param {import("../wire/socket.js").ConnectionState} state */
  #closed({ code, error, reason }) {
    const over = code === 4010 || error?.code === "session_ended" || error?.code === "unknown_session";
    const links = over ? [this.#reportLink()] : [];
    this.#announce(this.parts ? sentence(error?.message ?? reason) : "");
    if (this.parts) this.banner.append(" ", ...links);
    else
      this.body.replaceChildren(element("div", { class: "unopened" }, sentence(error?.message ?? reason), ...links));
  }

  /**
   * @param {import("../page/types.js").Scenario} scenario
   * @param {LiveView} [kept] a view of the same place and people
   * @returns {Parts}
   */
  #build(scenario, kept) {
    const [left, middle, right] = ["live", "curves", "log"].map((name) =>
      element("div", { class: `column ${name}` }),
    );
    this.body.replaceChildren(left, middle, right);
    const view = kept ?? new LiveView(scenario, personOf(scenario));
    left.append(view.root);
    const flagging = new Flagging(left, (note) => this.connection.request("flag", { note }), this.word);
    flagging.now = () => this.#now();
    const own = this.keys.filter((binding) => binding.kind !== "command");
    const send = (/** @type {import("./keys.js").ScenarioKey} */ { kind, id }) =>
      this.connection.request(kind, kind === "mark" ? { kind: id } : { inject: id });
    const steering = new Steering(left, own, send, this.word);
    const curves = new Curves(middle, scenario);
    const stands = element("section", { class: "regions", "aria-label": "Where the scenario stands and could go" });
    middle.append(stands);
    const nudging = new Nudging(stands, scenario, (state, by) => void this.send("nudge", { state, by }));
    const regions = new Regions(stands, scenario, this.branches);
    const filter = element(
      "button",
      { class: "quiet", onclick: () => this.#filter() },
      element("kbd", {}, "L"),
      element("span", {}, "show everything"),
    );
    right.append(element("header", {}, element("h3", {}, "What happened"), filter));
    return { view, flagging, steering, curves, nudging, regions, log: new Log(right, scenario), filter };
  }

  /** @param {Push} push */
  #take(push) {
    const event = this.picture.take(push);
    if (push.type === "scenario") return this.#reworded(push.scenario);
    if (push.type === "ways") this.branches.ahead.take(push.regions);
    this.parts?.view.take(push);
    if (event) {
      this.parts?.log.add(event);
      this.parts?.curves.note(event);
    }
    if (push.type === "live") {
      this.heardAt = performance.now();
      this.parts?.curves.show(this.picture);
    }
    this.#draw();
  }

  /**
   * The session goes on in another version: the console is made again for it.
   * @param {import("../page/types.js").Scenario} scenario
   */
  #reworded(scenario) {
    const { welcome, events } = this.picture;
    if (!welcome || !this.parts) return;
    const { view, curves } = this.parts;
    // People take seconds to be modelled; mostly it is words and rules that an author changes.
    const sameStage = stageOf(welcome.scenario) === stageOf(scenario);
    welcome.scenario = scenario;
    this.versions.taken();
    curves.dispose();
    if (!sameStage) view.dispose();
    this.keys = bindings(scenario);
    this.parts = this.#build(scenario, sameStage ? view : undefined);
    for (const event of events) this.parts.log.add(event);
    this.#draw();
  }

  /** Scenario seconds now, also while the connection is lost: it goes on there. */
  #now() {
    const since = this.picture.phase === "running" && this.picture.live ? performance.now() - this.heardAt : 0;
    return (this.picture.ms + since) / 1000;
  }

  #draw() {
    if (this.drawing !== 0) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.bar.show(this.picture, this.code);
      this.alarm.show(alarmOf(this.picture.live?.recording));
      this.parts?.regions.show(this.picture, this.branches.ahead);
      this.parts?.steering.enable(this.picture.phase === "running");
      this.#cover();
    });
  }

  /** What lies over the scene while there is nothing to see in it. */
  #cover() {
    const { phase, grade, gradeReason, outcome, trainee, away, t } = this.picture;
    const view = this.parts?.view;
    if (phase === "lobby")
      view?.overlay(`lobby ${this.code}`, () => joinCover(this.code, "It will be seen here when they have joined."));
    else if (phase === "briefing")
      view?.overlay("briefing", () => [
        element("h2", {}, "Briefing"),
        element("p", {}, "The trainee reads the call and sets up the microphone."),
      ]);
    else if (phase === "debrief" || phase === "closed")
      view?.overlay(`over ${grade} ${outcome}`, () => this.#over(outcome, grade, gradeReason));
    else if (!trainee.present)
      view?.overlay(`ribbon gone ${this.code}`, () => [
        element("span", {}, "The trainee’s connection is gone. The same code brings them back:"),
        element("strong", { class: "code" }, this.code),
      ]);
    else if (away && away.kind !== "menu") {
      const words = awayWords(away, t);
      view?.overlay(`ribbon away ${words}`, () => [element("strong", {}, words)]);
    } else if (phase === "frozen")
      view?.overlay("ribbon frozen", () => [
        element("strong", {}, "Frozen"),
        element("span", {}, "Scenario time stands still. Space lets it go on."),
      ]);
    else view?.overlay("", () => []);
  }

  /** @param {string | null} outcome @param {string} grade @param {string | null} reason */
  #over(outcome, grade, reason) {
    const state =
      {
        none: "",
        pending: "The report is being made.",
        ready: "",
        failed: `No report: ${reason ?? "grading failed"}.`,
      }[grade] ?? "";
    return [
      element("h2", {}, outcome ? this.#names().outcome(outcome) : "The scenario is over"),
      element("p", {}, state),
      ...(grade === "ready" ? [this.#reportLink()] : []),
    ];
  }

  #names() {
    return new Names(/** @type {Welcome} */ (this.picture.welcome).scenario);
  }

  #reportLink() {
    return element(
      "a",
      { class: "button primary", href: `/report#${this.options.session}/${encodeURIComponent(this.options.key)}` },
      "Open the report",
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { target } = event;
    if (target instanceof HTMLInputElement || (target instanceof HTMLElement && target.closest("dialog"))) return;
    if (PRESSES.has(event.key) && target instanceof HTMLElement && target.closest("button, a, summary")) return;
    const binding = meaning(this.keys, event);
    if (!binding) return;
    event.preventDefault();
    if (binding.kind === "command") this.#command(binding.id);
    else void this.parts?.steering.press(binding);
  }

  /** @param {import("./keys.js").Command} command */
  #command(command) {
    const { parts } = this;
    const deeds = /** @type {Record<import("./keys.js").Command, () => void>} */ ({
      flag: () => void parts?.flagging.flag(this.#now()),
      note: () => parts?.flagging.note(),
      freeze: () => this.freeze(),
      begin: () => (this.picture.phase === "briefing" ? this.begin() : this.branches.take()),
      next: () => this.branches.move(1),
      previous: () => this.branches.move(-1),
      hold: () => this.branches.hold(),
      raise: () => parts?.nudging.press(1),
      lower: () => parts?.nudging.press(-1),
      state: () => parts?.nudging.next(),
      rewind: () => this.rewind(),
      reload: () => void this.reload(),
      eyes: () => parts?.view.turn(1),
      eyes_back: () => parts?.view.turn(-1),
      end: () => this.end(),
      log: () => this.#filter(),
      help: () => void keysDialog(this.keys),
      sound: () => parts?.view.toggleSound(),
      list: () => this.options.leave(),
    });
    deeds[command]();
  }

  begin() {
    if (this.picture.phase === "briefing") void this.send("begin");
  }

  freeze() {
    if (!GOING.has(this.picture.phase)) return;
    void this.send(this.picture.phase === "frozen" ? "resume" : "freeze");
  }

  rewind() {
    const { phase, checkpoints } = this.picture;
    if (!GOING.has(phase) || checkpoints.length === 0) return;
    rewindDialog(checkpoints, ({ checkpoint, ms }) => {
      void this.send("rewind", { checkpoint }, `Back at ${clock(ms / 1000)}, frozen`);
    });
  }

  async reload() {
    if (this.versions.newer) await this.send("reload", {}, "In the newest version");
  }

  end() {
    if (["debrief", "closed"].includes(this.picture.phase)) return;
    endDialog(() => void this.send("end"));
  }

  /** @param {string} type @param {Record<string, unknown>} [fields] @param {string} [done] what to say when it is */
  async send(type, fields = {}, done = "") {
    try {
      await this.connection.request(type, fields);
      if (done !== "") this.word.tell("done", done);
    } catch (error) {
      this.word.tell("refused", `${capital(type)}: ${refusalWords(error)}`);
    }
  }

  #filter() {
    const everything = this.parts?.log.toggle() ?? false;
    if (this.parts?.filter.lastElementChild)
      say(this.parts.filter.lastElementChild, everything ? "show what matters" : "show everything");
  }

  /** Say something that stays until it is taken back with "". @param {string} text */
  #announce(text) {
    say(this.banner, text);
    this.banner.hidden = text === "";
  }

  close() {
    removeEventListener("keydown", this.onKey);
    this.alarm.show(null);
    cancelAnimationFrame(this.drawing);
    this.connection.close();
    this.versions.close();
    this.parts?.view.dispose();
    this.parts?.curves.dispose();
  }
}

/** What the live view is built from. @param {import("../page/types.js").Scenario} scenario */
function stageOf({ scene, actors, person }) {
  return JSON.stringify([scene, actors, person]);
}

/**
 * @typedef {{view: LiveView, flagging: Flagging, steering: Steering, curves: Curves, nudging: Nudging,
 *   regions: Regions, log: Log, filter: HTMLButtonElement}} Parts
 */
