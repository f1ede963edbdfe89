/**
 * Where each region of the scenario stands (the present node, for how long, the one before it) and what could come next
 * there: each branch with its condition, whether it would be taken now, and whether it is held back. The chosen branch
 * can be taken or held by a key or a button.
 */

import { element, keycap, mark, say } from "../page/element.js";
import { Names } from "../page/events.js";
import { clock, duration, words } from "../page/format.js";
import { personOf } from "../page/person.js";
import { conditionWords, keyOf, standing } from "./ahead.js";

/** @typedef {import("./ahead.js").Branch} Branch */
/** @typedef {{item: HTMLElement, when: HTMLElement, due: HTMLElement, hold: HTMLElement, branch: Branch}} Line */
/**
 * @typedef {{region: string, trail: HTMLElement, dwell: HTMLElement, more: HTMLElement, list: HTMLElement,
 *   every: string, shown: string}} Row
 */

/** The present node and the one before it: what a line of the console holds. */
const SHOWN = 2;

export class Regions {
  /**
   * @param {HTMLElement} parent
   * @param {import("../page/types.js").Scenario} scenario
   * @param {import("./branches.js").Branches} branches
   */
  constructor(parent, scenario, branches) {
    const names = new Names(scenario);
    this.branches = branches;
    /** @type {Map<string, Line>} */
    this.lines = new Map();
    this.layout = "";
    this.rows = Object.entries(scenario.regions ?? {}).map(([region, nodes]) => {
      const dwell = element("time", {});
      const every = `All nodes: ${nodes.map(words).join(", ")}`;
      const trail = element("ol", { class: "trail", title: every });
      const list = element("ol", { class: "ahead", "aria-label": `What could come next: ${names.region(region)}` });
      const more = element("span", { class: "more", title: "Branches ahead" });
      const open = () => branches.open(region);
      parent.append(
        element("div", { class: "region", onclick: open }, element("h4", {}, names.region(region)), trail, dwell, more),
        list,
      );
      return { region, trail, dwell, more, list, every, shown: "" };
    });
    /** The region of the person is always open. */
    const called = [personOf(scenario), "person"];
    this.person = (this.rows.find(({ region }) => called.includes(region)) ?? this.rows[0])?.region;
  }

  /** @param {import("./picture.js").Picture} picture @param {import("./ahead.js").Ahead} ahead */
  show(picture, ahead) {
    for (const row of this.rows) this.#stand(row, picture);
    this.#list(ahead.branches);
    for (const branch of ahead.branches) this.#tell(branch, ahead.key, picture);
    for (const { region, more, list } of this.rows) {
      list.hidden = region !== this.person && !ahead.matters(region);
      const count = list.childElementCount;
      say(more, list.hidden && count ? `${count} →` : "");
    }
  }

  /** @param {Row} row @param {import("./picture.js").Picture} picture */
  #stand(row, picture) {
    const visits = picture.visits(row.region, SHOWN);
    const since = visits.at(-1)?.since ?? null;
    say(row.dwell, since === null ? "" : clock(picture.t - since));
    const text = visits.map(({ node }) => node).join(" ");
    if (text === row.shown) return;
    row.shown = text;
    row.trail.replaceChildren(...visits.map(({ node }) => element("li", {}, element("span", {}, words(node)))));
    row.trail.title = `${visits.map(({ node }) => words(node)).join(" → ")}\n${row.every}`;
  }

  /** Lines are made again only when other branches are there. @param {readonly Branch[]} branches */
  #list(branches) {
    const layout = branches.map(keyOf).join("\n");
    if (layout === this.layout) return;
    this.layout = layout;
    this.lines.clear();
    for (const { region, list } of this.rows) {
      const own = branches.filter((branch) => branch.region === region).map((branch) => this.#line(branch));
      list.replaceChildren(...own.map(({ item }) => item));
    }
  }

  /** @param {Branch} branch */
  #line(branch) {
    const [when, due, hold] = [element("span", { class: "when" }), element("span", { class: "due" }), element("span")];
    /** @type {Line} */
    const line = { item: element("li"), when, due, hold, branch };
    line.item = element(
      "li",
      { onclick: () => this.branches.choose(branch) },
      element("span", { class: "to" }, words(branch.node)),
      when,
      due,
      element(
        "span",
        { class: "deeds" },
        element("button", { onclick: () => this.branches.take(branch) }, keycap("Enter"), "Take"),
        element("button", { onclick: () => this.branches.hold(line.branch) }, keycap("."), hold),
      ),
    );
    this.lines.set(keyOf(branch), line);
    return line;
  }

  /** @param {Branch} branch @param {string | null} chosen @param {import("./picture.js").Picture} picture */
  #tell(branch, chosen, picture) {
    const line = this.lines.get(keyOf(branch));
    if (!line) return;
    const { way } = branch;
    const left = way.due_ms === null ? 0 : way.due_ms - picture.ms;
    line.branch = branch;
    mark(line.item, "standing", standing(way));
    line.item.setAttribute("aria-current", String(keyOf(branch) === chosen));
    const words = conditionWords(branch);
    say(line.when, words);
    if (line.item.title !== words) line.item.title = words;
    const waits = left > 0 ? `in ${duration(left / 1000)}` : way.holds === null ? "not known" : "";
    say(line.due, way.held ? "held back" : waits);
    say(line.hold, way.held ? "Let go" : "Hold back");
  }
}
