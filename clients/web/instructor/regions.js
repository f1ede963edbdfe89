/** Where each region of the scenario stands: the present node and for how long, and the way that led there. */

import { element, say } from "../page/element.js";
import { Names } from "../page/events.js";
import { clock, words } from "../page/format.js";

/** The present node and the one before it: what a line of the console holds. */
const SHOWN = 2;

export class Regions {
  /** @param {HTMLElement} parent @param {import("../page/types.js").Scenario} scenario */
  constructor(parent, scenario) {
    const names = new Names(scenario);
    this.rows = Object.entries(scenario.regions ?? {}).map(([region, nodes]) => {
      const dwell = element("time", {});
      const trail = element("ol", { title: `All nodes: ${nodes.map(words).join(", ")}` });
      parent.append(element("div", { class: "region" }, element("h4", {}, names.region(region)), trail, dwell));
      return { region, trail, dwell, shown: "" };
    });
  }

  /** @param {import("./picture.js").Picture} picture */
  show(picture) {
    for (const row of this.rows) {
      const visits = picture.visits(row.region, SHOWN);
      const since = visits.at(-1)?.since ?? null;
      say(row.dwell, since === null ? "" : clock(picture.t - since));
      const text = visits.map(({ node }) => node).join(" ");
      if (text === row.shown) continue;
      row.shown = text;
      row.trail.replaceChildren(...visits.map(({ node }) => element("li", {}, words(node))));
    }
  }
}
