/**
 * Spoken lines: fetched ahead, played where the speaker stands, one at a time per speaker. Without a sound
 * file or
 * sound at all, a line is its caption for as long as reading it takes.
 */

/** Subtitle practice: 15 letters a second, at least two seconds. */
const LETTERS_PER_S = 15;
const LEAST_S = 2;
/** A voice that is cut off ends softly. */
const FADE_S = 0.05;
/** All lines of a scenario are short; this many at once leave the network to the session. */
const FETCHES = 4;

/**
 * @typedef {import("../wire/messages.js").Line} Line
 * @typedef {{actor: string, source: AudioBufferSourceNode, panner: PannerNode | null, gain: GainNode}}
 *   Playing
 */

export class Lines {
  #context;
  /** @type {Map<string, Promise<AudioBuffer | null>>} by URL */
  #sounds = new Map();
  /** @type {Map<string, Playing>} by actor */
  #playing = new Map();

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context;
  }

  /** Fetches every line of a scenario, a few at a time. @param {Record<string, Line>} lines */
  async prepare(lines) {
    const waiting = Object.values(lines).flatMap(({ audio }) => (audio ? [audio] : []));
    const fetchNext = async () => {
      for (let url = waiting.shift(); url; url = waiting.shift()) await this.#sound(url);
    };
    await Promise.all(Array.from({ length: FETCHES }, fetchNext));
  }

  /**
   * Plays a line, or only times it.
   * @param {string} actor
   * @param {string} text
   * @param {string | null} audio
   * @param {{x: number, y: number, z: number} | null} at where the speaker's head is; null: everywhere (a
   *   radio)
   * @returns {Promise<{startedMs: number, seconds: number}>} when it is heard first, on the page's clock
   */
  async speak(actor, text, audio, at) {
    const sound = audio ? await this.#sound(audio) : null;
    if (!sound || this.#context.state !== "running") {
      return { startedMs: performance.now(), seconds: Math.max(LEAST_S, text.length / LETTERS_PER_S) };
    }
    this.stop(actor);
    const { source, gain, panner } = this.#chain(sound, at);
    const playing = { actor, source, gain, panner };
    this.#playing.set(actor, playing);
    source.onended = () => {
      if (this.#playing.get(actor) === playing) this.#playing.delete(actor);
      gain.disconnect();
    };
    source.start();
    return { startedMs: performance.now() + this.#latencyMs(), seconds: sound.duration };
  }

  /**
   * Ears and mouths have moved.
   * @param {import("../vendored/three.js").Object3D} ears
   * @param {(actor: string) => {x: number, y: number, z: number} | null} eyesOf
   */
  listen(ears, eyesOf) {
    const listener = this.#context.listener;
    const m = ears.matrixWorld.elements;
    if (listener.positionX) {
      listener.positionX.value = m[12];
      listener.positionY.value = m[13];
      listener.positionZ.value = m[14];
      listener.forwardX.value = -m[8];
      listener.forwardY.value = -m[9];
      listener.forwardZ.value = -m[10];
      listener.upX.value = m[4];
      listener.upY.value = m[5];
      listener.upZ.value = m[6];
    } else {
      listener.setPosition(m[12], m[13], m[14]);
      listener.setOrientation(-m[8], -m[9], -m[10], m[4], m[5], m[6]);
    }
    for (const { actor, panner } of this.#playing.values()) {
      const at = panner && eyesOf(actor);
      if (panner && at) place(panner, at);
    }
  }

  /** Ends what somebody is saying. @param {string} actor */
  stop(actor) {
    const playing = this.#playing.get(actor);
    if (!playing) return;
    this.#playing.delete(actor);
    const now = this.#context.currentTime;
    playing.gain.gain.setTargetAtTime(0, now, FADE_S / 3);
    playing.source.stop(now + FADE_S);
  }

  stopAll() {
    for (const actor of [...this.#playing.keys()]) this.stop(actor);
  }

  /** @param {AudioBuffer} sound @param {{x: number, y: number, z: number} | null} at */
  #chain(sound, at) {
    const context = this.#context;
    const source = new AudioBufferSourceNode(context, { buffer: sound });
    const gain = new GainNode(context, { gain: at ? 1.6 : 0.55 });
    const panner =
      at &&
      new PannerNode(context, {
        panningModel: "HRTF",
        distanceModel: "inverse",
        refDistance: 1.5,
        rolloffFactor: 0.7,
      });
    if (panner) {
      place(panner, at);
      source.connect(gain).connect(panner).connect(context.destination);
    } else {
      source.connect(gain).connect(context.destination);
    }
    return { source, gain, panner };
  }

  /** From starting a sound to hearing it. */
  #latencyMs() {
    return ((this.#context.baseLatency || 0) + (this.#context.outputLatency || 0)) * 1000;
  }

  /**
   * @param {string} url
   * @returns {Promise<AudioBuffer | null>} null where there is none: the caption stands for it
   */
  #sound(url) {
    let sound = this.#sounds.get(url);
    if (!sound) {
      sound = this.#fetch(url);
      this.#sounds.set(url, sound);
    }
    return sound;
  }

  /** @param {string} url */
  async #fetch(url) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${response.status} for ${url}`);
      return await this.#context.decodeAudioData(await response.arrayBuffer());
    } catch (error) {
      console.warn("a spoken line has only its caption:", error);
      return null;
    }
  }
}

/** @param {PannerNode} panner @param {{x: number, y: number, z: number}} at */
function place(panner, { x, y, z }) {
  panner.positionX.value = x;
  panner.positionY.value = y;
  panner.positionZ.value = z;
}
