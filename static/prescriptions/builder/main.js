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
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
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
  const shown = told ?? (news ? [news, closer()] : null);
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
async function renew() {
  const mine = (asked += 1);
  const answer = await store.fetch(start.told);
  if (!answer?.ok || answer.redirected || mine !== asked) return;
  const told = await answer.json();
  // Made by the server, which has escaped it
  by("b-told").innerHTML = told.side;
  program.learn(told);
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

by("b-paste").addEventListener(
  "click",
  ask("b-paste-dialog", async (_, form) => {
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
  }),
);

const showKeys = ask("b-keys-dialog", () => {});
by("b-keys").addEventListener("click", showKeys);

/* Steps */

by("b-undo").addEventListener("click", () => store.undo());
by("b-redo").addEventListener("click", () => store.redo());

async function issue() {
  if (await store.save()) location.assign(start.issue);
  else say("It is not saved yet, so it cannot be issued.");
}
by("b-issue")?.addEventListener("click", issue);

const columns = page.querySelector(".b-columns");
for (const tab of page.querySelectorAll("[data-part]")) {
  tab.addEventListener("click", () => {
    columns.dataset.shown = tab.dataset.part;
    for (const one of page.querySelectorAll("[data-part]")) {
      one.setAttribute("aria-pressed", String(one === tab));
    }
  });
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
  else if (withCtrl && key === "enter" && by("b-issue")) run(event, issue);
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
  if (line.textContent !== text) line.replaceChildren(icon("users"), text);
  line.hidden = !text;
});
store.addEventListener("restored", () => say("Changes from before are back."));
await store.open();
