/**
 * One curve over time with its name and present value: the console's rolling plots and the report's traces.
 *
 * uPlot draws the curves; bands, guide lines and event marks are drawn under and over them by hooks. The time cursor
 * is an element moved by a transform, so that a playing replay never redraws a canvas.
 */

import uPlot from "../vendored/uplot.js";
import { element, mark, say } from "./element.js";
import { placeGuides } from "./guides.js";

/** @typedef {{value: number, label?: string, below?: boolean}} Guide a horizontal line that means something; its label stands on it or `below` it, where there is room */
/** @typedef {{t: number, tone: string}} Mark a moment worth a vertical line; `tone` is a colour variable's name */
/** @typedef {{low: number, high: number}} Band a stretch of values to keep out of */
/** @typedef {{from: number, to: number}} Stretch a stretch of time to look at */

/**
 * @typedef {object} StripOptions
 * @property {string} title
 * @property {string[]} tones colour variable of each curve, e.g. `--distance`
 * @property {(low: number, high: number) => [number, number]} range of the y axis, from the data's range
 * @property {number} [every] metres, LU... between two labels of the y axis
 * @property {(from: number, to: number) => number[]} splits where the time axis has its lines
 * @property {(t: number, to: number) => string} label what it says there; `to` is its end
 * @property {boolean} [tall] the note is long and gets a line of its own
 * @property {boolean} [times] whether to label the time axis; only the lowest of a stack does
 * @property {(t: number) => void} [onSeek] called with the time that was clicked or dragged to
 */

/** Marks must not hide the curve they explain. */
const MARK_OPACITY = 0.55;
const AXIS_FONT = "11px system-ui, sans-serif";
const AXIS_WIDTH = 34;
const GUIDE_FONT_PX = 11;
const TIMES_HEIGHT = 22;

/**
 * @param {HTMLElement} parent
 * @param {StripOptions} options
 */
export function createStrip(parent, options) {
  const value = element("output", { class: "strip-value" });
  const note = element("p", { class: "strip-note" });
  const plot = element("div", { class: "strip-plot" });
  const absence = element("p", { class: "strip-absence", hidden: true });
  const head = element("header", { class: "strip-head" }, element("h3", {}, options.title), note, value);
  const root = element(
    "section",
    { class: options.tall ? "strip tall" : "strip", "aria-label": options.title },
    head,
    plot,
    absence,
  );
  parent.append(root);
  return new Strip(root, { value, note, plot, absence }, options);
}

export class Strip {
  /**
   * @param {HTMLElement} root
   * @param {{value: HTMLElement, note: HTMLElement, plot: HTMLElement, absence: HTMLElement}} parts
   * @param {StripOptions} options
   */
  constructor(root, parts, options) {
    this.root = root;
    this.parts = parts;
    this.options = options;
    /** @type {Band | null} */
    this.band = null;
    /** @type {Guide[]} */
    this.guides = [];
    /** @type {readonly Mark[]} */
    this.marks = [];
    /** @type {Stretch | null} */
    this.stretch = null;
    this.colour = colours();
    this.plot = new uPlot(this.#settings(), [[], ...options.tones.map(() => [])], parts.plot);
    this.cursor = element("div", { class: "strip-cursor", hidden: true });
    this.plot.over.append(this.cursor);
    if (options.onSeek) this.#seekable(options.onSeek);
    this.observer = new ResizeObserver(() => this.#fit());
    this.observer.observe(parts.plot);
  }

  /**
   * Show these rows over this stretch of time.
   * @param {import("uplot").AlignedData} columns
   * @param {number} from
   * @param {number} to
   */
  show(columns, from, to) {
    this.plot.batch(() => {
      this.plot.setData(columns, false);
      this.plot.setScale("x", { min: from, max: to });
    });
  }

  /** Draw again, after `band`, `guides`, `marks` or `stretch` changed. */
  redraw() {
    this.plot.redraw(false);
  }

  /**
   * The present value, a word about it, and its tone ("" or "warn").
   * @param {string} text
   * @param {string} [note]
   * @param {string} [tone]
   */
  tell(text, note = "", tone = "") {
    say(this.parts.value, text);
    say(this.parts.note, note);
    if (this.parts.note.title !== note) this.parts.note.title = note;
    mark(this.root, "tone", tone);
  }

  /** Why there is no curve; null: there is one. @param {string | null} reason */
  absent(reason) {
    this.parts.absence.hidden = reason === null;
    say(this.parts.absence, reason ?? "");
  }

  /** Put the time cursor at `t`. @param {number} t */
  moveCursor(t) {
    this.cursor.hidden = false;
    this.cursor.style.transform = `translateX(${this.plot.valToPos(t, "x")}px)`;
  }

  dispose() {
    this.observer.disconnect();
    this.plot.destroy();
    this.root.remove();
  }

  /** @returns {import("uplot").Options} */
  #settings() {
    const { tones, range, times } = this.options;
    return {
      width: 300,
      height: 100,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 14, times ? 0 : 4, 0],
      scales: { x: { time: false }, y: { range: (_, low, high) => range(low ?? 0, high ?? 0) } },
      series: [
        {},
        ...tones.map((tone) => ({
          stroke: this.colour(tone),
          width: 1.75,
          spanGaps: false,
          points: { show: false },
        })),
      ],
      axes: [this.#timeAxis(times ?? false), this.#valueAxis()],
      hooks: { drawClear: [() => this.#under()], draw: [() => this.#over()] },
    };
  }

  /** @param {boolean} labelled @returns {import("uplot").Axis} */
  #timeAxis(labelled) {
    const grid = { stroke: this.colour("--line"), width: 1 };
    const values = (/** @type {uPlot} */ plot, /** @type {number[]} */ splits) =>
      splits.map((t) => this.options.label(t, plot.scales.x.max ?? t));
    const splits = (
      /** @type {uPlot} */ _,
      /** @type {number} */ __,
      /** @type {number} */ from,
      /** @type {number} */ to,
    ) => this.options.splits(from, to);
    return {
      size: labelled ? TIMES_HEIGHT : 0,
      font: AXIS_FONT,
      stroke: this.colour("--text-dim"),
      grid,
      ticks: { show: false },
      values: labelled ? values : () => [],
      splits,
      gap: 6,
    };
  }

  /** @returns {import("uplot").Axis} */
  #valueAxis() {
    const { every } = this.options;
    return {
      size: AXIS_WIDTH,
      font: AXIS_FONT,
      stroke: this.colour("--text-dim"),
      ticks: { show: false },
      gap: 4,
      space: 24,
      grid: { stroke: this.colour("--line"), width: 1 },
      ...(every ? { incrs: [every, every * 2, every * 5, every * 10] } : {}),
    };
  }

  /** Bands and stretches lie under the curves. */
  #under() {
    const { ctx, bbox } = this.plot;
    if (this.band) {
      const [top, bottom] = [this.#y(this.band.high), this.#y(this.band.low)];
      ctx.fillStyle = this.colour("--band");
      ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
    }
    if (this.stretch) {
      const [left, right] = [this.#x(this.stretch.from), this.#x(this.stretch.to)];
      ctx.fillStyle = this.colour("--stretch");
      ctx.fillRect(left, bbox.top, Math.max(2 * devicePixelRatio, right - left), bbox.height);
    }
  }

  #over() {
    this.#drawGuides();
    for (const { t, tone } of this.marks) this.#mark(t, tone);
  }

  #drawGuides() {
    const { ctx, bbox } = this.plot;
    const shown = this.guides.filter(({ value }) => this.#holds(value));
    if (shown.length === 0) return;
    const scale = devicePixelRatio;
    ctx.save();
    ctx.font = `${GUIDE_FONT_PX * scale}px system-ui, sans-serif`;
    const wanted = shown.map(({ value, label, below = false }) => {
      return { y: this.#y(value), width: label ? ctx.measureText(label).width : 0, below };
    });
    const plot = { left: bbox.left, right: bbox.left + bbox.width, height: GUIDE_FONT_PX * scale, scale };
    const placed = placeGuides(wanted, plot);
    ctx.strokeStyle = this.colour("--guide");
    ctx.setLineDash([4 * scale, 4 * scale]);
    ctx.lineWidth = scale;
    for (const [i, { dashes }] of placed.entries()) {
      for (const [from, to] of dashes) line(ctx, from, wanted[i].y, to, wanted[i].y);
    }
    ctx.fillStyle = this.colour("--text-dim");
    ctx.textBaseline = "bottom";
    ctx.textAlign = "left";
    for (const [i, { label }] of placed.entries()) {
      if (label) ctx.fillText(shown[i].label ?? "", label.left, label.bottom);
    }
    ctx.restore();
  }

  /** Whether a value is within the plot. @param {number} value */
  #holds(value) {
    const { min = null, max = null } = this.plot.scales.y;
    return min !== null && max !== null && value >= min && value <= max;
  }

  /** @param {number} t @param {string} tone */
  #mark(t, tone) {
    const { ctx, bbox } = this.plot;
    const x = this.#x(t);
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = this.colour(tone);
    ctx.globalAlpha = MARK_OPACITY;
    ctx.lineWidth = devicePixelRatio;
    line(ctx, x, bbox.top, x, bbox.top + bbox.height);
    ctx.restore();
  }

  /** @param {number} t @returns {number} canvas pixels */
  #x(t) {
    return this.plot.valToPos(t, "x", true);
  }

  /** @param {number} value @returns {number} canvas pixels, kept within the plot */
  #y(value) {
    const { top, height } = this.plot.bbox;
    return Math.min(top + height, Math.max(top, this.plot.valToPos(value, "y", true)));
  }

  #fit() {
    const { clientWidth, clientHeight } = this.parts.plot;
    if (clientWidth > 0 && clientHeight > 0) this.plot.setSize({ width: clientWidth, height: clientHeight });
  }

  /** @param {(t: number) => void} onSeek */
  #seekable(onSeek) {
    const { over } = this.plot;
    const go = (/** @type {PointerEvent} */ event) =>
      onSeek(this.plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x"));
    over.addEventListener("pointerdown", (event) => {
      over.setPointerCapture(event.pointerId);
      go(event);
    });
    over.addEventListener("pointermove", (event) => {
      if (over.hasPointerCapture(event.pointerId)) go(event);
    });
  }
}

/**
 * Canvas needs colours, not variables: read them once from the style sheet.
 * @returns {(name: string) => string}
 */
function colours() {
  const style = getComputedStyle(document.documentElement);
  /** @type {Map<string, string>} */
  const known = new Map();
  return (name) => {
    const colour = known.get(name) ?? (style.getPropertyValue(name).trim() || "#888");
    known.set(name, colour);
    return colour;
  };
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function line(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
