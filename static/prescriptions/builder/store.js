/* The program as it is being edited: one state, undo, and saving through the API.

   What is not stored yet is kept in this tab, sealed, so that a reload loses nothing; it
   is forgotten with the tab, with the next confirmed save and by signing out. */

import { canKeep, Journal } from "../../clinic/journal.js";
import { arrived, changesOf, contentOf, join, settled } from "./joining.js";
import { Keys } from "./keys.js";

// After the last change, but not long after the first (milliseconds)
const SAVE_AFTER = 600;
const SAVE_WITHIN = 3000;
const RETRY = [2, 5, 15, 30];
const LOOK_EVERY = 20000;
const MOST_STEPS = 100;
const TYPING = 1500;
const FIELDS = ["title", "goal"];
const UNKNOWN = { phases: [] };
const MOST_UNHEARD = 3;
// Browsers send 64 kB at most for a page that is being left; a sign takes up to 3 bytes.
const MOST_AT_LEAVING = 20_000;

// Packed on the way, an answer has a weak tag of the same state
const tagOf = (answer) => answer.headers.get("ETag")?.replace(/^W\//, "");
const copyOf = (value) => structuredClone(value);

/* Of the API's program what is edited here. */
const shaped = (program) =>
  Object.fromEntries([...FIELDS, "phases"].map((name) => [name, program[name]]));

export class Store extends EventTarget {
  constructor(start, token) {
    super();
    this.start = start;
    this.token = token;
    this.journal = new Journal();
    this.past = [];
    this.future = [];
    this.state = null;
    // As it is stored, as far as known; and what was sent since without an answer
    this.base = null;
    this.version = 0;
    this.unheard = [];
    // What waits for an answer; what was joined; who else has it open
    this.clash = null;
    this.news = null;
    this.others = [];
    // Edits made, and how many of them are stored
    this.edits = 0;
    this.stored = 0;
    this.keys = new Keys();
    this.condition = "loading";
    this.tries = 0;
    this.typed = { what: "", at: 0 };
    this.waiting = null;
    this.timer = null;
    // Since when something waits to be saved
    this.waits = 0;
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
    if (kept) await this.restore(kept);
    this.tell("stored");
    this.look();
    addEventListener("pagehide", () => this.leave());
    setInterval(() => this.look(), LOOK_EVERY);
    addEventListener("online", () => this.dirty && this.save());
    document.addEventListener("visibilitychange", () =>
      document.hidden ? this.dirty && this.save() : this.look(),
    );
    addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
  }

  /* State */

  adopt(program, etag) {
    this.follow(program, etag);
    this.state = this.keys.known(copyOf(this.base));
    this.stored = this.edits;
    this.setStatus("saved");
    this.tell("changed");
  }

  /* Takes this for what is stored. */
  follow(program, etag) {
    this.etag = etag;
    this.version = program.version;
    this.base = shaped(program);
    this.unheard = [];
    this.keys.follow(this.base);
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
    this.state = this.keys.withIds(from.pop());
    this.typed = { what: "", at: 0 };
    this.edits += 1;
    this.keep();
    this.tell("changed");
    this.later();
  }

  /* This tab's memory */

  keep() {
    const { etag, state, base, unheard } = this;
    if (this.dirty) this.journal.write({ etag, state, base, unheard });
    else this.journal.erase();
  }

  async restore(kept) {
    // Stored at the last moment, when nobody was left to hear of it
    if (contentOf(kept.state) === contentOf(this.state)) {
      return this.journal.erase();
    }
    const told = kept.etag === this.etag ? null : await this.askAround();
    const program = { ...this.base, version: this.version };
    this.state = kept.state;
    this.base = kept.base ?? UNKNOWN;
    this.unheard = [...(kept.unheard ?? []), copyOf(kept.state)];
    this.keys.takeOver(kept.state);
    this.edits += 1;
    const news = this.meet(program, this.etag);
    this.past = [this.keys.known(copyOf(this.base))];
    this.tell("changed");
    this.tell("restored");
    if (this.isSettled(news, told?.by)) this.later();
  }

  /* Saving */

  later() {
    clearTimeout(this.timer);
    if (!this.dirty) {
      if (this.condition !== "saving") this.setStatus("saved");
      this.waits = 0;
      return;
    }
    this.setStatus(this.condition === "offline" ? "offline" : "unsaved");
    this.waits ||= Date.now();
    const left = this.waits + SAVE_WITHIN - Date.now();
    this.timer = setTimeout(() => this.save(), Math.max(0, Math.min(SAVE_AFTER, left)));
  }

  /* Resolves to true when all that was typed is stored. */
  async save() {
    clearTimeout(this.timer);
    this.waits = 0;
    while (this.waiting) await this.waiting;
    if (!this.dirty) return true;
    if (this.clash) return false;
    this.waiting = this.send();
    await this.waiting;
    this.waiting = null;
    return !this.dirty;
  }

  async send() {
    const body = this.body();
    const at = this.edits;
    const sent = copyOf(this.state);
    this.unheard = [...this.unheard, sent].slice(-MOST_UNHEARD);
    this.keep();
    this.setStatus("saving");
    const answer = await this.fetch(this.start.program, {
      method: "PATCH",
      body,
      keepalive: body.length < MOST_AT_LEAVING,
      headers: { "Content-Type": "application/json", "If-Match": this.etag },
    });
    if (!answer?.ok) return this.trouble(answer);
    const program = await answer.json();
    this.tries = 0;
    this.keys.learn(sent, program);
    this.follow(program, tagOf(answer));
    this.keys.withIds(this.state);
    this.stored = at;
    this.keep();
    this.setStatus(this.dirty ? "unsaved" : "saved");
    this.tell("stored");
    if (this.dirty) this.later();
  }

  async trouble(answer) {
    if (!answer || answer.status >= 500) return this.offline();
    if (answer.redirected || [401, 403].includes(answer.status)) {
      return this.setStatus("signin");
    }
    if (answer.status === 412) return this.joinTheirs();
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

  /* Tells that this window is here, and asks who else is; without changes here, what
     somebody has saved meanwhile is shown. */
  async look() {
    if (!this.state) return;
    const told = await this.askAround();
    if (!told || told.version === this.version || !this.isQuiet) return;
    const answer = await this.fetch(this.start.program);
    if (!answer?.ok || answer.redirected || !this.isQuiet) return;
    const [past, mine] = [this.past, copyOf(this.state)];
    const news = this.meet(await answer.json(), tagOf(answer));
    this.stored = this.edits;
    if (news.changes.length) {
      this.past = [...past, mine];
      this.future = [];
      this.report({ ...news, who: told.by, isShown: true });
    }
    this.setStatus("saved");
    this.tell("stored");
  }

  get isQuiet() {
    return !document.hidden && !this.waiting && !this.dirty && this.condition === "saved";
  }

  async askAround() {
    const answer = await this.fetch(this.start.here);
    if (!answer?.ok || answer.redirected) return null;
    const told = await answer.json();
    this.others = told.others;
    this.tell("others");
    return told;
  }

  leave() {
    this.fetch(this.start.here, { method: "DELETE", keepalive: true });
  }

  /* Takes over what the server has filled it with; undo shows what was here before. */
  async take() {
    const answer = await this.fetch(this.start.program);
    if (!answer?.ok || answer.redirected) return this.trouble(answer);
    this.past.push(copyOf(this.state));
    this.adopt(await answer.json(), tagOf(answer));
    this.tell("stored");
  }

  /* Somebody has saved meanwhile: joins both, asks about what clashes, saves again. */
  async joinTheirs() {
    const told = await this.askAround();
    const answer = await this.fetch(this.start.program);
    if (!answer?.ok || answer.redirected) return this.trouble(answer);
    const etag = tagOf(answer);
    // Refused and still the same: on the way somebody rewrites tags. Again, but not at once.
    if (etag === this.etag) return this.offline();
    const news = this.meet(await answer.json(), etag);
    if (!this.isSettled(news, told?.by)) return;
    if (contentOf(this.state) !== contentOf(this.base)) return this.send();
    this.stored = this.edits;
    this.keep();
    this.setStatus("saved");
    this.tell("stored");
  }

  /* Tells what was joined; false when something waits for an answer. What is kept in
     this tab stays as it is till then, so that a reload asks again. */
  isSettled(news, who) {
    if (news.changes.length || news.stays.length) this.report({ ...news, who });
    if (!news.clashes.length) return true;
    this.clash = { ...news, who };
    this.setStatus("conflict");
    this.tell("conflict");
    return false;
  }

  report(news) {
    this.news = news;
    this.tell("news");
  }

  /* Joins what is here with what is stored. Undo goes on taking back what was done
     here, nothing of theirs. */
  meet(program, etag) {
    const theirs = shaped(program);
    for (const sent of this.unheard) {
      const { base, ids } = arrived(this.base, sent, theirs);
      this.base = base;
      this.keys.add(ids);
    }
    const joined = (state) => join(this.base, this.keys.withIds(state), theirs);
    const found = joined(this.state);
    const [past, future] = [this.past, this.future].map((all) =>
      all.map((state) => joined(state).state),
    );
    const mine = this.state;
    this.follow(program, etag);
    this.past = past.map((state) => this.keys.known(state));
    this.future = future.map((state) => this.keys.known(state));
    const state = this.keys.known(found.state);
    const changes = changesOf(mine, state);
    // Else what is open on the page goes on editing what it holds
    if (changes.length) this.state = state;
    this.keys.withIds(this.state);
    if (changes.length) this.tell("changed");
    return { changes, clashes: found.clashes, stays: found.stays };
  }

  /* Goes on with what was chosen: of each clash, whether theirs is taken. The versions
     that were not are the next steps of undo. */
  async settle(isTheirs) {
    const { clashes } = this.clash;
    this.clash = null;
    const others = [this.state, this.keys.known(copyOf(this.base))];
    this.state = settled(this.state, clashes, isTheirs);
    if (isTheirs.every(Boolean)) others.reverse();
    const content = contentOf(this.state);
    this.past.push(...others.filter((one) => contentOf(one) !== content));
    this.future = [];
    this.edits += 1;
    this.tell("changed");
    this.keep();
    await this.save();
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
