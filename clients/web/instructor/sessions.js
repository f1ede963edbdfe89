/**
 * The list of sessions: the live ones first, each with a join code that can be read out, the ended ones with their
 * report. Asked for every two seconds; up and down move, Enter watches, N goes to the button that
 * opens a new session (a slip of one key must not open one).
 */

import { ApiError, sentence } from "../page/api.js";
import { element, keycap, say } from "../page/element.js";
import { capital, clock, duration } from "../page/format.js";
import { phaseWords } from "../page/events.js";

/** @typedef {import("../page/types.js").Listed} Listed */
/** @typedef {import("../page/types.js").Shipped} Shipped */

/** A list is looked at, not reacted to: two seconds are soon enough. */
const POLL_MS = 2000;

/**
 * @param {{api: import("../page/api.js").Api, key: string, watch: (id: string) => void}} options
 * @returns {import("./main.js").View}
 */
export function openSessions({ api, key, watch }) {
  const live = element("section", { class: "live-sessions", "aria-label": "Live sessions" });
  const ended = element("section", { class: "ended-sessions", "aria-label": "Ended sessions" });
  const trouble = element("p", { class: "banner", role: "alert", hidden: true });
  const pick = element("select", { "aria-label": "Scenario", onchange: () => offerLocales() });
  const locale = element("select", { "aria-label": "Language", hidden: true });
  const open = element("button", { class: "primary", onclick: () => void openNew() }, "Open a session ", keycap("N"));
  const root = element(
    "main",
    { class: "sessions" },
    element(
      "header",
      { class: "sessions-head" },
      element("h1", {}, "Sessions"),
      element("div", { class: "open-new" }, pick, locale, open),
    ),
    trouble,
    live,
    ended,
    element(
      "footer",
      { class: "keys-line" },
      keycap("↑"),
      keycap("↓"),
      " choose  ",
      keycap("Enter"),
      " watch  ",
      keycap("N"),
      keycap("Enter"),
      " open a session",
    ),
  );

  let timer = 0;
  let seen = "";
  let closed = false;
  /** @type {Shipped[]} */
  let shipped = [];

  /** The languages of the scenario that is picked; nothing to choose where there is only one. */
  function offerLocales() {
    const tags = shipped.find(({ id }) => id === pick.value)?.locales ?? [];
    locale.replaceChildren(...tags.map((tag) => element("option", { value: tag }, languageName(tag))));
    locale.hidden = tags.length < 2;
  }

  async function refresh() {
    try {
      if (pick.options.length === 0) {
        shipped = (await api.get("/api/scenarios")).body;
        offer(pick, shipped);
        offerLocales();
      }
      const { sessions, unlisted } = (await api.get("/api/sessions")).body;
      draw(sessions, unlisted);
      tell(unlisted && new Error(sentence(unlisted)));
    } catch (error) {
      tell(error);
      // Asking on with a wrong key would look like guessing, and lock this machine out.
      if (error instanceof ApiError && error.status === 401) closed = true;
    }
    if (!closed) timer = window.setTimeout(refresh, POLL_MS);
  }

  /**
   * @param {Listed[]} sessions
   * @param {string | null} unlisted why the ended ones are not among them; those that are shown stay
   */
  function draw(sessions, unlisted) {
    const text = JSON.stringify(sessions);
    if (text === seen) return;
    seen = text;
    const focused = document.activeElement?.id;
    const running = sessions.filter((session) => session.live);
    live.replaceChildren(...(running.length ? running.map((each) => card(each, key)) : [nobody()]));
    const past = sessions.filter((session) => !session.live);
    if (unlisted === null) ended.replaceChildren(...endedTable(past, key));
    if (focused) document.getElementById(focused)?.focus();
  }

  async function openNew() {
    open.disabled = true;
    try {
      const { body } = await api.post("/api/sessions", {
        scenario: pick.value,
        ...(locale.hidden ? {} : { locale: locale.value }),
      });
      watch(body.id);
    } catch (error) {
      tell(error);
    }
    open.disabled = false;
  }

  /** @param {unknown} error */
  function tell(error) {
    trouble.hidden = error === null;
    if (error === null) return;
    const refused = error instanceof ApiError && error.status === 401;
    say(trouble, `${error instanceof Error ? error.message : error}${refused ? "" : " Trying again."}`);
    if (refused) trouble.append(" ", element("a", { href: "#" }, "Enter the key again"));
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
    if (event.key === "n" || event.key === "N") (pick.hidden ? open : pick).focus();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  /** @param {number} by */
  function move(by) {
    const links = [...root.querySelectorAll("a")];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  addEventListener("keydown", onKey);
  void refresh();
  return {
    root,
    close() {
      closed = true;
      clearTimeout(timer);
      removeEventListener("keydown", onKey);
    },
  };
}

/**
 * A language by its own name, "Deutsch".
 * @param {string} tag
 */
function languageName(tag) {
  return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
}

/** @param {HTMLSelectElement} pick @param {Shipped[]} scenarios */
function offer(pick, scenarios) {
  pick.replaceChildren(...scenarios.map(({ id, title }) => element("option", { value: id }, title)));
  pick.hidden = scenarios.length < 2;
}

/** @param {Listed} session @param {string} key */
function card(session, key) {
  const { id, code, phase, title, pseudonym, t = 0, ms = 0 } = session;
  const times = ms > 0 ? `scenario ${clock(ms / 1000)}` : `open for ${duration(t)}`;
  return element(
    "a",
    { class: "session-card", id: `session-${id}`, href: `#${encodeURIComponent(key)}/${id}`, "data-phase": phase },
    element(
      "div",
      { class: "card-what" },
      element("h2", {}, title),
      element("p", { class: "dim" }, `${capital(pseudonym)} · ${times}`),
    ),
    element(
      "div",
      { class: "card-code" },
      element("span", { class: "label" }, "Join code"),
      element("strong", { class: "code" }, code ?? ""),
    ),
    element(
      "div",
      { class: "card-state" },
      element("span", { class: "pill", "data-phase": phase }, phaseWords(phase)),
      element("p", { class: "dim" }, presence(session)),
    ),
    element("span", { class: "card-go" }, "Watch"),
  );
}

/** @param {Listed} session */
function presence({ trainee_present: present, phase }) {
  if (present) return "Trainee here";
  return phase === "lobby" ? "Nobody has joined yet" : "The trainee’s connection is gone";
}

function nobody() {
  return element("p", { class: "empty" }, "No session is open. Open one, and read its code out to the trainee.");
}

/** @param {Listed[]} sessions @param {string} key @returns {HTMLElement[]} */
function endedTable(sessions, key) {
  if (sessions.length === 0) return [];
  const head = ["Opened", "Scenario", "Trainee", "Report"].map((text) => element("th", { scope: "col" }, text));
  return [
    element("h2", {}, "Ended"),
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...sessions.map((each) => endedRow(each, key))),
    ),
  ];
}

/** @param {Listed} session @param {string} key */
function endedRow({ id, opened_at: openedAt, title, pseudonym, grade }, key) {
  const opened = new Date(openedAt).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  const words = grade === null ? "Being made" : grade === "failed" ? "None: grading failed" : "Open the report";
  const report =
    grade === "failed"
      ? element("span", { class: "dim" }, words)
      : element("a", { id: `report-${id}`, href: `/report#${id}/${encodeURIComponent(key)}` }, words);
  return element("tr", {}, ...[opened, title, capital(pseudonym), report].map((cell) => element("td", {}, cell)));
}
