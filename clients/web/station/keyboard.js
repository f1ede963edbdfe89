/**
 * Keys as the trainee uses them: what is held down, with the time of each change, and single presses. Keys
 * for
 * walking are places on the keyboard (they stay under the fingers on any layout), all others are letters.
 */

/** @typedef {import("./walking.js").Held} Held */

/** Physical key -> what it holds. */
const HOLDS = /** @type {Record<string, [keyof Held, number]>} */ ({
  KeyW: ["forward", 1],
  KeyS: ["forward", -1],
  KeyA: ["right", -1],
  KeyD: ["right", 1],
  KeyQ: ["turn", 1],
  KeyE: ["turn", -1],
  ArrowLeft: ["turn", 1],
  ArrowRight: ["turn", -1],
  ArrowUp: ["pitch", 1],
  ArrowDown: ["pitch", -1],
});
/** A page that hangs must not collect keys without end; the oldest are let go. */
const MOST_WAITING = 256;

export class Keyboard {
  /** @type {Set<string>} */
  #down = new Set();
  /** Changes not yet applied, in order. @type {{at: number, code: string, down: boolean}[]} */
  #waiting = [];
  #onPress;
  #active = () => true;
  /** The state that `until` leaves behind; used again. @type {Held} */
  held = { forward: 0, right: 0, turn: 0, pitch: 0, slow: false };

  /**
   * @param {(key: string) => boolean} onPress a single press by its letter; true when it meant something
   * @param {() => boolean} active whether keys walk now
   */
  constructor(onPress, active) {
    this.#onPress = onPress;
    this.#active = active;
    addEventListener("keydown", this);
    addEventListener("keyup", this);
    addEventListener("blur", this);
  }

  dispose() {
    removeEventListener("keydown", this);
    removeEventListener("keyup", this);
    removeEventListener("blur", this);
  }

  /** @param {Event} event */
  handleEvent(event) {
    if (event.type === "blur") this.release(event.timeStamp);
    else if (event instanceof KeyboardEvent) this.#key(event);
  }

  /** Everything is let go. @param {number} at */
  release(at) {
    for (const code of this.#down) this.#note(at, code, false);
    this.#down.clear();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { code, type, target, timeStamp } = event;
    if (type === "keyup") {
      if (this.#down.delete(code)) this.#note(timeStamp, code, false);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target)) return;
    const walks = code in HOLDS || code.startsWith("Shift");
    if (walks && this.#active()) {
      if (!event.repeat) {
        this.#down.add(code);
        this.#note(timeStamp, code, true);
      }
      event.preventDefault();
    } else if (!event.repeat && this.#onPress(event.key.toLowerCase())) {
      event.preventDefault();
    }
  }

  /** @param {number} at @param {string} code @param {boolean} down */
  #note(at, code, down) {
    this.#waiting.push({ at, code, down });
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  /** @type {Set<string>} what is down at the time that `until` has reached */
  #applied = new Set();

  /**
   * What was held at a moment; call with rising times.
   * @param {number} ms performance.now()
   * @returns {Held}
   */
  until(ms) {
    while (this.#waiting.length > 0 && this.#waiting[0].at <= ms) {
      const change = /** @type {{code: string, down: boolean}} */ (this.#waiting.shift());
      if (change.down) this.#applied.add(change.code);
      else this.#applied.delete(change.code);
    }
    const held = this.held;
    held.forward = held.right = held.turn = held.pitch = 0;
    held.slow = this.#applied.has("ShiftLeft") || this.#applied.has("ShiftRight");
    for (const code of this.#applied) {
      const hold = HOLDS[code];
      if (hold) held[/** @type {"forward" | "right" | "turn" | "pitch"} */ (hold[0])] += hold[1];
    }
    return held;
  }
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox";
}
