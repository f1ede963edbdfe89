/**
 * The report page, `/report#SESSION/KEY` or `/report#SESSION/CODE`: the grade with its evidence, and the session to
 * look at again. The key or code stays in the fragment, which browsers never send.
 */

import { ApiError, createApi } from "../page/api.js";
import { element, letGo } from "../page/element.js";
import { createPlayer } from "./player.js";
import { createReport } from "./report.js";

/** @typedef {import("../page/types.js").Report} Report */
/** @typedef {import("../page/types.js").Replay} Replay */
/** @typedef {import("./reading.js").Moment} Moment */

/** Grading takes seconds. */
const POLL_MS = 1000;

const [session = "", key = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
const api = createApi(key);

/** @param {string} what "report" or "replay" @returns {Promise<any>} once it is there */
async function fetched(what) {
  for (;;) {
    const answer = await api.get(`/api/sessions/${encodeURIComponent(session)}/${what}`).catch(passing);
    if (answer.status === 200) return answer.body;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** No answer at all passes by itself; everything else is an answer. @param {unknown} error */
function passing(error) {
  if (error instanceof ApiError && error.status === 0) return { status: 0, body: null };
  throw error;
}

/** @param {string} title @param {string} text */
function notice(title, text) {
  document.body.replaceChildren(
    element("main", { class: "notice" }, element("h1", {}, title), element("p", {}, text)),
  );
}

async function show() {
  if (session === "" || key === "")
    return notice("No report", "This link is not complete: it ends with the session and its key or code.");
  notice("Your report is being made", "It takes a few seconds after the end. This page shows it by itself.");
  const [report, replay] = await Promise.all([fetched("report"), fetched("replay").catch(reasonOf)]);
  open(report, replay);
}

/** Without a replay the report is still worth reading. @param {unknown} error */
function reasonOf(error) {
  console.error(error);
  return error instanceof Error ? error.message : String(error);
}

/** @param {Report} report @param {Replay | string} replay the replay, or why there is none */
function open(report, replay) {
  const there = typeof replay !== "string" && replay.t.length > 0;
  const player = there ? createPlayer(replay) : null;
  const reading = createReport(report, {
    origin: typeof replay === "string" ? 0 : replay.from_t,
    outcome:
      typeof replay === "string" ? null : (replay.scenario.outcomes?.[report.session.outcome ?? ""]?.text ?? null),
    onMoment: ({ evidence }) => player?.open(evidence),
    onJson: () => download(report),
  });
  const side =
    player?.root ??
    element(
      "aside",
      { class: "player-absence" },
      `There is nothing to replay. ${typeof replay === "string" ? replay : "The scenario did not begin."}`,
    );
  document.title = `Talkdown – report – ${report.session.title}`;
  document.body.replaceChildren(element("main", { class: "report", onclick: letGo }, reading.root, side));
  player?.start();
}

/**
 * The report as the server gave it. The address of the JSON needs the key as a bearer token, so a link would not do.
 * @param {Report} report
 */
function download(report) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(report, null, 2)], { type: "application/json" }));
  element("a", { href: url, download: `talkdown-${report.session.id}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(url), POLL_MS);
}

addEventListener("hashchange", () => location.reload());
show().catch((error) => {
  if (!(error instanceof ApiError)) throw error;
  notice("No report", error.message);
});
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
