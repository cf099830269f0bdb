/* The library beside the program: search, facets, cards to add. */

import { el, icon, say } from "./dom.js";

const WAIT = 100;
// More at once is no choice any more
const MOST_AT_ONCE = 12;
const find = document.getElementById("b-find");
const cards = document.getElementById("b-cards");
const count = document.getElementById("b-count");
const more = document.getElementById("b-more");
const all = document.getElementById("b-all-found");
// What the patient has, or what follows from it: flag -> its words
const FLAGS = JSON.parse(document.getElementById("builder-flags").textContent);
const facets = [...document.querySelectorAll("[data-facet]")];

export class Library {
  constructor(store, add) {
    this.store = store;
    this.add = add;
    this.asked = 0;
    this.timer = null;
    find.addEventListener("input", () => this.soon());
    find.addEventListener("keydown", (event) => this.key(event));
    for (const facet of facets) facet.addEventListener("change", () => this.ask());
    more.addEventListener("click", () => this.ask(this.next));
    all.addEventListener("click", () => this.add(...[...cards.children].map((card) => card.exercise)));
    cards.addEventListener("keydown", (event) => this.among(event));
    cards.addEventListener("focusin", (event) => this.stand(event.target.closest("li")));
    store.addEventListener("changed", () => this.mark());
    this.ask();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  address() {
    const query = new URLSearchParams({ limit: "24" });
    if (find.value.trim()) query.set("q", find.value.trim());
    for (const facet of facets) {
      const isTick = facet.type === "checkbox";
      const value = isTick ? facet.checked && (facet.getAttribute("value") || "true") : facet.value;
      if (value) query.set(facet.dataset.facet, value);
    }
    return `${this.store.start.exercises}?${query}`;
  }

  async ask(next = "") {
    const mine = (this.asked += 1);
    const answer = await this.store.fetch(next || this.address());
    if (mine !== this.asked) return;
    if (!answer?.ok) {
      count.textContent = "The library did not answer. Search again.";
      return;
    }
    const page = await answer.json();
    const made = page.results.map((exercise) => this.card(exercise));
    if (next) cards.append(...made);
    else cards.replaceChildren(...made);
    this.next = page.next;
    more.hidden = !page.next;
    const shown = cards.children.length;
    all.hidden = page.next || shown < 2 || shown > MOST_AT_ONCE;
    all.textContent = `Add all ${shown}`;
    if (!next) this.stand(cards.firstElementChild);
    count.textContent = shown
      ? `${shown}${page.next ? " or more" : ""} exercise${shown === 1 ? "" : "s"}`
      : "Nothing found. Try another word, or fewer filters.";
    this.mark();
  }

  /* Waits for what was just typed. */
  async settled() {
    clearTimeout(this.timer);
    await this.ask();
  }

  card(exercise) {
    const figure = exercise.figures[Math.min(1, exercise.figures.length - 1)];
    const picture = figure
      ? el("img", { src: new URL(figure.url).pathname, alt: "", loading: "lazy" })
      : icon("dumbbell");
    const button = el(
      "button",
      { type: "button", class: "b-add", "aria-label": `Add ${exercise.name}`, tabindex: "-1" },
      icon("plus"),
    );
    button.addEventListener("click", () => this.add(exercise));
    const name = el(
      "a",
      {
        href: `${this.store.start.exercisePages}${exercise.id}/change/`,
        target: "_blank",
        tabindex: "-1",
        title: "All of it, in a new tab",
      },
      exercise.name,
    );
    const against = exercise.contraindications.filter((flag) => flag in FLAGS);
    const unfit = against.length
      ? el("span", { class: "b-unfit" }, `Not with: ${against.map((flag) => FLAGS[flag]).join(", ")}`)
      : null;
    const facts = [exercise.category, exercise.position].map((x) => x.replaceAll("_", " "));
    const card = el(
      "li",
      { "data-id": exercise.id },
      el("span", { class: "b-picture" }, picture),
      unfit,
      el("b", {}, name),
      el("span", { class: "b-kind" }, facts.join(", ")),
      button,
    );
    card.exercise = exercise;
    return card;
  }

  /* Of all cards one is a stop of the Tab key; arrows lead on from there. */
  stand(card) {
    for (const one of cards.querySelectorAll("a, .b-add")) {
      one.tabIndex = card?.contains(one) ? 0 : -1;
    }
  }

  /* Shows what is in the program already. */
  mark() {
    const used = new Set((this.store.state ? this.store.lines : []).map((x) => x.exercise.id));
    for (const card of cards.children) {
      const isIn = used.has(card.dataset.id);
      card.classList.toggle("in", isIn);
      card.querySelector(".b-add .ic").className = `ic ic-${isIn ? "check" : "plus"}`;
    }
  }

  async key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      await this.settled();
      const first = cards.firstElementChild;
      if (first) this.add(first.exercise);
      else say("Nothing found.");
      find.select();
    }
    if (event.key === "ArrowDown") {
      event.preventDefault();
      cards.querySelector(".b-add")?.focus();
    }
    // Here already: not the first letter of what is looked for
    if (event.key === "/" && !find.value) event.preventDefault();
    if (event.key === "Escape" && find.value) {
      event.preventDefault();
      find.value = "";
      this.ask();
    }
  }

  among(event) {
    const [first] = cards.children;
    const row = [...cards.children].filter((card) => card.offsetTop === first.offsetTop).length;
    const steps = { ArrowRight: 1, ArrowDown: row, ArrowLeft: -1, ArrowUp: -row };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...cards.querySelectorAll(".b-add")];
    const card = document.activeElement.closest("li");
    const at = [...cards.children].indexOf(card) + step;
    if (at < 0) find.focus();
    else buttons[at]?.focus();
  }

  /* The best exercise for a name, or nothing. */
  async named(name) {
    const query = new URLSearchParams({ q: name, limit: "1" });
    const answer = await this.store.fetch(`${this.store.start.exercises}?${query}`);
    return answer?.ok ? (await answer.json()).results[0] : undefined;
  }
}

export const focusSearch = () => {
  find.focus();
  find.select();
};
