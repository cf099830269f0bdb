/* The page: pictures side by side, the chosen one large, its fields, drawing, saving. */

import { Controls, element } from "./controls.js";
import { LIMBS } from "./data.js";

const PAUSE = 150;
const form = document.getElementById("figure-editor");
const start = JSON.parse(document.getElementById("editor-data").textContent);
const byId = (id) => document.getElementById(id);

const state = {
  figures: start.figures,
  current: 0,
  drawn: { drawings: [], bends: [], places: [], faults: [] },
  isChanged: false,
};
let timer = 0;
let asked = 0;

const image = (svg) => `data:image/svg+xml,${encodeURIComponent(svg)}`;
const named = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
const captionOf = (figure, index) => figure.caption?.en || `Picture ${index + 1}`;

function say(text) {
  byId("said").textContent = text;
}

async function send(url, body) {
  return fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify(body),
  });
}

/* Drawing */

function drawSoon() {
  state.isChanged = true;
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE);
}

async function draw() {
  clearTimeout(timer);
  const mine = ++asked;
  try {
    const answer = await send(start.draw, { version: start.version, figures: state.figures });
    const found = await answer.json();
    if (mine !== asked) return;
    if (!answer.ok) { say(found.detail); return; }
    keepLastDrawings(found);
    show();
    tell();
  } catch {
    if (mine === asked) say("Not drawn: no connection. Nothing is lost; go on or try again.");
  }
}

/* A faulty picture stays as it was, marked as such, until it can be drawn again. */
function keepLastDrawings(found) {
  const before = state.drawn;
  found.stale = found.drawings.map((svg) => !svg);
  found.drawings = found.drawings.map((svg, index) => svg || before.drawings[index] || "");
  found.places = found.places.map((places, index) => (places.hips ? places : before.places[index] ?? {}));
  state.drawn = found;
}

function show() {
  const { drawings, faults } = state.drawn;
  const picture = byId("picture");
  const figure = state.figures[state.current];
  picture.hidden = !drawings[state.current];
  if (drawings[state.current]) picture.src = image(drawings[state.current]);
  picture.alt = figure?.description?.en ?? "";
  showStrip();
  showFaults(faults.filter((fault) => fault.figure === state.current));
  showBends(state.drawn.bends[state.current] ?? []);
}

function showStrip() {
  const strip = byId("strip");
  const hadFocus = strip.contains(document.activeElement);
  strip.replaceChildren(...state.figures.map((figure, index) => {
    const svg = state.drawn.drawings[index];
    const isFaulty = state.drawn.faults.some((fault) => fault.figure === index && fault.blocks);
    const button = element("button", { type: "button", "aria-pressed": String(index === state.current), class: isFaulty && "faulty" });
    if (svg) button.append(element("img", { src: image(svg), alt: "" }));
    button.append(captionOf(figure, index));
    button.addEventListener("click", () => choose(index));
    return button;
  }));
  if (hadFocus) strip.children[state.current]?.focus();
}

function fieldOf(path) {
  for (let name = path; name; name = name.replace(/(\[\d+\]|\.?[^.[\]]+)$/, "")) {
    const field = form.querySelector(`[data-field="${CSS.escape(name)}"]`) ?? form.querySelector(`[data-field^="${CSS.escape(name)}["]`);
    if (field) return field;
  }
  return /^(props|arrows|worked|touches|hold|crop)/.test(path) ? form.querySelector('[data-field="marks"]') : null;
}

function showFaults(faults) {
  for (const old of form.querySelectorAll(".fault[data-of]")) old.remove();
  for (const input of form.querySelectorAll("[data-field] [aria-invalid]:not(.data)")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  byId("findings").replaceChildren(...faults.map((fault) => element("li", { class: fault.blocks && "blocks" }, fault.text)));
  faults.forEach((fault, index) => {
    const field = fieldOf(fault.field);
    if (!field) return;
    const note = element("p", { class: fault.blocks ? "fault" : "fault hint", id: `fault-${index}`, "data-of": fault.field }, fault.text);
    field.append(note);
    if (!fault.blocks) return;
    for (const input of field.querySelectorAll("input, textarea, select")) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", note.id);
    }
  });
}

function tell() {
  const { faults } = state.drawn;
  const blocking = faults.filter((fault) => fault.blocks).length;
  say(blocking ? `${blocking} to mend before saving.` : faults.length ? `Ready to save, ${faults.length} to look at.` : "Ready to save.");
}

/* How far the joints of a group bend, and how far they may. */
function showBends(bends) {
  for (const line of form.querySelectorAll(".bends")) {
    const mine = bends.filter((bend) => line.dataset.joints.split(" ").includes(bend.joint));
    line.textContent = mine.map((bend) => `${bend.name} ${bend.angle}° (${bend.low} to ${bend.high})`).join(" · ");
  }
}

/* Fields */

const SPINE = "waist mid_back neck_base neck_top trunk_twist head_twist";

function jointsOf(limb) {
  const side = limb.split("_")[0];
  return LIMBS[limb].joints.slice(0, 3).map((joint) => `${side}_${joint}`).join(" ");
}

function build() {
  const figure = state.figures[state.current];
  const groups = byId("groups");
  const open = new Set([...groups.querySelectorAll("details[open]")].map((group) => group.dataset.name));
  if (!figure) { groups.replaceChildren(); return; }
  const controls = new Controls(figure, () => state.drawn.places[state.current] ?? {}, (again) => { if (again) build(); drawSoon(); });
  const made = [
    group("Words", controls.words()),
    group("View", controls.view()),
    group("Body", controls.body(), SPINE),
    ...Object.keys(LIMBS).map((limb) => group(LIMBS[limb].name, controls.limb(limb), jointsOf(limb))),
    group("Things, arrows, marks", controls.marks()),
  ];
  for (const each of made) each.open = open.has(each.dataset.name);
  if (!open.size) made[2].open = true;
  groups.replaceChildren(...made);
  showFaults(state.drawn.faults.filter((fault) => fault.figure === state.current));
  showBends(state.drawn.bends[state.current] ?? []);
}

function group(name, fields, joints) {
  const bends = joints ? [element("p", { class: "bends", "data-joints": joints })] : [];
  return element("details", { class: "group", "data-name": name }, element("summary", {}, name), element("div", {}, ...bends, ...fields));
}

/* Pictures */

function choose(index) {
  state.current = Math.max(0, Math.min(index, state.figures.length - 1));
  build();
  show();
}

function fromBase() {
  const words = { caption: { en: "", es: "" }, description: { en: "", es: "" } };
  return { ...words, ...structuredClone(start.bases[byId("base").value]) };
}

const acts = {
  add() {
    if (state.figures.length >= start.most) { say(`At most ${start.most} pictures.`); return; }
    const model = state.figures[state.current];
    state.figures.splice(state.current + 1, 0, model ? structuredClone(model) : fromBase());
    changeOrder(state.current + (model ? 1 : 0));
  },
  remove() {
    if (!state.figures.length) return;
    state.figures.splice(state.current, 1);
    changeOrder(state.current);
  },
  earlier() { move(-1); },
  later() { move(1); },
  base() {
    if (!state.figures.length) { acts.add(); return; }
    Object.assign(state.figures[state.current], { pose: fromBase().pose });
    build();
    drawSoon();
  },
};

function move(by) {
  const [from, to] = [state.current, state.current + by];
  if (to < 0 || to >= state.figures.length) return;
  const [figure] = state.figures.splice(from, 1);
  state.figures.splice(to, 0, figure);
  changeOrder(to);
}

function changeOrder(current) {
  state.drawn = { drawings: [], bends: [], places: [], faults: [] };
  state.isChanged = true;
  choose(current);
  draw();
}

/* Saving */

async function save(event) {
  event.preventDefault();
  const unread = form.querySelector("textarea.data[aria-invalid]");
  if (unread) { say("Mend the data of things and marks first."); reveal(unread); return; }
  await draw();
  const blocking = state.drawn.faults.find((fault) => fault.blocks);
  if (blocking) { choose(blocking.figure); reveal(fieldOf(blocking.field)?.querySelector("input, textarea, select")); return; }
  say("Saving …");
  try {
    const answer = await send(location.pathname, { version: start.version, figures: state.figures });
    const found = await answer.json();
    if (!answer.ok) { say(`Not saved: ${found.detail}`); return; }
    state.isChanged = false;
    location.assign(found.url);
  } catch {
    say("Not saved: no connection. Nothing is lost; save again.");
  }
}

function reveal(input) {
  if (!input) return;
  input.closest("details").open = true;
  input.focus();
}

byId("base").append(...Object.keys(start.bases).map((name) => element("option", { value: name }, named(name))));
form.addEventListener("submit", save);
form.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
addEventListener("beforeunload", (event) => { if (state.isChanged) event.preventDefault(); });
build();
draw();
