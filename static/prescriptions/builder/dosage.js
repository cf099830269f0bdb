/* The dosage of a row: its words for whoever prescribes it, and the fields to change it. */

import { el } from "./dom.js";

export const KINDS = { repetitions: "Repetitions", hold: "Held", duration: "Minutes" };
export const SIDES = {
  "": "No side",
  each: "Each side",
  left: "Left",
  right: "Right",
  alternate: "Alternating",
};
export const STEPPERS = {
  repetitions: ["Times", 1, 999],
  repetitions_max: ["Up to", 1, 999],
  hold_seconds: ["Hold, seconds", 1, 600],
  duration_minutes: ["Minutes", 1, 180],
  sets: ["Sets", 1, 20],
  times_per_day: ["A day", 1, 24],
  days_per_week: ["Days a week", 1, 7],
};
const OF_KIND = {
  repetitions: ["repetitions", "repetitions_max", "hold_seconds", "sets"],
  hold: ["repetitions", "repetitions_max", "hold_seconds", "sets"],
  duration: ["duration_minutes", "sets"],
};
const OF_SCHEME = ["repetitions", "repetitions_max", "sets"];

/* The fields that change a dosage, in the order of its words. */
export function fieldsOf(dosage) {
  const names = [...OF_KIND[dosage.kind], "times_per_day", "days_per_week"];
  return dosage.repetitions_per_set?.length
    ? names.filter((name) => !OF_SCHEME.includes(name))
    : names;
}

/* The dosage in a few words: [what changes it, or nothing, and its words]. */
function wordsOf(dosage) {
  const d = dosage;
  const range = d.repetitions_max ? `${d.repetitions}–${d.repetitions_max}` : d.repetitions;
  const scheme = d.repetitions_per_set?.join("/");
  const times = scheme || range;
  const days = d.weekdays?.length || d.days_per_week;
  const isCounted = d.kind !== "duration";
  const found = [
    ["duration_minutes", !isCounted && d.duration_minutes && `${d.duration_minutes} min`],
    [scheme ? "" : "repetitions", isCounted && times && `${times} ${times === 1 ? "time" : "times"}`],
    ["hold_seconds", isCounted && d.hold_seconds && `hold ${d.hold_seconds} s`],
    ["sets", d.sets > 1 && `${d.sets} sets`],
    [`side-${d.side}`, d.side && SIDES[d.side].toLowerCase()],
    ["", d.fill_in && "gaps to fill in"],
    d.as_needed ? ["", "as needed"] : ["times_per_day", d.times_per_day && `${d.times_per_day} a day`],
    [d.weekdays?.length ? "" : "days_per_week", days && (days === 7 ? "every day" : `${days} days a week`)],
  ];
  return found.filter(([, words]) => words);
}

export const short = (dosage) => wordsOf(dosage).map(([, words]) => words).join(", ");

/* The same as elements; a click on one says which field is meant. */
export const shownDosage = (dosage) =>
  wordsOf(dosage).flatMap(([field, words], at) => [
    at ? ", " : "",
    el("span", field ? { class: "b-part", "data-field": field } : {}, words),
  ]);

/* A number with a button on either side; `set` is called with a number, or null for none. */
export function stepper(id, name, value, set) {
  const [label, least, most] = STEPPERS[name];
  const put = (text) => {
    const number = text === "" ? null : Math.min(most, Math.max(least, Math.round(Number(text)) || least));
    set(number);
    return number;
  };
  const input = el("input", { id, type: "number", inputmode: "numeric", min: least, max: most });
  input.value = value ?? "";
  input.addEventListener("input", () => put(input.value));
  input.addEventListener("change", () => (input.value = put(input.value) ?? ""));
  const by = (step) => {
    const from = input.value === "" ? (step > 0 ? least - 1 : least) : Number(input.value);
    input.value = put(Math.max(least, from + step));
  };
  // Arrows step by one already.
  input.addEventListener("keydown", (event) => {
    const step = { PageUp: name.endsWith("seconds") ? 10 : 5, PageDown: name.endsWith("seconds") ? -10 : -5 }[event.key];
    if (!step) return;
    event.preventDefault();
    by(step);
  });
  const button = (word, step, sign) =>
    el("button", { type: "button", tabindex: "-1", "aria-label": `${word}: ${label}`, onclick: () => by(step) }, sign);
  return el(
    "div",
    { class: "b-step" },
    el("label", { for: id }, label),
    el("span", { class: "b-stepper" }, button("Less", -1, "−"), input, button("More", 1, "+")),
  );
}
