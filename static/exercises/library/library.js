/* Search as one types, filters that answer at once, stars that need no new page. */

const PAUSE = 150;
const SPOKEN_AFTER = 500;
const WIDE = matchMedia("(min-width: 1101px)");
const form = document.getElementById("browse");
const results = document.getElementById("results");
const said = document.getElementById("said");
const search = form.elements.q;
const $ = window.django?.jQuery;
let waiting = 0;
let speaking = 0;
let asked = null;

function address() {
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  return `?${new URLSearchParams(given)}`;
}

/* Only the latest answer counts; an older one is cut off. */
async function show(query) {
  asked?.abort();
  asked = new AbortController();
  results.setAttribute("aria-busy", "true");
  try {
    const headers = { "X-Page-Part": "results" };
    const answer = await fetch(query, { headers, signal: asked.signal });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    results.innerHTML = await answer.text();
    history.replaceState(null, "", query);
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      said.textContent = results.querySelector(".count").textContent;
    }, SPOKEN_AFTER);
  } catch (error) {
    // Sign-in run out, or no connection: the whole page says which.
    if (error.name !== "AbortError") location.assign(query);
    return;
  }
  results.removeAttribute("aria-busy");
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => show(address()), PAUSE);
}

async function more(link) {
  const before = results.querySelectorAll(".excard").length;
  await show(link.getAttribute("href"));
  results.querySelectorAll(".excard h2 a")[before]?.focus();
}

async function toggle(star) {
  const button = star.querySelector("button");
  const pressed = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!pressed));
  const headers = { "X-Page-Part": "star" };
  const body = new FormData(star);
  const answer = await fetch(star.action, { method: "POST", headers, body }).catch(() => null);
  if (!answer?.ok) button.setAttribute("aria-pressed", String(pressed));
  said.textContent = answer?.ok
    ? `${pressed ? "No longer a favorite" : "A favorite"}`
    : "Not saved: no connection";
}

document.body.classList.add("live");
const facets = document.getElementById("facets");
const unfold = () => { facets.open = WIDE.matches; };
unfold();
WIDE.addEventListener("change", unfold);

search.addEventListener("input", soon);
form.addEventListener("change", (event) => {
  if (event.target !== search) show(address());
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  show(address());
});
// Choosing a patient is looked at as a page of its own.
$?.(form.elements.patient).on("change", () => location.assign(address()));

results.addEventListener("click", (event) => {
  const link = event.target.closest("#more");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  more(link);
});
results.addEventListener("submit", (event) => {
  const star = event.target.closest(".star");
  if (!star) return;
  event.preventDefault();
  toggle(star);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
  search.select();
});
