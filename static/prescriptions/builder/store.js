/* The program as it is being edited: one state, undo, and saving through the API.

   What is not stored yet is kept in this tab, sealed, so that a reload loses nothing; it
   is forgotten with the tab, with the next confirmed save and by signing out. */

import { canKeep, Journal } from "../../clinic/journal.js";

const SAVE_AFTER = 600;
const RETRY = [2, 5, 15, 30];
const LOOK_EVERY = 20000;
const MOST_STEPS = 100;
const TYPING = 1500;
const FIELDS = ["title", "goal"];
// Browsers send 64 kB at most for a page that is being left; a sign takes up to 3 bytes.
const MOST_AT_LEAVING = 20_000;

let counted = 0;
export const newKey = () => `k${(counted += 1)}`;
// Packed on the way, an answer has a weak tag of the same state
const tagOf = (answer) => answer.headers.get("ETag")?.replace(/^W\//, "");
const copyOf = (value) => structuredClone(value);

const IDS = new Set(["id", "key"]);
const contentOf = (state) =>
  JSON.stringify(state, (name, value) => {
    if (IDS.has(name)) return undefined;
    return name === "exercise" ? value.id : value;
  });

export class Store extends EventTarget {
  constructor(start, token) {
    super();
    this.start = start;
    this.token = token;
    this.journal = new Journal();
    this.past = [];
    this.future = [];
    this.state = null;
    // Edits made, and how many of them are stored
    this.edits = 0;
    this.stored = 0;
    // Row -> its id in the database, as far as it is stored
    this.ids = new Map();
    this.condition = "loading";
    this.tries = 0;
    this.typed = { what: "", at: 0 };
    this.waiting = null;
    this.timer = null;
  }

  async open() {
    const answer = await this.fetch(this.start.program);
    if (!answer?.ok) return this.trouble(answer);
    if (canKeep) {
      const keys = await this.fetch(this.start.journal, { method: "POST" });
      if (!keys?.ok) return this.trouble(keys);
      await this.journal.unlock(`builder:${this.start.id}`, await keys.json());
    }
    const kept = await this.journal.read();
    this.adopt(await answer.json(), tagOf(answer));
    if (kept) this.restore(kept);
    this.tell("stored");
    setInterval(() => this.look(), LOOK_EVERY);
    addEventListener("online", () => this.dirty && this.save());
    document.addEventListener("visibilitychange", () =>
      document.hidden ? this.dirty && this.save() : this.look(),
    );
    addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
  }

  /* State */

  adopt(program, etag) {
    this.etag = etag;
    this.state = {
      ...Object.fromEntries(FIELDS.map((name) => [name, program[name]])),
      phases: program.phases.map((phase) => ({
        ...phase,
        key: newKey(),
        exercises: phase.exercises.map((line) => ({ ...line, key: newKey() })),
      })),
    };
    this.ids = new Map(
      this.state.phases.flatMap((phase) => [
        [phase.key, phase.id],
        ...phase.exercises.map((line) => [line.key, line.id]),
      ]),
    );
    this.stored = this.edits;
    this.setStatus("saved");
    this.tell("changed");
  }

  body() {
    const bare = ({ key, ...rest }) => rest;
    const { phases, ...rest } = this.state;
    const line = (one) => ({ ...bare(one), exercise: one.exercise.id });
    const phase = (one) => ({ ...bare(one), exercises: one.exercises.map(line) });
    return JSON.stringify({ ...rest, phases: phases.map(phase) });
  }

  get dirty() {
    return this.edits !== this.stored;
  }

  get lines() {
    return this.state.phases.flatMap((phase) => phase.exercises);
  }

  find(key) {
    for (const phase of this.state.phases) {
      const at = phase.exercises.findIndex((line) => line.key === key);
      if (at >= 0) return { phase, at, line: phase.exercises[at] };
    }
    return null;
  }

  /* Changes the state; one run of typing in one field is one step of undo. */
  change(edit, what = "") {
    const before = copyOf(this.state);
    edit(this.state);
    const now = Date.now();
    const goesOn = what && what === this.typed.what && now - this.typed.at < TYPING;
    this.typed = { what, at: now };
    if (!goesOn) this.past = [...this.past, before].slice(-MOST_STEPS);
    this.future = [];
    this.edits += 1;
    this.keep();
    this.tell(what ? "typed" : "changed");
    this.later();
  }

  undo() {
    this.step(this.past, this.future);
  }

  redo() {
    this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return;
    to.push(copyOf(this.state));
    this.state = this.withIds(from.pop());
    this.typed = { what: "", at: 0 };
    this.edits += 1;
    this.keep();
    this.tell("changed");
    this.later();
  }

  /* Rows that got an id since keep it in an older state too; what was taken out and
     stored so is a new row when it comes back. */
  withIds(state) {
    for (const phase of state.phases) {
      phase.id = this.ids.get(phase.key);
      for (const line of phase.exercises) line.id = this.ids.get(line.key);
    }
    return state;
  }

  /* This tab's memory */

  keep() {
    if (this.dirty) this.journal.write({ etag: this.etag, state: this.state });
    else this.journal.erase();
  }

  restore(kept) {
    // Stored at the last moment, when nobody was left to hear of it
    if (contentOf(kept.state) === contentOf(this.state)) {
      return this.journal.erase();
    }
    this.past.push(copyOf(this.state));
    this.state = this.known(kept.state);
    this.edits += 1;
    this.tell("changed");
    this.tell("restored");
    if (kept.etag !== this.etag) this.conflict();
    else this.later();
  }

  /* A state from elsewhere with keys of this page; rows that are not stored any more
     are new ones. */
  known(state) {
    const byId = new Map([...this.ids].map(([key, id]) => [id, key]));
    const settle = (row) => {
      row.key = byId.get(row.id) ?? newKey();
      if (!byId.has(row.id)) row.id = undefined;
    };
    for (const phase of state.phases) {
      settle(phase);
      phase.exercises.forEach(settle);
    }
    return state;
  }

  /* Saving */

  later() {
    clearTimeout(this.timer);
    if (!this.dirty) {
      if (this.condition !== "saving") this.setStatus("saved");
      return;
    }
    this.setStatus(this.condition === "offline" ? "offline" : "unsaved");
    this.timer = setTimeout(() => this.save(), SAVE_AFTER);
  }

  /* Resolves to true when all that was typed is stored. */
  async save() {
    clearTimeout(this.timer);
    while (this.waiting) await this.waiting;
    if (!this.dirty) return true;
    this.waiting = this.send();
    await this.waiting;
    this.waiting = null;
    return !this.dirty;
  }

  async send() {
    const body = this.body();
    const at = this.edits;
    const sent = this.keys();
    this.setStatus("saving");
    const answer = await this.fetch(this.start.program, {
      method: "PATCH",
      body,
      keepalive: body.length < MOST_AT_LEAVING,
      headers: { "Content-Type": "application/json", "If-Match": this.etag },
    });
    if (!answer?.ok) return this.trouble(answer);
    const program = await answer.json();
    this.etag = tagOf(answer);
    this.tries = 0;
    this.learn(sent, program);
    this.stored = at;
    this.keep();
    this.setStatus(this.dirty ? "unsaved" : "saved");
    this.tell("stored");
    if (this.dirty) this.later();
  }

  keys() {
    return this.state.phases.map((phase) => ({
      key: phase.key,
      lines: phase.exercises.map((line) => line.key),
    }));
  }

  /* Gives stored rows the ids of the answer, which has them in the order sent. */
  learn(sent, program) {
    this.ids = new Map();
    sent.forEach((phase, p) => {
      this.ids.set(phase.key, program.phases[p].id);
      phase.lines.forEach((key, e) => {
        this.ids.set(key, program.phases[p].exercises[e].id);
      });
    });
    this.withIds(this.state);
  }

  async trouble(answer) {
    if (!answer || answer.status >= 500) return this.offline();
    if (answer.redirected || [401, 403].includes(answer.status)) {
      return this.setStatus("signin");
    }
    if (answer.status === 412) return this.conflict();
    const problem = await answer.json().catch(() => ({}));
    this.faults = problem.errors ?? [];
    this.problem = problem.detail ?? problem.title ?? "It could not be saved.";
    this.setStatus("invalid");
    this.tell("faults");
  }

  offline() {
    const seconds = RETRY[Math.min(this.tries, RETRY.length - 1)];
    this.tries += 1;
    this.setStatus("offline");
    this.timer = setTimeout(() => this.goOn(), seconds * 1000);
  }

  goOn() {
    return this.state ? this.save() : this.open();
  }

  /* Others */

  /* Looks whether somebody else has saved; without changes here theirs are shown. */
  async look() {
    const isQuiet = document.hidden || this.waiting || this.dirty;
    if (isQuiet || this.condition !== "saved") return;
    const headers = { "If-None-Match": this.etag };
    const answer = await this.fetch(this.start.program, { headers });
    if (!answer?.ok || answer.redirected || this.dirty) return;
    this.past.push(copyOf(this.state));
    this.adopt(await answer.json(), tagOf(answer));
    this.tell("theirs");
    this.tell("stored");
  }

  /* Two versions, unless theirs is ours: saved, and the answer lost on its way. */
  async conflict() {
    const answer = await this.fetch(this.start.program);
    if (!answer?.ok || answer.redirected) return this.trouble(answer);
    const program = await answer.json();
    const seen = Object.fromEntries([...FIELDS, "phases"].map((key) => [key, program[key]]));
    if (contentOf(seen) !== contentOf(this.state)) {
      this.setStatus("conflict");
      return this.tell("conflict");
    }
    const sent = this.keys();
    this.etag = tagOf(answer);
    this.learn(sent, program);
    this.stored = this.edits;
    this.keep();
    this.setStatus("saved");
    this.tell("stored");
  }

  async settle(choice) {
    const answer = await this.fetch(this.start.program);
    if (!answer?.ok || answer.redirected) return this.trouble(answer);
    const mine = copyOf(this.state);
    this.past.push(mine);
    this.adopt(await answer.json(), tagOf(answer));
    if (choice === "mine") {
      this.past.push(copyOf(this.state));
      this.state = this.known(copyOf(mine));
      this.edits += 1;
      this.tell("changed");
      await this.save();
    } else {
      this.keep();
      this.tell("stored");
    }
  }

  /* A new sign-in changes the token that writes need. */
  async signedIn() {
    const answer = await this.fetch(this.start.page);
    if (!answer?.ok || answer.redirected) return this.setStatus("signin");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    this.token = page.getElementById("builder")?.dataset.token ?? this.token;
    await this.goOn();
  }

  async fetch(url, { headers = {}, ...options } = {}) {
    try {
      return await fetch(url, {
        ...options,
        headers: { Accept: "application/json", "X-CSRFToken": this.token, ...headers },
      });
    } catch {
      return null;
    }
  }

  setStatus(status) {
    this.condition = status;
    this.tell("status");
  }

  tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
