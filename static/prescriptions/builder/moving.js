/* Moving the rows of the program: by pointer, by keys, from phase to phase. */

import { say } from "./dom.js";

const place = document.getElementById("b-phases");

export class Moving {
  constructor(program) {
    this.program = program;
    this.store = program.store;
    // Picked up with Space: its key, and how many steps it has gone
    this.held = null;
    place.addEventListener("focusout", () => setTimeout(() => this.leave()));
  }

  /* By one place; over the edge of a phase into the next. */
  by(key, way) {
    const { phase, at } = this.store.find(key);
    const to = at + way;
    if (to < 0 || to >= phase.exercises.length) return this.toPhase(key, way);
    this.store.change(() => {
      const [line] = phase.exercises.splice(at, 1);
      phase.exercises.splice(to, 0, line);
    });
    return this.moved(key);
  }

  toPhase(key, way) {
    const { phase, at } = this.store.find(key);
    const phases = this.store.state.phases;
    const other = phases[phases.indexOf(phase) + way];
    if (!other) return false;
    this.store.change(() => {
      const [line] = phase.exercises.splice(at, 1);
      if (way > 0) other.exercises.unshift(line);
      else other.exercises.push(line);
    });
    return this.moved(key);
  }

  moved(key) {
    say(this.whereIs(key));
    this.focusGrip(key);
    return true;
  }

  whereIs(key) {
    const { phase, at, line } = this.store.find(key);
    const number = this.store.state.phases.indexOf(phase) + 1;
    return `${line.exercise.name}, phase ${number}, place ${at + 1} of ${phase.exercises.length}`;
  }

  focusGrip(key) {
    this.program.row(key).querySelector(".b-grip").focus();
  }

  /* Keys on the grip: Space picks up and drops, arrows move, Escape puts back. */
  key(event, key) {
    const isHeld = this.held?.key === key;
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === " ") {
      event.preventDefault();
      if (isHeld) this.drop(`${this.whereIs(key)}, dropped.`);
      else this.pickUp(key);
    } else if (isHeld && way) {
      event.preventDefault();
      if (this.by(key, way)) this.held.steps += 1;
    } else if (isHeld && event.key === "Escape") {
      event.preventDefault();
      for (let step = 0; step < this.held.steps; step += 1) this.store.undo();
      this.drop(`Back: ${this.whereIs(key)}.`);
      this.focusGrip(key);
    } else {
      return false;
    }
    return true;
  }

  pickUp(key) {
    this.held = { key, steps: 0 };
    this.program.render();
    this.focusGrip(key);
    say("Picked up. Arrows move it, Space drops it, Escape puts it back.");
  }

  drop(words) {
    const { key } = this.held;
    const hadFocus = place.contains(document.activeElement);
    this.held = null;
    this.program.render();
    if (hadFocus) this.focusGrip(key);
    say(words);
  }

  /* Whoever goes elsewhere has dropped it. */
  leave() {
    if (this.held && !document.activeElement.classList.contains("b-grip")) this.drop("Dropped.");
  }

  drag(event, key) {
    if (event.button) return;
    const row = this.program.row(key);
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
      if (end.type === "pointercancel" || !row.isConnected) this.program.render();
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
}
