/** Where each region of the scenario stands: all its nodes in order, the present one lit, and for how long. */

import { element, mark, say } from "../page/element.js";
import { Names } from "../page/events.js";
import { clock, words } from "../page/format.js";

export class Regions {
  /** @param {HTMLElement} parent @param {import("../page/types.js").Scenario} scenario */
  constructor(parent, scenario) {
    const names = new Names(scenario);
    /** @type {{region: string, dwell: HTMLElement, nodes: [string, HTMLElement][]}[]} */
    this.rows = Object.entries(scenario.regions ?? {}).map(([region, nodes]) => {
      const chips = nodes.map((node) => /** @type {[string, HTMLElement]} */ ([node, element("li", {}, words(node))]));
      const dwell = element("span", { class: "dwell" });
      parent.append(element("div", { class: "region" },
        element("h4", {}, names.region(region), dwell), element("ol", {}, ...chips.map(([, chip]) => chip))));
      return { region, dwell, nodes: chips };
    });
  }

  /** @param {import("./picture.js").Picture} picture */
  show(picture) {
    for (const { region, dwell, nodes } of this.rows) {
      const present = picture.live?.nodes[region];
      for (const [node, chip] of nodes) mark(chip, "now", String(node === present));
      const since = picture.dwell(region);
      say(dwell, since === null ? "" : clock(since));
    }
  }
}
