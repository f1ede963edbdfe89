/**
 * The trainee's way through a session: join, content note and consent, calibration, briefing, the exercise, and
 * afterwards. What is shown follows from the server's phase and from what happened on this page; nothing here decides
 * what the session does.
 */

import { headsetSupported } from "../headset/headset.js";
import { element } from "../page/element.js";
import { pageSocketUrl } from "../wire/env.js";
import { connect } from "../wire/socket.js";
import { consentScreen } from "./consent.js";
import { Exercise, wordsOf } from "./exercise.js";
import { Hearing } from "./hearing.js";
import * as screens from "./screens.js";
import { MicrophoneError } from "./voice.js";

/** A connection that comes back sooner is not worth a word. */
const STATUS_AFTER_MS = 1_500;
const REPORT_POLL_MS = 2_000;
/** A browser that takes longer to say whether it has a headset is not waited for; then only its hands go unrecorded. */
const HEADSET_ANSWER_MS = 1_000;

/** What is recorded here, and how often per second. */
const STREAMS = { head_pose: 72, voice: 50, headset_state: 2 };
const STREAMS_IN_HEADSET = { ...STREAMS, "hand_pose.left": 72, "hand_pose.right": 72 };

/**
 * @typedef {import("./exercise.js").PublicScenario} PublicScenario
 * @typedef {import("../wire/messages.js").PhaseName} PhaseName
 * @typedef {import("../wire/messages.js").Push} Push
 * @typedef {import("../wire/socket.js").ConnectionState} ConnectionState
 * @typedef {import("./consent.js").Consent} Consent
 */

export class Station {
  #page;
  #code = "";
  #screen = "";
  /** @type {PhaseName} */
  #phase = "lobby";
  #begun = false;
  #stopped = false;
  /** Whether the session stands at an earlier moment that it was taken back to. */
  #back = false;
  /** On this page the trainee has taken part: a reload asks before it goes on. */
  #entered = false;
  #consented = false;
  #calibrated = false;
  /** @type {"none" | "pending" | "ready" | "failed"} */
  #grade = "none";
  /** @type {string | null} */
  #gradeReason = null;
  #asksForReport = false;
  /** @type {import("../wire/socket.js").WireConnection | null} */
  #connection = null;
  /** @type {PublicScenario | null} */
  #scenario = null;
  /** @type {Exercise | null} */
  #exercise = null;
  #headsetSupported = false;
  #hearing = new Hearing(
    () => this.#connection,
    (name, content) => this.#show(name, content),
  );
  #linkTimer = 0;

  /** @param {{canvas: HTMLCanvasElement, hud: HTMLElement, panel: HTMLElement}} page */
  constructor(page) {
    this.#page = page;
  }

  async start() {
    this.#code = decodeURIComponent(location.hash.slice(1));
    addEventListener("hashchange", () => location.reload());
    // What is recorded is said in `hello`, so that comes first.
    const supported = headsetSupported().then((supported) => {
      this.#headsetSupported = supported;
      this.#exercise?.offerHeadset(supported);
    });
    await Promise.race([supported, new Promise((resolve) => setTimeout(resolve, HEADSET_ANSWER_MS))]);
    if (this.#code) this.#join(this.#code);
    else this.#showJoin("");
  }

  /** What end-to-end tests and support may look at; see main.js. */
  look() {
    const connection = this.#connection;
    const progress = Object.keys(STREAMS_IN_HEADSET).map((stream) => [stream, connection?.progress(stream) ?? null]);
    const known = this.#hearing.calibration;
    return {
      phase: this.#phase,
      screen: this.#screen,
      pose: this.#exercise && Array.from(this.#exercise.pose),
      distance: this.#exercise?.distances ?? {},
      voice: this.#hearing.heard ? Array.from(this.#hearing.row) : null,
      calibration: known && { ...known },
      streams: Object.fromEntries(progress),
      sent: { frames: connection?.frames ?? 0, bytes: connection?.bytes ?? 0 },
      quality: this.#exercise?.quality ?? null,
      frames: this.#exercise?.frames ?? 0,
    };
  }

  // Joining

  /** @param {string} problem */
  #showJoin(problem) {
    this.#show(
      "join",
      screens.joinScreen(this.#code, problem, (code) => this.#join(code)),
    );
  }

  /** @param {string} code */
  #join(code) {
    this.#code = code;
    history.replaceState(null, "", `/station${location.search}#${encodeURIComponent(code)}`);
    this.#connection?.close();
    this.#show("connecting", screens.waitScreen("Joining the session"));
    const handheld = this.#headsetSupported && matchMedia("(pointer: coarse)").matches;
    const client = /** @type {const} */ ({
      name: "talkdown-station",
      modality: handheld ? "headset" : "browser",
    });
    this.#connection = connect({
      url: pageSocketUrl(),
      hello: { role: "trainee", code, client, streams: this.#headsetSupported ? STREAMS_IN_HEADSET : STREAMS },
      onState: (state) => this.#connectionChanged(state),
      onPush: (push) => this.#take(push),
      onError: (error) => console.warn(error.code, error.message),
    });
  }

  /** @param {ConnectionState} state */
  #connectionChanged(state) {
    clearTimeout(this.#linkTimer);
    if (state.status === "open" && state.welcome) this.#welcome(state.welcome);
    else if (state.status === "closed") this.#closed(state);
    else this.#linkTimer = setTimeout(() => this.#sayLost(), STATUS_AFTER_MS);
  }

  #sayLost() {
    this.#exercise?.connection("Connection lost. Trying again; nothing you do is lost.");
  }

  /** @param {import("../wire/messages.js").Welcome} welcome */
  #welcome(welcome) {
    const again = this.#scenario !== null && welcome.session.phase === this.#phase;
    this.#phase = welcome.session.phase;
    this.#hearing.calibration = welcome.calibration ?? this.#hearing.calibration;
    if (!this.#scenario) this.#build(/** @type {PublicScenario} */ (welcome.scenario));
    this.#exercise?.connection("");
    if (!again) this.#follow(); // a short loss of connection must not turn the page under the trainee's hands
  }

  /** The scenario is known: the scene is built behind the panels. @param {PublicScenario} scenario */
  #build(scenario) {
    this.#scenario = scenario;
    document.title = `${scenario.title} – Talkdown`;
    const { canvas, hud } = this.#page;
    try {
      this.#exercise = new Exercise(canvas, hud, scenario, {
        request: (type, fields) => this.#ask(type, fields),
        send: (stream, ms, row) => this.#connection?.sendRow(stream, ms, row),
        hearing: this.#hearing,
        onStop: () => this.#stop(),
      });
      this.#exercise.offerHeadset(this.#headsetSupported);
    } catch (error) {
      console.error(error);
      const way = "It needs WebGL 2. Try another browser, or switch hardware acceleration on.";
      this.#show("closed", screens.closedScreen("This browser cannot draw the scene", way));
    }
  }

  /** @param {ConnectionState} state */
  #closed({ code, reason, error }) {
    const over = this.#phase === "debrief" || this.#phase === "closed";
    if (over || code === 4010 || error?.code === "session_ended") {
      this.#phase = "closed";
      if (this.#scenario) return this.#afterwards();
      const way = "Its code is not valid any more. Ask your instructor for a new one.";
      return this.#show("closed", screens.closedScreen("This session is over", way));
    }
    this.#exercise?.follow("closed", false);
    if (!this.#scenario) return this.#showJoin(reason);
    const title = code === 4001 ? "Opened somewhere else" : "The connection has ended";
    return this.#show("closed", screens.closedScreen(title, reason, this.#code));
  }

  // Which screen

  /** Shows what belongs to the phase. */
  #follow() {
    if (!this.#exercise) return;
    const playing = this.#phase === "running" || this.#phase === "frozen";
    this.#begun ||= playing;
    document.body.dataset.phase = this.#phase;
    this.#exercise.follow(this.#phase, this.#entered);
    if (this.#phase === "debrief" || this.#phase === "closed") this.#afterwards();
    else if (playing && !this.#entered) this.#showRejoin();
    else if (this.#phase === "running") this.#show("running", null);
    else if (this.#phase === "frozen") this.#show("frozen", screens.frozenScreen(this.#back));
    else if (!this.#consented) this.#showConsent("", { microphone: true, sensors: [] });
    else if (this.#hearing.open && !this.#calibrated) this.#calibrate();
    else this.#showBriefing();
  }

  /**
   * @param {string} name
   * @param {readonly (Node | string | null | undefined | false)[] | null} content null: no panel
   */
  #show(name, content) {
    const { canvas, panel } = this.#page;
    this.#screen = name;
    document.body.dataset.screen = name;
    panel.hidden = content === null;
    panel.replaceChildren(...(content ?? []).flatMap((node) => (node ? [node] : [])));
    if (content === null) canvas.focus();
    else
      /** @type {HTMLElement} */ (panel.querySelector("input.code") ?? panel).focus({ preventScroll: true });
  }

  // Before the exercise

  /** @param {string} problem @param {Consent} chosen */
  #showConsent(problem, chosen) {
    if (!this.#scenario) return;
    const offered = this.#connection?.welcome?.sensors ?? [];
    const canListen = Boolean(navigator.mediaDevices);
    const state = { ...chosen, problem, canListen, headset: this.#headsetSupported, offered };
    const on = {
      onGo: (/** @type {Consent} */ consent) => void this.#consent(consent),
      onLeave: () => this.#stop(),
    };
    this.#show("consent", consentScreen(this.#scenario, state, on));
  }

  /** @param {Consent} consent */
  async #consent({ microphone, sensors }) {
    this.#show("wait", screens.waitScreen(microphone ? "Please allow the microphone" : "One moment"));
    try {
      const audio = await this.#exercise?.openAudio();
      if (microphone && audio) await this.#hearing.listen(audio);
      const more = this.#connection?.welcome?.sensors?.length ? { sensors } : {};
      await this.#ask("consent", { content: true, microphone, settings: this.#hearing.settings, ...more });
      this.#consented = this.#entered = true;
      this.#calibrated = !microphone;
      this.#follow();
    } catch (error) {
      this.#hearing.close();
      const without = error instanceof MicrophoneError;
      this.#showConsent(without ? `${error.message} You can go on without it.` : wordsOf(error), {
        microphone: microphone && !without,
        sensors,
      });
    }
  }

  #showRejoin() {
    this.#show(
      "rejoin",
      screens.rejoinScreen((microphone) => void this.#rejoin(microphone)),
    );
  }

  /** @param {boolean} microphone */
  async #rejoin(microphone) {
    this.#entered = this.#consented = true;
    const audio = await this.#exercise?.openAudio();
    try {
      if (microphone && audio) await this.#hearing.listen(audio);
    } catch (error) {
      this.#exercise?.tell(wordsOf(error));
    }
    this.#follow();
  }

  #calibrate() {
    this.#hearing.calibrate(() => {
      this.#calibrated = true;
      this.#follow();
    });
  }

  #showBriefing() {
    if (!this.#scenario) return;
    const microphone = this.#hearing.open;
    const graded = this.#hearing.calibration?.accepted === true;
    const begin = () => {
      this.#ask("begin").catch((error) => this.#complain(error));
    };
    const on = { onBegin: begin, onHeadset: () => void this.#exercise?.enterHeadset().then(begin) };
    const state = { microphone, graded, headset: this.#headsetSupported };
    this.#show("briefing", screens.briefingScreen(this.#scenario, state, on));
  }

  // During and after it

  /** @param {Push} push */
  #take(push) {
    if (push.type === "phase") {
      this.#phase = push.phase;
      this.#back = false;
      if (push.reason !== null && /stop/.test(push.reason)) this.#stopped = true;
      this.#follow();
    } else if (push.type === "grade") {
      this.#graded(push.status, push.reason);
    } else if (push.type !== "say" || this.#entered) {
      this.#exercise?.take(push);
      this.#back ||= push.type === "attempt";
      // Before it begins, the panels have the scenario's words.
      if (push.type === "attempt" || (push.type === "scenario" && !this.#begun)) this.#follow();
    }
  }

  #stop() {
    this.#stopped = true;
    this.#ask("stop").catch((error) => {
      this.#stopped = false;
      this.#complain(error);
    });
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   */
  #ask(type, fields) {
    return this.#connection?.request(type, fields) ?? Promise.reject(new Error("There is no session."));
  }

  /** @param {unknown} error */
  #complain(error) {
    if (this.#page.panel.hidden) this.#exercise?.tell(wordsOf(error));
    else this.#page.panel.append(element("p", { class: "problem", role: "alert" }, wordsOf(error)));
  }

  /** @param {"pending" | "ready" | "failed"} status @param {string | null} reason */
  #graded(status, reason) {
    this.#grade = status;
    this.#gradeReason = reason;
    if (this.#phase === "debrief" || this.#phase === "closed") this.#afterwards();
  }

  #afterwards() {
    this.#exercise?.end();
    this.#hearing.close();
    document.body.dataset.phase = "debrief";
    const session = this.#connection?.welcome?.session.id ?? "";
    const [stopped, begun, grade] = [this.#stopped, this.#begun, this.#grade];
    const report = `/report#${session}/${this.#code}`;
    this.#show(
      "debrief",
      screens.debriefScreen({ stopped, begun, grade, reason: this.#gradeReason, report }),
    );
    if (this.#phase === "closed" && begun && !stopped && grade !== "ready") void this.#askForReport(session);
  }

  /** The push that told of it may have been lost with the connection. @param {string} session */
  async #askForReport(session) {
    if (this.#asksForReport) return;
    this.#asksForReport = true;
    const headers = { Authorization: `Bearer ${this.#code}` };
    while (this.#grade !== "ready" && this.#grade !== "failed") {
      const response = await fetch(`/api/sessions/${session}/report`, { headers }).catch(() => null);
      if (response?.status === 200) this.#graded("ready", null);
      else if (response && response.status !== 202)
        this.#graded("failed", `the server answered ${response.status}`);
      else await new Promise((resolve) => setTimeout(resolve, REPORT_POLL_MS));
    }
  }
}
