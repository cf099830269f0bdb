/* The phases and rows of the program, edited in place. */

import { el, icon, say } from "./dom.js";
import { newKey } from "./keys.js";

const place = document.getElementById("b-phases");
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
  hold: ["repetitions", "hold_seconds", "sets"],
  duration: ["duration_minutes", "sets"],
};

/* The dosage in a few words, for whoever prescribes it. */
export function short(dosage) {
  const d = dosage;
  const range = d.repetitions_max ? `${d.repetitions}–${d.repetitions_max}` : d.repetitions;
  const scheme = d.repetitions_per_set?.join("/");
  const days = d.weekdays?.length || d.days_per_week;
  const found = [
    d.kind === "duration" && d.duration_minutes && `${d.duration_minutes} min`,
    d.kind !== "duration" && (scheme || range) && `${scheme || range} times`,
    d.hold_seconds && `hold ${d.hold_seconds} s`,
    d.sets > 1 && `${d.sets} sets`,
    d.side && { each: "each side", left: "left", right: "right", alternate: "alternating" }[d.side],
    d.fill_in && "gaps to fill in",
    d.as_needed ? "as needed" : d.times_per_day && `${d.times_per_day} a day`,
    days && (days === 7 ? "every day" : `${days} days a week`),
  ];
  return found.filter(Boolean).join(", ");
}

export class Program {
  constructor(store) {
    this.store = store;
    this.told = {};
    this.pictures = {};
    this.opened = "";
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
    say(`${line.exercise.name} removed. Undo brings it back.`);
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
    say("Phase removed. Undo brings it back.");
  }

  swap(key, exercise) {
    this.store.change(() => {
      this.store.find(key).line.exercise = { ...exercise };
    });
    say(`${exercise.name} takes its place, with the same dosage.`);
  }

  /* Moving */

  move(key, way) {
    const { phase, at } = this.store.find(key);
    const to = at + way;
    if (to < 0 || to >= phase.exercises.length) return this.toPhase(key, way);
    this.store.change(() => {
      const [line] = phase.exercises.splice(at, 1);
      phase.exercises.splice(to, 0, line);
    });
    this.moved(key);
  }

  toPhase(key, way) {
    const { phase, at } = this.store.find(key);
    const phases = this.store.state.phases;
    const other = phases[phases.indexOf(phase) + way];
    if (!other) return;
    this.store.change(() => {
      const [line] = phase.exercises.splice(at, 1);
      if (way > 0) other.exercises.unshift(line);
      else other.exercises.push(line);
    });
    this.moved(key);
  }

  moved(key) {
    const { phase, at, line } = this.store.find(key);
    const total = phase.exercises.length;
    const number = this.store.state.phases.indexOf(phase) + 1;
    say(`${line.exercise.name}, phase ${number}, place ${at + 1} of ${total}`);
    this.row(key).querySelector(".b-grip").focus();
  }

  drag(event, key) {
    if (event.button) return;
    const row = this.row(key);
    // On the document: a captured pointer is let go when its row changes place
    event.preventDefault();
    row.classList.add("moving");
    const over = (move) => {
      // The program was shown anew meanwhile
      if (!row.isConnected) return;
      const lists = [...place.querySelectorAll(".b-rows")];
      const list = lists.findLast((one) => one.getBoundingClientRect().top <= move.clientY) ?? lists[0];
      const others = [...list.children].filter((one) => one !== row);
      const next = others.find((one) => {
        const box = one.getBoundingClientRect();
        return move.clientY < box.top + box.height / 2;
      });
      if (next) next.before(row);
      else list.append(row);
    };
    const drop = (end) => {
      ending.abort();
      row.classList.remove("moving");
      if (end.type === "pointercancel" || !row.isConnected) this.render();
      else this.dropped();
    };
    const ending = new AbortController();
    const { signal } = ending;
    document.addEventListener("pointermove", over, { signal });
    document.addEventListener("pointerup", drop, { signal });
    document.addEventListener("pointercancel", drop, { signal });
  }

  /* Takes the order over from what is seen. */
  dropped() {
    const seen = [...place.querySelectorAll(".b-rows")].map((list) =>
      [...list.children].map((row) => row.dataset.key).filter(Boolean),
    );
    const now = this.store.state.phases.map((phase) => phase.exercises.map((x) => x.key));
    if (JSON.stringify(seen) === JSON.stringify(now)) return;
    const lines = new Map(this.store.lines.map((line) => [line.key, line]));
    this.store.change((state) => {
      state.phases.forEach((phase, p) => {
        phase.exercises = seen[p].map((key) => lines.get(key));
      });
    });
  }

  key(event) {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (!key) return;
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.altKey && way) {
      event.preventDefault();
      if (event.shiftKey) this.toPhase(key, way);
      else this.move(key, way);
    } else if (event.key === "Delete" && event.target.matches("button")) {
      event.preventDefault();
      this.remove(key);
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

  open(key) {
    this.opened = this.opened === key ? "" : key;
    this.render();
    const first = this.row(this.opened)?.querySelector(".b-edit input");
    first?.focus();
    first?.select?.();
  }

  render() {
    const { id: focused, selectionStart: from, selectionEnd: to } = document.activeElement;
    let number = 0;
    const phases = this.store.state.phases.map((phase, at) => {
      const rows = phase.exercises.map((line) => this.line(line, (number += 1), phase));
      return this.phase(phase, at, rows);
    });
    if (!this.store.lines.length) phases.push(empty());
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
        title: "Drag, or Alt with the arrow keys",
        onpointerdown: (event) => this.drag(event, line.key),
      },
      icon("menu"),
    );
    const head = el(
      "button",
      {
        type: "button",
        class: "b-open",
        id: `${line.key}-open`,
        "aria-expanded": String(isOpen),
        onclick: () => this.open(line.key),
      },
      el("span", { class: "b-name" }, `${number} ${line.exercise.name}`),
      el("span", { class: "b-dose" }, short(line.dosage)),
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
        act("Move up", "arrow-up", () => this.move(line.key, -1), isFirst),
        act("Move down", "arrow-down", () => this.move(line.key, 1), isLast),
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
    const names = [...OF_KIND[dosage.kind], "times_per_day", "days_per_week"].filter(
      (name) => !(scheme && ["repetitions", "repetitions_max", "sets"].includes(name)),
    );
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
        ...names.map((name) => this.stepper(line, name, set)),
      ),
      scheme ? el("p", { class: "help" }, `Falling scheme ${dosage.repetitions_per_set.join("/")}: change it under All fields.`) : null,
      el("p", { class: "b-sentence", "data-sentence": true }, told.sentence ?? "…"),
      sides,
      this.text(line, "why", "Why, in plain words", 120),
      this.text(line, "note", "Note to the patient", 500),
      el("div", { class: "tools" }, el("span", { class: "tools", "data-swaps": true }, ...this.swaps(line, told)), this.phasePicker(line, phase)),
    );
  }

  stepper(line, name, set) {
    const [label, least, most] = STEPPERS[name];
    const id = `${line.key}-${name}`;
    const put = (value) => {
      const number = value === "" ? null : Math.min(most, Math.max(least, Math.round(Number(value)) || least));
      set(name, number);
      return number;
    };
    const input = el("input", { id, type: "number", inputmode: "numeric", min: least, max: most });
    input.value = line.dosage[name] ?? "";
    input.addEventListener("input", () => put(input.value));
    input.addEventListener("change", () => (input.value = put(input.value) ?? ""));
    const by = (step) => () => {
      const from = input.value === "" ? (step > 0 ? least - 1 : least) : Number(input.value);
      input.value = put(Math.max(least, from + step));
    };
    const button = (word, step, sign) =>
      el("button", { type: "button", tabindex: "-1", "aria-label": `${word}: ${label}`, onclick: by(step) }, sign);
    return el(
      "div",
      { class: "b-step" },
      el("label", { for: id }, label),
      el("span", { class: "b-stepper" }, button("Less", -1, "−"), input, button("More", 1, "+")),
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
      this.moved(line.key);
    });
    return select;
  }

  /* After typing: the words beside the field, not the field itself. */
  renew() {
    for (const line of this.store.lines) {
      const dose = this.row(line.key)?.querySelector(".b-dose");
      if (dose) dose.textContent = short(line.dosage);
    }
  }

  /* After a save: what only the server knows. */
  learn(told) {
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
      if (sentence) sentence.textContent = known.sentence;
      row.querySelector("[data-swaps]")?.replaceChildren(...this.swaps(line, known));
    }
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

const EMPTY = { title: "", weeks: null, days: null, stage: "", criterion: "" };

function empty() {
  return el(
    "div",
    { class: "b-empty" },
    el("h3", {}, "Nothing in this program yet"),
    el("p", {}, "Type / and the first letters of an exercise, then Enter. Or paste a list of names."),
  );
}
