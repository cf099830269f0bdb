/* What somebody else did to this program, in words; and the choice where both changed
   the same field. */

import { el } from "./dom.js";
import { listed, sentenceOf } from "./joining.js";
import { KINDS, short, SIDES, STEPPERS } from "./dosage.js";

const MOST_OTHERS = 2;
const NOBODY_KNOWN = "Somebody else";
const FIELDS = {
  goal: "Goal, in the patient's words",
  weeks: "Weeks",
  days: "Days",
  stage: "Stage",
  criterion: "Move on when",
  exercise: "Exercise",
  why: "Why, in plain words",
  note: "Note to the patient",
  practitioner_note: "Note to the team",
  dosage: "Dosage",
  kind: "Counted in",
  side: "Side",
  repetitions_per_set: "Falling scheme",
  hold_breaths: "Hold, breaths",
  rest_between_repetitions_seconds: "Rest between repetitions, seconds",
  rest_between_sets_seconds: "Rest between sets, seconds",
  load: "Load",
  tempo_seconds: "Tempo, seconds",
  breath_pattern_seconds: "Breath pattern, seconds",
  every_hours: "Every … hours",
  weekdays: "Days of the week",
  time_of_day: "Time of day",
  as_needed: "As needed",
  fill_in: "Gaps to fill in",
};
const WORDS = { kind: KINDS, side: SIDES };

const dialog = document.getElementById("b-conflict-dialog");
const part = (name) => document.getElementById(`b-${name}`);

/* A person at the beginning of a sentence. */
const personOf = (who) => (who === "You" ? "You, in another window," : who || NOBODY_KNOWN);

function wordOf(name, value) {
  if (name === "exercise") return value.name;
  if (name === "dosage") return `${KINDS[value.kind]}: ${short(value)}`;
  if (value === true) return "Yes";
  if (WORDS[name]) return WORDS[name][value ?? ""] ?? value;
  if (Array.isArray(value) && value.length) return value.join(", ").replaceAll("_", " ");
  if (value?.unit) return `${value.value ?? ""} ${value.unit}`.replaceAll("_", " ").trim();
  if (value === false || !String(value ?? "").trim() || Array.isArray(value)) return "Empty";
  return String(value);
}

/* Where a field stands, as the page names it: "2 Bridge: Times". */
function placeOf(state, { of, name }) {
  const field = name.split(".").at(-1);
  const label = STEPPERS[field]?.[0] ?? FIELDS[field];
  if (of === null) return label ?? "Title of the program";
  const isIt = (row) => (row.id ?? row.key) === of;
  const phase = state.phases.findIndex(isIt);
  if (phase >= 0) return `Phase ${phase + 1}: ${label ?? "Title"}`;
  const lines = state.phases.flatMap((one) => one.exercises);
  const at = lines.findIndex(isIt);
  return `${at + 1} ${lines[at].exercise.name}: ${label}`;
}

function choice(clash, at, state, who) {
  const field = clash.name.split(".").at(-1);
  const option = (value, whose, isMine) =>
    el(
      "label",
      { class: "b-option" },
      el("input", { type: "radio", name: `clash-${at}`, value: isMine ? "mine" : "theirs", checked: isMine }),
      el("span", {}, el("span", { class: "b-whose" }, whose), wordOf(field, value)),
    );
  return el(
    "fieldset",
    { class: "b-clash" },
    el("legend", {}, placeOf(state, clash)),
    option(clash.mine, "Yours", true),
    option(clash.theirs, who, false),
  );
}

/* Asks of each field that both changed whose value stays. */
export function askWhich(store) {
  const { clashes, who } = store.clash;
  const whose = who === "You" ? "Your other window" : who || NOBODY_KNOWN;
  part("conflict-heading").textContent = `${whose} changed this program too`;
  part("conflict-told").textContent =
    "You both changed what stands below; all else is joined. Nothing is thrown away: " +
    "Undo then shows the other version as a whole.";
  part("clashes").replaceChildren(
    ...clashes.map((clash, at) => choice(clash, at, store.state, whose)),
  );
  dialog.showModal();
}

// Browsers close on a second Esc, whatever "cancel" is told
dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
dialog.addEventListener("cancel", (event) => event.preventDefault());

export function onAnswer(run) {
  dialog.addEventListener("close", () => {
    const form = new FormData(dialog.querySelector("form"));
    run([...form.values()].map((value) => value === "theirs"));
  });
}

/* What was joined, in one or two sentences. */
export function newsOf({ who, changes, stays, isShown }) {
  const person = personOf(who);
  const back = stays.filter(({ isMine }) => !isMine).map(({ name }) => name);
  const others = changes.filter(({ what, name }) => what !== "added" || !back.includes(name));
  const told = others.length ? [sentenceOf(person, others)] : [];
  const other = who === "You" ? "the other window" : who || "somebody else";
  for (const { name, isMine } of stays) {
    told.push(
      isMine
        ? `${name} stays with your change, though ${other} removed it.`
        : `${name} stays, though you removed it: ${other} changed it.`,
    );
  }
  if (isShown) told.push("Undo shows yours.");
  return told.join(" ");
}

/* Who else has the program open; empty when nobody. */
export function othersHere(names) {
  if (!names.length) return "";
  const rest = names.length - MOST_OTHERS;
  const named = rest > 0 ? [...names.slice(0, MOST_OTHERS), `${rest} more`] : names;
  return `${listed(named)} ${names.length > 1 ? "have" : "has"} this open too`;
}
