/**
 * Which key does what on the console, in one table. Pure.
 *
 * The console's own keys are the same in every scenario, so that hands learn them. Injects and marks bring the key
 * their scenario's author chose (a letter or a digit); where that key is taken, the next free one of a row of the
 * keyboard is given, always the same for the same scenario. So the console takes few letters for itself.
 */

/**
 * @typedef {"flag" | "note" | "freeze" | "begin" | "eyes" | "eyes_back" | "end" | "log" | "help" | "sound" | "list"
 *   | "next" | "previous" | "hold" | "raise" | "lower" | "state" | "rewind" | "reload"} Command
 */
/** `steers`: it changes what happens in the scenario. */
/** @typedef {{key: string, kind: "command", id: Command, text: string, steers?: true}} CommandKey */
/** @typedef {{key: string, kind: "inject" | "mark", id: string, text: string}} ScenarioKey */
/** @typedef {CommandKey | ScenarioKey} Binding */

/** @type {readonly CommandKey[]} */
export const COMMANDS = [
  { key: "f", kind: "command", id: "flag", text: "Flag this moment" },
  { key: "n", kind: "command", id: "note", text: "Note to the last flag" },
  { key: " ", kind: "command", id: "freeze", text: "Freeze / resume" },
  { key: "Enter", kind: "command", id: "begin", text: "Begin; while it runs, take the chosen branch", steers: true },
  { key: "ArrowDown", kind: "command", id: "next", text: "Choose the next of the branches ahead", steers: true },
  { key: "ArrowUp", kind: "command", id: "previous", text: "Choose the one before", steers: true },
  { key: ".", kind: "command", id: "hold", text: "Hold the chosen branch back / let it go", steers: true },
  { key: "+", kind: "command", id: "raise", text: "Raise a state", steers: true },
  { key: "-", kind: "command", id: "lower", text: "Lower it", steers: true },
  { key: ",", kind: "command", id: "state", text: "Another state to raise and lower", steers: true },
  { key: "Home", kind: "command", id: "rewind", text: "Go back to an earlier moment (asks first)", steers: true },
  { key: "F8", kind: "command", id: "reload", text: "Go on in the scenario’s newest version", steers: true },
  { key: "v", kind: "command", id: "eyes", text: "Next eyes: trainee, person, overhead" },
  { key: "ArrowRight", kind: "command", id: "eyes", text: "Next eyes" },
  { key: "ArrowLeft", kind: "command", id: "eyes_back", text: "Previous eyes" },
  { key: "l", kind: "command", id: "log", text: "Log: what matters / everything" },
  { key: "m", kind: "command", id: "sound", text: "Sound of the spoken lines on / off" },
  { key: "x", kind: "command", id: "end", text: "End the session (asks first)" },
  { key: "Backspace", kind: "command", id: "list", text: "Back to the list of sessions" },
  { key: "?", kind: "command", id: "help", text: "All keys" },
];

/** What is printed on keys that have no letter. */
const CAPS = /** @type {Record<string, string>} */ ({
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  "-": "−",
  Backspace: "Bksp",
});

/** What is printed on a key. @param {string} key */
export function cap(key) {
  return CAPS[key] ?? key;
}

/** Free keys are given from these, injects from the digits first, marks from the letters first. */
const DIGITS = "1234567890";
const LETTERS = "qwertyuiopasdghjkzcb";

/**
 * All keys of a console for a scenario.
 * @param {{injects?: Record<string, {key: string, text: string}>, said?: Record<string, {key: string, text: string}>}} scenario
 * @returns {Binding[]}
 */
export function bindings(scenario) {
  const taken = new Set(COMMANDS.map((command) => command.key));
  const own = [...wanted("inject", scenario.injects), ...wanted("mark", scenario.said)];
  const granted = own.map((binding) => (claim(taken, binding.key) ? binding : null));
  return [...COMMANDS, ...own.flatMap((binding, i) => granted[i] ?? reassigned(binding, taken))];
}

/**
 * What a pressed key means, if anything.
 * @param {readonly Binding[]} table
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, repeat?: boolean}} press
 * @returns {Binding | null}
 */
export function meaning(table, press) {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  const key = normal(press.key);
  return table.find((binding) => binding.key !== "" && binding.key === key) ?? null;
}

/**
 * @param {"inject" | "mark"} kind
 * @param {Record<string, {key: string, text: string}> | undefined} named
 * @returns {ScenarioKey[]}
 */
function wanted(kind, named) {
  return Object.entries(named ?? {}).map(([id, { key, text }]) => ({ key: normal(key ?? ""), kind, id, text }));
}

/** @param {ScenarioKey} binding @param {Set<string>} taken @returns {ScenarioKey[]} none when the keyboard is full */
function reassigned(binding, taken) {
  const row = binding.kind === "inject" ? DIGITS + LETTERS : LETTERS + DIGITS;
  const free = [...row].find((key) => !taken.has(key));
  if (free === undefined) return [{ ...binding, key: "" }];
  taken.add(free);
  return [{ ...binding, key: free }];
}

/** @param {Set<string>} taken @param {string} key @returns {boolean} */
function claim(taken, key) {
  if (key === "" || taken.has(key)) return false;
  taken.add(key);
  return true;
}

/** @param {string} key @returns {string} */
function normal(key) {
  return key.length === 1 ? key.toLowerCase() : key;
}
