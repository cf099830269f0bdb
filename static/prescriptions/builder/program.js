/* The phases and rows of the program, edited in place. */

import { el, icon, say, toast } from "./dom.js";
import { fieldsOf, KINDS, shownDosage, SIDES, stepper } from "./dosage.js";
import { Moving } from "./moving.js";
import { newKey } from "./keys.js";

const place = document.getElementById("b-phases");
const noProgram = document.getElementById("b-empty");

export class Program {
  constructor(store) {
    this.store = store;
    this.told = {};
    this.pictures = {};
    this.opened = "";
    this.moving = new Moving(this);
    store.addEventListener("changed", () => this.render());
    store.addEventListener("typed", () => this.renew());
    store.addEventListener("faults", () => this.showFaults());
    place.addEventListener("keydown", (event) => this.key(event));
    document.getElementById("b-phase").addEventListener("click", () => this.addPhase());
  }

  /* Adding and taking away */

  /* Adds to the phase that is worked on: one step of undo, however many they are. */
  add(...exercises) {
    const keys = exercises.map(() => newKey());
    for (const { id, figures } of exercises) {
      this.pictures[id] = figures[Math.min(1, figures.length - 1)]?.url;
    }
    this.store.change((state) => {
      if (!state.phases.length) state.phases.push({ ...EMPTY, key: newKey(), exercises: [] });
      const opened = this.store.find(this.opened)?.phase ?? state.phases.at(-1);
      opened.exercises.push(...exercises.map((one, n) => newLine(keys[n], one)));
    });
    const { phase, at } = this.store.find(keys.at(-1));
    const number = this.store.state.phases.indexOf(phase) + 1;
    const [what, where] =
      keys.length > 1
        ? [`${keys.length} exercises`, `phase ${number}`]
        : [exercises[0].name, `phase ${number}, place ${at + 1}`];
    say(`${what} added to ${where}. ${this.store.lines.length} in all.`);
    this.row(keys.at(-1))?.scrollIntoView({ block: "nearest" });
  }

  remove(key) {
    const { phase, at, line } = this.store.find(key);
    this.store.change(() => phase.exercises.splice(at, 1));
    toast(`${line.exercise.name} removed.`, "Undo", () => this.store.undo());
    const next = phase.exercises[Math.min(at, phase.exercises.length - 1)];
    this.row(next?.key)?.querySelector(".b-open").focus();
  }

  addPhase() {
    const key = newKey();
    this.store.change((state) => state.phases.push({ ...EMPTY, key, exercises: [] }));
    place.querySelector(`[data-phase="${key}"] input`)?.focus();
  }

  removePhase(key) {
    this.store.change((state) => {
      state.phases = state.phases.filter((phase) => phase.key !== key);
    });
    toast("Phase removed.", "Undo", () => this.store.undo());
  }

  swap(key, exercise) {
    this.store.change(() => {
      this.store.find(key).line.exercise = { ...exercise };
    });
    say(`${exercise.name} takes its place, with the same dosage.`);
  }

  key(event) {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    if (event.target.matches(".b-grip") && this.moving.key(event, key)) return;
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const isButton = event.target.matches("button");
    if (event.altKey && way) {
      event.preventDefault();
      if (event.shiftKey) this.moving.toPhase(key, way);
      else this.moving.by(key, way);
    } else if (event.key === "Delete" && isButton) {
      event.preventDefault();
      this.remove(key);
    } else if (event.key === "e" && isButton) {
      event.preventDefault();
      this.open(key);
    } else if (event.key === "Escape" && this.opened === key) {
      event.preventDefault();
      this.open(key);
      this.row(key).querySelector(".b-open").focus();
    }
  }

  /* Showing */

  row(key) {
    return place.querySelector(`[data-key="${key}"]`);
  }

  /* Opens a row, at a field if one is meant; closes one that is open. */
  open(key, field = "") {
    this.opened = this.opened === key && !field ? "" : key;
    this.render();
    const edit = this.row(this.opened)?.querySelector(".b-edit");
    const wanted = field && document.getElementById(`${key}-${field}`);
    const input = wanted || edit?.querySelector("input");
    input?.focus();
    input?.select?.();
  }

  focusFirst() {
    const first = place.querySelector(".b-open") ?? document.getElementById("b-goal");
    first.focus();
  }

  /* Goes to the row of a stored line, or to the head of a phase. */
  show(id) {
    for (const phase of this.store.state.phases) {
      const line = phase.exercises.find((one) => one.id === id);
      if (!line && phase.id !== id) continue;
      const part = line
        ? this.row(line.key).querySelector(".b-open")
        : place.querySelector(`[data-phase="${phase.key}"] input`);
      part.focus();
      part.scrollIntoView({ block: "center" });
    }
  }

  render() {
    const { id: focused, selectionStart: from, selectionEnd: to } = document.activeElement;
    let number = 0;
    const phases = this.store.state.phases.map((phase, at) => {
      const rows = phase.exercises.map((line) => this.line(line, (number += 1), phase));
      return this.phase(phase, at, rows);
    });
    if (!this.store.lines.length) phases.push(noProgram.content.cloneNode(true));
    place.replaceChildren(...phases);
    if (focused && document.activeElement === document.body) {
      const again = document.getElementById(focused);
      again?.focus();
      if (again && Number.isInteger(from)) again.setSelectionRange(from, to);
    }
  }

  phase(phase, at, rows) {
    const set = (name, isNumber) => (event) => {
      const value = event.target.value;
      this.store.change(
        () => {
          phase[name] = isNumber ? Number(value) || null : value;
        },
        `${phase.key}.${name}`,
      );
    };
    const input = (name, label, rest = {}, isNumber = false) => {
      const made = el("input", { id: `${phase.key}-${name}`, oninput: set(name, isNumber), ...rest });
      made.value = phase[name] ?? "";
      return el("label", {}, label, made);
    };
    const gone = el("button", { type: "button", class: "btn sm ghost" }, "Remove phase");
    gone.addEventListener("click", () => this.removePhase(phase.key));
    return el(
      "section",
      { class: "b-phase", "data-phase": phase.key, "aria-label": `Phase ${at + 1}` },
      el(
        "div",
        { class: "b-phase-head" },
        el("span", { class: "b-nr" }, String(at + 1)),
        input("title", "Phase", { maxlength: 100, placeholder: "Without a title" }),
        input("weeks", "Weeks", { type: "number", min: 1, max: 104 }, true),
        input("criterion", "Move on when", { maxlength: 300 }),
        this.store.state.phases.length > 1 ? gone : null,
      ),
      el("ol", { class: "b-rows" }, ...rows),
    );
  }

  /* What the server told of a row, as long as it holds the same exercise. */
  known(line) {
    const told = this.told[line.id];
    return told?.exercise === line.exercise.id ? told : {};
  }

  picture(line, told) {
    const url = told.picture || this.pictures[line.exercise.id];
    if (!url) return icon("dumbbell");
    return el("img", { src: new URL(url, location.href).pathname, alt: "" });
  }

  line(line, number, phase) {
    const told = this.known(line);
    const isOpen = this.opened === line.key;
    const grip = el(
      "button",
      {
        type: "button",
        class: "b-grip",
        "aria-label": `Move ${line.exercise.name}`,
        title: "Drag, or Space and the arrow keys",
        "aria-pressed": String(this.moving.held?.key === line.key),
        onpointerdown: (event) => this.moving.drag(event, line.key),
      },
      icon("grip-vertical"),
    );
    const head = el(
      "button",
      {
        type: "button",
        class: "b-open",
        id: `${line.key}-open`,
        "aria-expanded": String(isOpen),
        onclick: (event) =>
          this.open(line.key, event.target.closest("[data-field]")?.dataset.field),
      },
      el("span", { class: "b-name" }, `${number} ${line.exercise.name}`),
      el("span", { class: "b-dose" }, ...shownDosage(line.dosage)),
    );
    const act = (label, name, run, isOff = false) =>
      el(
        "button",
        { type: "button", class: "ib", "aria-label": `${label} ${line.exercise.name}`, disabled: isOff, onclick: run },
        icon(name),
      );
    const isFirst = phase === this.store.state.phases[0] && phase.exercises[0] === line;
    const isLast = phase === this.store.state.phases.at(-1) && phase.exercises.at(-1) === line;
    const findings = el("div", { class: "b-findings" });
    this.found(line, told, findings);
    return el(
      "li",
      { "data-key": line.key, class: isOpen ? "open" : "" },
      el(
        "div",
        { class: "b-line" },
        grip,
        el("span", { class: "b-picture" }, this.picture(line, told)),
        head,
        el("span", { class: "b-minutes" }, told.minutes ? `${told.minutes} min` : ""),
        act("Move up", "arrow-up", () => this.moving.by(line.key, -1), isFirst),
        act("Move down", "arrow-down", () => this.moving.by(line.key, 1), isLast),
        act("Remove", "trash-2", () => this.remove(line.key)),
      ),
      isOpen ? this.edit(line, told, phase) : null,
      el("p", { class: "b-fault", role: "alert", hidden: true }),
      findings,
    );
  }

  edit(line, told, phase) {
    const dosage = line.dosage;
    const set = (name, value, isTyped = true) =>
      this.store.change(
        () => {
          dosage[name] = value;
        },
        isTyped ? `${line.key}.${name}` : "",
      );
    const kind = el("select", { id: `${line.key}-kind` });
    for (const [value, word] of Object.entries(KINDS)) {
      kind.append(el("option", { value, selected: value === dosage.kind }, word));
    }
    kind.addEventListener("change", () => set("kind", kind.value, false));
    const scheme = dosage.repetitions_per_set?.length;
    const sides = el("fieldset", { class: "seg" }, el("legend", { class: "visually-hidden" }, "Side"));
    for (const [value, word] of Object.entries(SIDES)) {
      const input = el("input", {
        type: "radio",
        name: `${line.key}-side`,
        id: `${line.key}-side-${value}`,
        checked: (dosage.side ?? "") === value,
        onchange: () => set("side", value || null, false),
      });
      sides.append(el("label", {}, input, word));
    }
    return el(
      "div",
      { class: "b-edit" },
      el(
        "div",
        { class: "b-steppers" },
        el("label", { class: "b-step" }, "Counted in", kind),
        ...fieldsOf(dosage).map((name) =>
          stepper(`${line.key}-${name}`, name, dosage[name], (value) => set(name, value)),
        ),
      ),
      scheme ? el("p", { class: "help" }, `Falling scheme ${dosage.repetitions_per_set.join("/")}: change it under All fields.`) : null,
      el("p", { class: "b-sentence", "data-sentence": true }, told.sentence ?? UNKNOWN),
      sides,
      this.text(line, "why", "Why, in plain words", 120),
      this.text(line, "note", "Note to the patient", 500),
      el("div", { class: "tools" }, el("span", { class: "tools", "data-swaps": true }, ...this.swaps(line, told)), this.phasePicker(line, phase)),
    );
  }

  text(line, name, label, most) {
    const input = el("input", {
      id: `${line.key}-${name}`,
      maxlength: most,
      oninput: (event) =>
        this.store.change(
          () => {
            line[name] = event.target.value;
          },
          `${line.key}.${name}`,
        ),
    });
    input.value = line[name] ?? "";
    return el("label", { class: "b-text" }, label, input);
  }

  swaps(line, told) {
    return ["easier", "harder"]
      .filter((way) => told[way])
      .map((way) => {
        const other = told[way];
        const word = way === "easier" ? "Easier" : "Harder";
        const run = () => this.swap(line.key, other);
        return el("button", { type: "button", class: "btn sm", onclick: run }, `${word}: ${other.name}`);
      });
  }

  /* The findings on a row, with the way out that one click takes. */
  found(line, told, place) {
    // Made by the server, which has escaped it
    place.innerHTML = told.findings ?? "";
    if (!told.safer) return;
    const run = () => this.swap(line.key, told.safer);
    place.append(
      el("button", { type: "button", class: "btn sm b-safer", onclick: run }, `Use ${told.safer.name} instead`),
    );
  }

  phasePicker(line, phase) {
    const phases = this.store.state.phases;
    if (phases.length < 2) return null;
    const select = el("select", { id: `${line.key}-phase`, "aria-label": "Phase" });
    phases.forEach((one, at) => {
      select.append(el("option", { value: at, selected: one === phase }, `Phase ${at + 1}`));
    });
    select.addEventListener("change", () => {
      this.store.change(() => {
        phase.exercises.splice(phase.exercises.indexOf(line), 1);
        phases[select.value].exercises.push(line);
      });
      this.moving.moved(line.key);
    });
    return select;
  }

  /* After typing: the words beside the field, not the field itself. */
  renew() {
    for (const line of this.store.lines) {
      const dose = this.row(line.key)?.querySelector(".b-dose");
      const words = el("span", { class: "b-dose" }, ...shownDosage(line.dosage));
      // What is being clicked must stay: leaving a field comes before the click
      if (dose && dose.textContent !== words.textContent) dose.replaceWith(words);
    }
  }

  /* After a save: what only the server knows. Returns the sentence that is new. */
  learn(told) {
    let news = "";
    this.told = told.lines;
    for (const line of this.store.lines) {
      const row = this.row(line.key);
      const known = this.known(line);
      if (!row || !known.exercise) continue;
      const picture = row.querySelector(".b-picture");
      if (known.picture && !picture.querySelector("img")) picture.replaceChildren(this.picture(line, known));
      row.querySelector(".b-minutes").textContent = known.minutes ? `${known.minutes} min` : "";
      this.found(line, known, row.querySelector(".b-findings"));
      row.querySelector(".b-fault").hidden = true;
      const sentence = row.querySelector("[data-sentence]");
      if (sentence && sentence.textContent !== known.sentence) {
        if (sentence.textContent !== UNKNOWN) news = known.sentence;
        sentence.textContent = known.sentence;
      }
      row.querySelector("[data-swaps]")?.replaceChildren(...this.swaps(line, known));
    }
    return news;
  }

  showFaults() {
    for (const fault of this.store.faults) {
      const [, phase, line] = /^\/phases\/(\d+)\/exercises\/(\d+)/.exec(fault.pointer ?? "") ?? [];
      const key = this.store.state.phases[phase]?.exercises[line]?.key;
      const told = this.row(key)?.querySelector(".b-fault");
      if (!told) continue;
      told.textContent = fault.detail;
      told.hidden = false;
    }
  }
}

function newLine(key, exercise) {
  return {
    key,
    exercise: { id: exercise.id, slug: exercise.slug, name: exercise.name },
    dosage: structuredClone(exercise.own_dosage ?? exercise.default_dosage),
    why: "",
    note: "",
    practitioner_note: "",
  };
}

// Until the server has worded it
const UNKNOWN = "…";
const EMPTY = { title: "", weeks: null, days: null, stage: "", criterion: "" };
