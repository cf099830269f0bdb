/* The builder: library, program, check and preview around one store. */

import { canKeep } from "../../clinic/journal.js";
import { askWhich, newsOf, onAnswer, othersHere } from "./conflict.js";
import { el, icon, say } from "./dom.js";
import { Library, focusSearch } from "./library.js";
import { Program } from "./program.js";
import { Store } from "./store.js";

const page = document.getElementById("builder");
const start = JSON.parse(document.getElementById("builder-start").textContent);
const store = new Store(start, page.dataset.token);
const program = new Program(store);
const library = new Library(store, (...exercises) => program.add(...exercises));
const by = (id) => document.getElementById(id);
const notice = by("b-notice");
const preview = by("b-preview");

/* State of saving */

const HERE = canKeep ? "Changes are kept here." : "Keep this page open.";
// As all pages tell the time: 24 hours, where the clinic is
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: start.zone });
const WORDS = {
  loading: "Loading …",
  saving: "Saving …",
  unsaved: "Not saved yet",
  offline: `No connection. ${HERE}`,
  signin: `Signed out. ${HERE}`,
  invalid: "Not saved",
  conflict: "Not saved: two versions",
};

function showStatus() {
  const time = CLOCK.format(new Date());
  const word = store.condition === "saved" ? `Saved ${time}` : WORDS[store.condition];
  const state = by("b-state");
  if (state.textContent !== word) state.textContent = word;
  state.dataset.condition = store.condition;
  by("b-undo").disabled = !store.past.length;
  by("b-redo").disabled = !store.future.length;
  const told = {
    offline: [
      "No connection. Go on working; it is saved as soon as there is one.",
      canKeep ? "" : " Do not reload or close this page: over plain http nothing is kept.",
    ],
    signin: ["You were signed out. Sign in, and it is saved.", tryAgain()],
    invalid: [store.problem],
  }[store.condition];
  const shown = told ?? (news ? [el("span", { class: "b-news" }, news), closer()] : null);
  notice.hidden = !shown;
  // Whatever is put there is read out
  const text = shown?.map((one) => one.textContent ?? one).join("");
  if (shown && notice.textContent !== text) notice.replaceChildren(...shown);
  if (store.condition === "signin") document.dispatchEvent(new Event("signed-out"));
}

let news = "";
function showNews() {
  news = newsOf(store.news);
  showStatus();
}

function closer() {
  const close = () => {
    news = "";
    showStatus();
  };
  return el("button", { type: "button", class: "btn sm ghost", onclick: close }, "Close");
}

function tryAgain() {
  const run = () => store.signedIn();
  return el("button", { type: "button", class: "btn sm", onclick: run }, "Try again");
}
document.addEventListener("signed-in", () => store.signedIn());

/* What only the server knows */

let asked = 0;
// Findings without an answer, as last told
let open = 0;
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const findings = (number) =>
  number ? `${counted(number, "finding")} to answer.` : "Nothing is left to answer.";

function tellNumbers(told) {
  const parts = [counted(told.count, "exercise"), `${told.minutes} min a day`];
  if (told.open) parts.push(findings(told.open).slice(0, -1));
  by("b-sums").textContent = parts.join(" · ");
  for (const why of page.querySelectorAll("[data-waits]")) {
    why.hidden = !told.blocking;
    const block = told.blocking === 1 ? "finding blocks" : "findings block";
    why.textContent = `${told.blocking} ${block} issuing: use another exercise, or give a reason on the next page.`;
  }
}

async function renew() {
  const mine = (asked += 1);
  const answer = await store.fetch(start.told);
  if (!answer?.ok || answer.redirected || mine !== asked) return;
  const told = await answer.json();
  // Made by the server, which has escaped it
  by("b-told").innerHTML = told.side;
  tellNumbers(told);
  const sentence = program.learn(told);
  if (open !== told.open || sentence) say([sentence, open === told.open ? "" : findings(told.open)].join(" "));
  open = told.open;
  preview.contentWindow.location.replace(`${start.preview}?v=${told.version}`);
}

/* Title and goal */

for (const name of ["title", "goal"]) {
  const input = by(`b-${name}`);
  input.addEventListener("input", () =>
    store.change((state) => {
      state[name] = input.value;
    }, name),
  );
  store.addEventListener("changed", () => {
    if (input.value !== store.state[name]) input.value = store.state[name];
  });
}

/* Fast ways */

function ask(id, done) {
  const dialog = by(id);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue) done(dialog.returnValue, new FormData(dialog.querySelector("form")));
  });
  return () => {
    dialog.returnValue = "";
    dialog.querySelector("form").reset();
    dialog.showModal();
  };
}

by("b-all").addEventListener(
  "click",
  ask("b-all-dialog", (_, form) => {
    const [what, number] = [form.get("what"), Number(form.get("number"))];
    store.change(() => {
      for (const { dosage } of store.lines) {
        const isOfKind = dosage.kind !== "duration" || !/repetitions|hold/.test(what);
        if (isOfKind && !dosage.as_needed) dosage[what] = number;
      }
    });
    say("Set for all exercises. Undo takes it back.");
  }),
);

const paste = ask("b-paste-dialog", async (_, form) => {
  const names = form.get("names").split("\n").map((name) => name.trim()).filter(Boolean);
  const [all, lost] = [[], []];
  for (const name of names.slice(0, 40)) {
    const found = await library.named(name);
    if (found) all.push(found);
    else lost.push(name);
  }
  if (all.length) program.add(...all);
  if (lost.length) {
    notice.hidden = false;
    notice.replaceChildren(`Not found: ${lost.join(", ")}. Look for other names.`);
  }
});
by("b-paste").addEventListener("click", paste);

/* Ways into an empty program */

const phases = by("b-phases");
phases.addEventListener("click", (event) => {
  if (event.target.closest("[data-paste]")) paste();
});
phases.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  if (!(await store.save())) return say("What you typed is not saved yet. Try again.");
  const answer = await store.fetch(start.fill, { method: "POST", body: new URLSearchParams(form) });
  if (answer?.ok) {
    await store.take();
    program.focusFirst();
    say(`${counted(store.lines.length, "exercise")} taken over. Undo takes it back.`);
  } else {
    const problem = await answer?.json().catch(() => null);
    notice.hidden = false;
    notice.replaceChildren(problem?.detail ?? "It could not be taken over. Try again.");
  }
});

const showKeys = ask("b-keys-dialog", () => {});
by("b-keys").addEventListener("click", showKeys);

/* Steps */

by("b-undo").addEventListener("click", () => store.undo());
by("b-redo").addEventListener("click", () => store.redo());

async function issue() {
  if (await store.save()) location.assign(start.issue);
  else say("It is not saved yet, so it cannot be issued.");
}
for (const button of page.querySelectorAll("[data-issue]")) button.addEventListener("click", issue);

const columns = page.querySelector(".b-columns");
for (const tab of page.querySelectorAll("[data-part]")) {
  tab.addEventListener("click", () => turnTo(tab.dataset.part));
}

function turnTo(part) {
  columns.dataset.shown = part;
  for (const tab of page.querySelectorAll("[data-part]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.part === part));
  }
}

/* To the column after or before the one with the focus. */
const PARTS = ["library", "program", "side"];
const ENTRIES = {
  library: focusSearch,
  program: () => program.focusFirst(),
  side: () => by("b-side").querySelector("button:not([hidden]), a").focus(),
};
function nextColumn(step) {
  const now = PARTS.findIndex((part) => by(`b-${part}`).contains(document.activeElement));
  const part = PARTS[(Math.max(now, 0) + step + PARTS.length) % PARTS.length];
  turnTo(part);
  ENTRIES[part]();
}

/* Findings: their names lead to the rows; a key goes from one to the next. */
let finding = -1;
by("b-told").addEventListener("click", (event) => {
  const id = event.target.closest("[data-row]")?.dataset.row;
  if (id) showRow(id);
});

function showRow(id) {
  turnTo("program");
  program.show(id);
}

function nextFinding() {
  const all = [...by("b-told").querySelectorAll(".finding")];
  if (!all.length) return say("There are no findings.");
  finding = (finding + 1) % all.length;
  const row = all[finding].querySelector("[data-row]")?.dataset.row;
  say(all[finding].querySelector("p").textContent);
  if (row) return showRow(row);
  turnTo("side");
  all[finding].tabIndex = -1;
  all[finding].focus();
}

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea, select");
  const isDialog = document.querySelector("dialog[open]");
  const withCtrl = event.ctrlKey || event.metaKey;
  if (isDialog) return;
  const key = event.key.toLowerCase();
  if (key === "/" && !isTyping) run(event, focusSearch);
  else if (key === "?" && !isTyping) run(event, showKeys);
  else if (withCtrl && key === "s") run(event, () => store.save());
  else if (withCtrl && key === "enter" && page.querySelector("[data-issue]")) run(event, issue);
  else if (withCtrl && key === ".") run(event, nextFinding);
  else if (key === "f6") run(event, () => nextColumn(event.shiftKey ? -1 : 1));
  else if (withCtrl && key === "z" && !isTyping)
    run(event, () => (event.shiftKey ? store.redo() : store.undo()));
});

function run(event, step) {
  event.preventDefault();
  event.stopPropagation();
  step();
}

store.addEventListener("status", showStatus);
store.addEventListener("changed", showStatus);
store.addEventListener("stored", renew);
store.addEventListener("conflict", () => askWhich(store));
onAnswer((isTheirs) => store.settle(isTheirs));
store.addEventListener("news", showNews);
store.addEventListener("others", () => {
  const text = othersHere(store.others);
  const line = by("b-here");
  if (line.textContent === text) return;
  line.replaceChildren(icon("users"), text);
  line.hidden = !text;
  if (text) say(text);
});
store.addEventListener("restored", () => say("Changes from before are back."));
await store.open();
// What comes next where nothing is yet; on a tablet it would call the keyboard up.
const isMouse = matchMedia("(pointer: fine)").matches;
if (store.state && !store.lines.length && isMouse && document.activeElement === document.body) focusSearch();
