/**
 * The instructor's page: `/instructor#KEY` lists the sessions, `/instructor#KEY/SESSION` is the console of one.
 * The key stays in the fragment, which browsers never send.
 */

import { createApi } from "../page/api.js";
import { element } from "../page/element.js";
import { openConsole } from "./console.js";
import { openSessions } from "./sessions.js";

/** @typedef {{root: HTMLElement, close: () => void}} View */

/** @type {View | null} */
let shown = null;

/** @returns {{key: string, session: string | null}} */
function address() {
  const [key, session] = location.hash.slice(1).split("/").map(decodeURIComponent);
  return { key: key ?? "", session: session || null };
}

/** @param {{key: string, session: string | null}} where @returns {View} */
function view({ key, session }) {
  if (key === "") return askForKey();
  const api = createApi(key);
  return session
    ? openConsole({ api, key, session, leave: () => go(key) })
    : openSessions({ api, key, watch: (id) => go(key, id) });
}

/** @param {string} key @param {string} [session] */
function go(key, session) {
  location.hash = session ? `${encodeURIComponent(key)}/${session}` : encodeURIComponent(key);
}

/** @returns {View} */
function askForKey() {
  const field = element("input", {
    type: "password",
    name: "key",
    required: true,
    autocomplete: "off",
    autofocus: true,
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    go(field.value.trim());
  };
  const root = element(
    "main",
    { class: "ask" },
    element("h1", {}, "Talkdown"),
    element(
      "form",
      { onsubmit: submit },
      element("label", {}, "Console key", field),
      element("p", { class: "dim" }, "The server printed it when it started."),
      element("button", { class: "primary" }, "Open the console"),
    ),
  );
  return { root, close: () => {} };
}

function show() {
  shown?.close();
  const next = view(address());
  document.body.replaceChildren(next.root);
  shown = next;
}

addEventListener("hashchange", show);
show();
