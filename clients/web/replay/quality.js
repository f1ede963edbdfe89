/** The report's section on its own foundations: one calm line when all is well, else what is missing, when and why. */

import { element } from "../page/element.js";
import { capital } from "../page/format.js";
import { COLUMNS, cells, damageWords, gapWords, inOrder, nameOf, presenceWords, restsSentence, troubled } from "./rests.js";

/**
 * @typedef {import("../page/types.js").Quality} Quality
 * @typedef {import("../page/types.js").StreamQuality} StreamQuality
 */

/**
 * @param {Quality} quality
 * @param {number} origin when the scenario began, seconds since the session opened
 */
export function qualitySection(quality, origin) {
  if (quality.streams.length === 0) return null;
  const bad = troubled(quality);
  const damage = damageWords(quality.damage);
  return element(
    "section",
    { class: "quality", "data-sound": bad.length === 0 && damage === "" },
    element("h2", {}, "What the record rests on"),
    element("p", { class: "rests" }, restsSentence(quality)),
    bad.length > 0 && element("ul", { class: "troubles" }, ...bad.map((stream) => trouble(stream, origin))),
    damage !== "" && element("p", {}, damage),
    ...quality.streams.filter((stream) => !bad.includes(stream)).map(presence),
    element("details", {}, element("summary", {}, "Every stream in figures"), table(inOrder(quality))),
  );
}

/** @param {StreamQuality} stream @param {number} origin */
function trouble(stream, origin) {
  const { verdict, why, gaps } = stream;
  const lines = gaps.longest.map((gap) => {
    const { time, text } = gapWords(gap, origin);
    return element("li", {}, element("time", {}, time), ` ${text}`);
  });
  return element(
    "li",
    { "data-verdict": verdict },
    element("b", {}, capital(nameOf(stream))),
    element("p", {}, [...why, presenceWords(stream)].filter(Boolean).join(" ")),
    lines.length > 0 && element("ul", {}, ...lines),
  );
}

/** @param {StreamQuality} stream */
function presence(stream) {
  const said = presenceWords(stream);
  return said !== "" && element("p", {}, said);
}

/** @param {StreamQuality[]} streams */
function table(streams) {
  const head = [["", ""], ...COLUMNS].map(([name, meaning]) =>
    element("th", { scope: "col", title: meaning || null }, name),
  );
  const rows = streams.map((stream) =>
    element(
      "tr",
      { "data-verdict": stream.verdict },
      element("th", { scope: "row" }, capital(nameOf(stream))),
      ...cells(stream).map((text) => element("td", {}, text)),
    ),
  );
  return element(
    "div",
    { class: "figures", tabindex: 0 },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
  );
}
