/** Numbers and times as people read them. Pure. */

/** A true minus sign: a hyphen is too short beside figures. */
const MINUS = "\u2212";
/** Between a number and its unit, so that a line never breaks there. */
const NBSP = "\u00a0";

/**
 * Seconds as mm:ss, or h:mm:ss from an hour on.
 * @param {number} seconds
 * @returns {string}
 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}`;
  return h > 0 ? `${h}:${tail}` : tail;
}

/**
 * A length of time in words: "42 s", "4 min 12 s", "1 h 5 min".
 * @param {number} seconds
 * @returns {string}
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}${NBSP}s`;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const parts =
    h > 0
      ? [
          [h, "h"],
          [m, "min"],
        ]
      : [
          [m, "min"],
          [s, "s"],
        ];
  return parts
    .filter(([count]) => count !== 0)
    .map(([count, unit]) => `${count}${NBSP}${unit}`)
    .join(" ");
}

/**
 * A number with at most `digits` decimals, a true minus sign, and never "−0".
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function number(value, digits = 1) {
  const rounded = Number(value.toFixed(digits));
  const text = Math.abs(rounded).toFixed(digits);
  return rounded < 0 ? MINUS + text : text;
}

/**
 * A number that always shows its sign, except zero.
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function signed(value, digits = 1) {
  const text = number(value, digits);
  return text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
}

/**
 * A number with its unit; "%" and the empty unit are told apart from the others.
 * @param {number} value
 * @param {string} unit
 * @param {number} [digits]
 * @returns {string}
 */
export function quantity(value, unit, digits = 1) {
  if (unit === "" || unit === "-" || unit === "1") return number(value, digits);
  if (unit === "share" || unit === "fraction") return `${number(value * 100, 0)}${NBSP}%`;
  if (unit.startsWith("/")) return `${number(value, digits)} per${NBSP}${unit.slice(1)}`;
  return `${number(value, digits)}${NBSP}${unit}`;
}

/** Identifiers cannot hold capitals and hyphens; these words of the field need them. */
const SPELLINGS = /** @type {const} */ ([
  [/\bcit\b/g, "CIT"],
  [/\bems\b/g, "EMS"],
  [/\bco responder\b/g, "co-responder"],
]);

/**
 * An identifier as words: "voluntary_transport" is "voluntary transport", "cit_officer" is "CIT officer".
 * @param {string} id
 * @returns {string}
 */
export function words(id) {
  const spaced = id.replace(/[_-]+/g, " ").trim();
  return SPELLINGS.reduce((text, [pattern, spelling]) => text.replace(pattern, spelling), spaced);
}

/**
 * With a capital first letter.
 * @param {string} text
 * @returns {string}
 */
export function capital(text) {
  return text === "" ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
