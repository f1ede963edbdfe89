/**
 * The trainee's way through a session: join, content note and consent, calibration, briefing, the exercise, and
 * afterwards. What is shown follows from the server's phase and from what happened on this page; nothing here decides
 * what the session does.
 */

import { element } from "../page/element.js";
import { Headset, headsetSupported } from "../headset/headset.js";
import { connect, pageSocketUrl } from "../wire/socket.js";
import { WireError } from "../wire/messages.js";
import { Calibrating, TEXT } from "./calibrating.js";
import { Hud } from "./hud.js";
import { Lines } from "./lines.js";
import { speechThreshold } from "./loudness.js";
import { SceneView } from "./scene.js";
import * as screens from "./screens.js";
import { MicrophoneError, openVoice } from "./voice.js";

/**
 * @typedef {import("../wire/messages.js").PublicScenario & {person?: string}} PublicScenario
 * @typedef {import("../wire/messages.js").PhaseName} PhaseName
 * @typedef {import("../wire/messages.js").CalibrationResult} CalibrationResult
 * @typedef {import("../wire/messages.js").Push} Push
 * @typedef {import("../wire/socket.js").ConnectionState} ConnectionState
 */

/** The voice samples of the calibration must be on the server's disk before it can judge them. */
const FLUSH_MS = 4_000;
/** The page answers after this long even if the last acknowledgement is late. */
const STATUS_AFTER_MS = 1_500;
const REPORT_POLL_MS = 2_000;

export class Station {
  #canvas;
  #hudRoot;
  #panel;
  #code = "";
  #screen = "";
  /** @type {PhaseName} */
  #phase = "lobby";
  #begun = false;
  #stopped = false;
  /** On this page the trainee has taken part: reloads ask before they go on. */
  #entered = false;
  /** @type {"none" | "pending" | "ready" | "failed"} */
  #grade = "none";
  /** @type {string | null} */
  #gradeReason = null;
  /** @type {import("../wire/socket.js").WireConnection | null} */
  #connection = null;
  /** @type {PublicScenario | null} */
  #scenario = null;
  /** @type {SceneView | null} */
  #scene = null;
  /** @type {Hud | null} */
  #hud = null;
  /** @type {Headset | null} */
  #headset = null;
  #headsetSupported = false;
  /** @type {AudioContext | null} */
  #audio = null;
  /** @type {Lines | null} */
  #lines = null;
  /** @type {import("./voice.js").Voice | null} */
  #voice = null;
  #voiceLost = false;
  #voiceRow = new Float32Array(5);
  #heard = false;
  /** @type {Calibrating | null} */
  #calibrating = null;
  /** @type {CalibrationResult | null} */
  #calibration = null;
  #consented = false;
  #calibrationOver = false;
  #person = "";
  /** @type {Map<string, () => void>} */
  #keys = new Map();
  #linkTimer = 0;

  /** @param {{canvas: HTMLCanvasElement, hud: HTMLElement, panel: HTMLElement}} page */
  constructor({ canvas, hud, panel }) {
    this.#canvas = canvas;
    this.#hudRoot = hud;
    this.#panel = panel;
  }

  start() {
    this.#code = decodeURIComponent(location.hash.slice(1));
    headsetSupported().then((supported) => {
      this.#headsetSupported = supported;
      if (this.#hud) this.#hud.vr.hidden = !supported;
    });
    addEventListener("hashchange", () => location.reload());
    if (this.#code) this.#join(this.#code);
    else this.#showJoin("");
  }

  /** See main.js. */
  debug() {
    const station = this;
    return Object.freeze({
      get phase() { return station.#phase; },
      get screen() { return station.#screen; },
      get pose() { return station.#headset?.row ? Array.from(station.#headset.row) : station.#scene ? Array.from(station.#scene.walker.row) : null; },
      get distance() { return station.#scene?.distances() ?? {}; },
      get voice() { return station.#heard ? Array.from(station.#voiceRow) : null; },
      get calibration() { return station.#calibration && { ...station.#calibration }; },
      get streams() { return { head_pose: station.#connection?.progress("head_pose") ?? null, voice: station.#connection?.progress("voice") ?? null }; },
      get sent() { return { frames: station.#connection?.frames ?? 0, bytes: station.#connection?.bytes ?? 0 }; },
      get quality() { return station.#scene?.stage.quality ?? null; },
      get frames() { return station.#scene?.frames ?? 0; },
    });
  }

  // -- joining ------------------------------------------------------------------------------------------------------

  /** @param {string} problem */
  #showJoin(problem) {
    this.#show("join", screens.joinScreen(this.#code, problem, (code) => this.#join(code)));
  }

  /** @param {string} code */
  #join(code) {
    this.#code = code;
    history.replaceState(null, "", `/station${location.search}#${encodeURIComponent(code)}`);
    this.#show("connecting", screens.waitScreen("Joining the session"));
    this.#connection?.close();
    const handheld = this.#headsetSupported && matchMedia("(pointer: coarse)").matches;
    this.#connection = connect({
      url: pageSocketUrl(),
      hello: { role: "trainee", code, client: { name: "talkdown-station", modality: handheld ? "headset" : "browser" }, streams: { head_pose: 72, voice: 50 } },
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
    else this.#linkTimer = setTimeout(() => this.#hud?.connection("Connection lost. Trying again; nothing you do is lost."), STATUS_AFTER_MS);
  }

  /** @param {import("../wire/messages.js").Welcome} welcome */
  #welcome(welcome) {
    this.#hud?.connection("");
    this.#phase = welcome.session.phase;
    this.#calibration = welcome.calibration ?? this.#calibration;
    if (!this.#scenario) this.#build(/** @type {PublicScenario} */ (welcome.scenario));
    this.#follow();
  }

  /** @param {ConnectionState} state */
  #closed({ code, reason, error }) {
    this.#scene?.run(false);
    if (this.#phase === "debrief" || this.#phase === "closed" || code === 4010 || error?.code === "session_ended") {
      this.#phase = "closed";
      if (this.#scenario) this.#afterwards();
      else this.#show("closed", screens.closedScreen("This session is over", "Its code is not valid any more. Ask your instructor for a new one."));
    } else if (code === 4001) {
      this.#show("closed", screens.closedScreen("Opened somewhere else", reason, this.#code));
    } else if (!this.#scenario) {
      this.#showJoin(reason);
    } else {
      this.#show("closed", screens.closedScreen("The connection has ended", reason, this.#code));
    }
  }

  /** The scenario is known: build the scene behind the panels. @param {PublicScenario} scenario */
  #build(scenario) {
    this.#scenario = scenario;
    this.#person = scenario.person ?? Object.keys(scenario.actors).find((id) => /person/i.test(scenario.actors[id].role)) ?? Object.keys(scenario.actors)[0] ?? "";
    document.title = `${scenario.title} – Talkdown`;
    const hud = new Hud(scenario, {
      onChoice: (id) => this.#choose(id),
      onRadio: (id) => this.#request("radio", { request: id }, () => hud.tell("You call on the radio.")),
      onAct: (id) => this.#act(id),
      onCover: () => this.#cover(),
      onStop: () => this.#stop(),
      onHeadset: () => this.#enterHeadset(),
    });
    hud.vr.hidden = !this.#headsetSupported;
    hud.root.hidden = true;
    this.#hud = hud;
    this.#hudRoot.replaceChildren(hud.root);
    this.#bindKeys(scenario);
    try {
      this.#scene = new SceneView(this.#canvas, scenario, {
        captions: hud.captions,
        onPress: (key) => this.#press(key),
        onSample: (ms, row) => this.#sample(ms, row),
        onFrame: () => this.#eachFrame(),
      });
    } catch (error) {
      console.error(error);
      this.#show("closed", screens.closedScreen("This browser cannot draw the scene", "It needs WebGL 2. Try another browser, or switch hardware acceleration on."));
    }
  }

  // -- which screen -------------------------------------------------------------------------------------------------

  /** Shows what belongs to the phase. */
  #follow() {
    const scene = this.#scene;
    if (!scene || !this.#hud) return;
    const playing = this.#phase === "running" || this.#phase === "frozen";
    if (playing) this.#begun = true;
    if (playing && !this.#entered) return this.#show("rejoin", screens.rejoinScreen((microphone) => this.#rejoin(microphone)));
    scene.run(playing);
    scene.let(this.#phase === "running");
    this.#hud.root.hidden = !playing;
    document.body.dataset.phase = this.#phase;
    if (this.#phase === "running") this.#show("running", null);
    else if (this.#phase === "frozen") this.#show("frozen", [element("h1", {}, "Paused"), element("p", { class: "lead" }, "Your instructor has stopped the clock. Stay where you are; it goes on in a moment.")]);
    else if (this.#phase === "debrief" || this.#phase === "closed") this.#afterwards();
    else if (!this.#consented) this.#showConsent("", true);
    else if (this.#voice && !this.#calibrationOver) this.#calibrate();
    else this.#showBriefing();
  }

  /** @param {string} name @param {readonly (Node | string | null | undefined | false)[] | null} content null: no panel */
  #show(name, content) {
    this.#screen = name;
    document.body.dataset.screen = name;
    this.#panel.hidden = content === null;
    this.#panel.replaceChildren(...(content ?? []).flatMap((node) => (node ? [node] : [])));
    if (content) this.#panel.focus({ preventScroll: true });
    else this.#canvas.focus();
  }

  // -- before the exercise ------------------------------------------------------------------------------------------

  /** @param {string} problem @param {boolean} microphone */
  #showConsent(problem, microphone) {
    if (!this.#scenario) return;
    const canListen = Boolean(navigator.mediaDevices);
    this.#show("consent", screens.consentScreen(this.#scenario, { problem, microphone, canListen }, {
      onGo: (wanted) => this.#consent(wanted),
      onLeave: () => this.#stop(),
    }));
  }

  /** @param {boolean} microphone */
  async #consent(microphone) {
    this.#show("wait", screens.waitScreen(microphone ? "Please allow the microphone" : "One moment"));
    try {
      await this.#openAudio();
      if (microphone) await this.#openMicrophone();
      const settings = this.#voice?.settings ?? null;
      await this.#connection?.request("consent", { content: true, microphone, settings });
      this.#consented = true;
      this.#entered = true;
      this.#calibrationOver = !microphone;
      this.#follow();
    } catch (error) {
      this.#closeMicrophone();
      if (error instanceof MicrophoneError) this.#showConsent(`${error.message} You can go on without it.`, false);
      else this.#showConsent(wordsOf(error), microphone);
    }
  }

  /** @param {boolean} microphone */
  async #rejoin(microphone) {
    this.#entered = this.#consented = true;
    await this.#openAudio();
    if (microphone) await this.#openMicrophone().catch((error) => this.#hud?.tell(wordsOf(error)));
    this.#voice?.listenAbove(speechThreshold(this.#calibration?.noise_lufs ?? null, this.#calibration?.baseline_lufs ?? null));
    this.#follow();
  }

  /** Needs a click or a key; everything that sounds goes through this one context. */
  async #openAudio() {
    this.#audio ??= new AudioContext({ latencyHint: "interactive" });
    await this.#audio.resume();
    if (this.#lines || !this.#scenario) return;
    this.#lines = new Lines(this.#audio);
    void this.#lines.prepare(this.#scenario.lines);
  }

  async #openMicrophone() {
    if (!this.#audio) return;
    this.#voice = await openVoice(this.#audio, (ms, row) => this.#hear(ms, row), () => {
      this.#voiceLost = true;
    });
    this.#voice.listenAbove(speechThreshold(null, null));
  }

  #closeMicrophone() {
    this.#voice?.close();
    this.#voice = null;
  }

  #calibrate() {
    const calibrating = new Calibrating();
    this.#calibrating = calibrating;
    const view = screens.calibrationScreen({
      onSkip: () => this.#endCalibration(),
      onDone: () => calibrating.finish(performance.now()),
    });
    this.#calibrationView = view;
    this.#showStep("room");
    this.#show("calibration", view.nodes);
  }

  /** @type {ReturnType<typeof screens.calibrationScreen> | null} */
  #calibrationView = null;
  #calibrationStep = "";

  /** @param {"room" | "reading"} step */
  #showStep(step) {
    const view = this.#calibrationView;
    if (!view) return;
    this.#calibrationStep = step;
    const room = step === "room";
    view.step.textContent = room ? "Your voice, 1 of 2" : "Your voice, 2 of 2";
    view.title.textContent = room ? "Be quiet for a moment" : "Read this, as to a calm person near you";
    view.text.textContent = room ? "We listen to the room for five seconds." : TEXT;
    view.text.dataset.step = step;
    view.done.hidden = room;
    if (!room) view.title.focus();
  }

  #endCalibration() {
    this.#calibrating = null;
    this.#calibrationView = null;
    this.#calibrationOver = true;
    this.#follow();
  }

  /** Both spans are known: let the server judge. @param {import("./calibrating.js").Spans} spans */
  async #judge(spans) {
    this.#calibrating = null;
    this.#show("wait", screens.waitScreen("Listening to what was heard"));
    try {
      await this.#connection?.flushed("voice", FLUSH_MS);
      const answer = await this.#connection?.request("calibrate", /** @type {any} */ (spans));
      this.#calibration = /** @type {CalibrationResult} */ (answer?.calibration);
    } catch (error) {
      this.#calibration = { accepted: false, baseline_lufs: null, noise_lufs: null, snr_db: null, speech_s: 0, clipped: 0, reasons: [wordsOf(error)] };
    }
    if (this.#phase !== "briefing") return;
    const { noise_lufs: noise, baseline_lufs: baseline, accepted } = this.#calibration;
    this.#voice?.listenAbove(speechThreshold(noise, accepted ? baseline : null));
    this.#show("calibrated", screens.calibratedScreen(this.#calibration, { onRetry: () => this.#calibrate(), onGo: () => this.#endCalibration() }));
  }

  #showBriefing() {
    if (!this.#scenario) return;
    const state = { microphone: this.#voice !== null, graded: this.#calibration?.accepted === true, headset: this.#headsetSupported };
    this.#show("briefing", screens.briefingScreen(this.#scenario, state, {
      onBegin: () => this.#request("begin", {}, () => {}),
      onHeadset: () => void this.#enterHeadset().then(() => this.#request("begin", {}, () => {})),
    }));
  }

  // -- the exercise -------------------------------------------------------------------------------------------------

  /** @param {PublicScenario} scenario */
  #bindKeys({ choices, radio, acts }) {
    const bind = (/** @type {string} */ key, /** @type {() => void} */ action) => {
      const letter = key.toLowerCase();
      if (!this.#keys.has(letter)) this.#keys.set(letter, action);
    };
    bind("escape", () => this.#hud?.stop());
    for (const { key } of Object.values(choices)) bind(key, () => this.#choose(this.#hud?.choiceAt(key.toLowerCase()) ?? ""));
    for (const [id, { key }] of Object.entries(radio)) bind(key, () => this.#request("radio", { request: id }, () => this.#hud?.tell("You call on the radio.")));
    for (const [id, { key }] of Object.entries(acts)) bind(key, () => this.#act(id));
    bind("c", () => this.#cover());
    bind("?", () => this.#hud?.toggleHelp());
    bind("f1", () => this.#hud?.toggleHelp());
  }

  /** @param {string} key @returns {boolean} */
  #press(key) {
    if (this.#phase !== "running" && this.#phase !== "frozen") return false;
    const action = this.#keys.get(key);
    action?.();
    return action !== undefined;
  }

  /** @param {string} id */
  #choose(id) {
    const text = this.#scenario?.choices[id]?.text ?? "";
    this.#request("choose", { choice: id }, () => {
      this.#hud?.chosen(id);
      this.#hud?.tell(`You: “${text}”`, 5_000);
    });
  }

  /** @param {string} id */
  #act(id) {
    if (id === "take_cover" && !this.#cover()) return;
    this.#request("act", { act: id }, () => {
      if (id !== "take_cover") this.#hud?.tell(this.#scenario?.acts[id]?.text ?? "");
    });
  }

  /** @returns {boolean} whether one goes to cover now */
  #cover() {
    if (this.#phase !== "running" || !this.#scene || this.#headset?.active) return false;
    const up = this.#scene.walker.underway || this.#scene.walker.ducked;
    const label = this.#scene.takeCover(this.#person);
    if (label) this.#hud?.tell(`You step behind the ${label}. Any step brings you out again.`);
    else this.#hud?.tell(up ? "You step out again." : "There is no cover you can reach from here.");
    return label !== null;
  }

  /**
   * @param {string} type @param {Record<string, unknown>} fields
   * @param {() => void} done
   */
  #request(type, fields, done) {
    this.#connection?.request(type, fields).then(done, (error) => {
      const word = error instanceof WireError && error.code === "not_offered" ? "Not now." : wordsOf(error);
      if (this.#hud && !this.#hud.root.hidden) this.#hud.tell(word);
      else this.#panel.append(element("p", { class: "problem", role: "alert" }, word));
    });
  }

  #stop() {
    this.#stopped = true;
    this.#connection?.request("stop").catch((error) => {
      if (this.#hud && !this.#hud.root.hidden) this.#hud.tell(wordsOf(error));
      else this.#show("closed", screens.closedScreen("You have left", wordsOf(error), this.#code));
    });
  }

  /** @param {number} ms @param {Float64Array} row */
  #sample(ms, row) {
    const playing = this.#phase === "running" || this.#phase === "frozen";
    // Between a headset's predicted times and the keyboard's, some milliseconds may overlap.
    if (!playing || ms < this.#lastSampleMs) return;
    this.#lastSampleMs = ms;
    this.#connection?.sendRow("head_pose", ms, row);
  }

  #lastSampleMs = -Infinity;

  async #enterHeadset() {
    const scene = this.#scene;
    if (!scene || !this.#scenario || !this.#hud) return;
    try {
      await this.#openAudio();
      this.#headset ??= new Headset(scene, this.#scenario, {
        onSample: (ms, row) => this.#sample(ms, row),
        onFrame: () => this.#eachFrame(),
        onChoice: (id) => this.#choose(id),
        onRadio: (id) => this.#request("radio", { request: id }, () => this.#hud?.tell("You call on the radio.")),
        onStop: () => this.#stop(),
      });
      await this.#headset.enter();
    } catch (error) {
      this.#hud.tell(`The headset could not be used: ${wordsOf(error)}`, 6_000);
    }
  }

  // -- what the server says -----------------------------------------------------------------------------------------

  /** @param {Push} push */
  #take(push) {
    switch (push.type) {
      case "phase": return this.#phaseChanged(push.phase, push.reason);
      case "stage": return this.#scene?.setActors(push.actors, push.t);
      case "say": return void this.#say(push);
      case "choices":
        this.#headset?.offer(push.offered);
        return this.#hud?.offer(push.offered);
      case "radio":
        this.#headset?.radio(push.request, push.status);
        return this.#hud?.radio(push.request, push.status);
      case "grade": return this.#graded(push.status, push.reason);
      default: return undefined; // a newer server's push is not for this page
    }
  }

  /** @param {PhaseName} phase @param {string | null} reason */
  #phaseChanged(phase, reason) {
    this.#phase = phase;
    if (reason !== null && /stop/.test(reason)) this.#stopped = true;
    this.#follow();
  }

  /** @param {import("../wire/messages.js").SayPush} push */
  async #say({ event, actor, text, audio }) {
    if (!this.#entered || !this.#lines || !this.#scene) return;
    const at = this.#scene.stage.eyesOf(actor);
    const { startedMs, seconds } = await this.#lines.speak(actor, text, audio, at && { x: at.x, y: at.y, z: at.z });
    this.#scene.stage.say(actor, text, seconds);
    this.#connection?.request("presented", { event, client_ms: startedMs }).catch((error) => console.warn("presented:", wordsOf(error)));
  }

  /** @param {"pending" | "ready" | "failed"} status @param {string | null} reason */
  #graded(status, reason) {
    this.#grade = status;
    this.#gradeReason = reason;
    if (this.#phase === "debrief" || this.#phase === "closed") this.#afterwards();
  }

  // -- voice --------------------------------------------------------------------------------------------------------

  /** @param {number} ms @param {Float32Array} row */
  #hear(ms, row) {
    this.#heard = true;
    this.#voiceRow.set(row);
    const calibrating = this.#calibrating;
    const playing = this.#entered && (this.#phase === "running" || this.#phase === "frozen");
    if (calibrating || playing) this.#connection?.sendRow("voice", ms, row);
    if (!calibrating) return;
    const step = calibrating.row(ms, row);
    if (step === "reading" && this.#calibrationStep === "room") {
      this.#voice?.listenAbove(speechThreshold(calibrating.noise, null));
      this.#showStep("reading");
    }
    if (calibrating.spans) void this.#judge(calibrating.spans);
  }

  /** What moves on the page with every frame. */
  #eachFrame() {
    const level = Math.max(0, Math.min(1, (this.#voiceRow[0] + 60) / 50));
    if (this.#hud && !this.#hud.root.hidden) {
      const state = this.#voiceLost ? "lost" : !this.#voice ? "off" : this.#voiceRow[4] > 0 ? "speaking" : "on";
      this.#hud.listen(state, this.#voice ? level : 0);
    }
    const view = this.#calibrationView;
    if (view && this.#calibrating) {
      const { progress, level: power, speaking } = this.#calibrating.progress;
      /** @type {HTMLElement} */ (view.bar.firstElementChild).style.transform = `scaleX(${progress.toFixed(3)})`;
      /** @type {HTMLElement} */ (view.level.firstElementChild).style.transform = `scaleX(${Math.max(0, Math.min(1, (power + 70) / 65)).toFixed(3)})`;
      view.level.dataset.speaking = String(speaking);
    }
    if (this.#lines && this.#scene) this.#lines.listen(this.#scene.stage.camera, (actor) => this.#scene?.stage.eyesOf(actor) ?? null);
  }

  // -- afterwards ---------------------------------------------------------------------------------------------------

  #afterwards() {
    this.#scene?.run(false);
    this.#headset?.leave();
    this.#lines?.stopAll();
    this.#closeMicrophone();
    this.#calibrating = null;
    if (this.#hud) this.#hud.root.hidden = true;
    document.body.dataset.phase = "debrief";
    const session = this.#connection?.welcome?.session.id ?? "";
    const state = { stopped: this.#stopped, begun: this.#begun, grade: this.#grade, reason: this.#gradeReason, report: `/report#${session}/${this.#code}` };
    this.#show("debrief", screens.debriefScreen(state));
    if (this.#phase === "closed" && this.#grade !== "ready" && this.#begun && !this.#stopped) this.#askForReport(session);
  }

  /** The last push may not have arrived before the session closed. @param {string} session */
  async #askForReport(session) {
    if (this.#asking) return;
    this.#asking = true;
    while (this.#grade !== "ready" && this.#grade !== "failed") {
      const response = await fetch(`/api/sessions/${session}/report`, { headers: { Authorization: `Bearer ${this.#code}` } }).catch(() => null);
      if (response?.status === 200) this.#graded("ready", null);
      else if (response && response.status !== 202) this.#graded("failed", `the server answered ${response.status}`);
      else await new Promise((resolve) => setTimeout(resolve, REPORT_POLL_MS));
    }
  }

  #asking = false;
}

/** @param {unknown} error */
function wordsOf(error) {
  return error instanceof Error ? error.message : String(error);
}
