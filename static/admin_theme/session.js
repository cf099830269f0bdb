/* Warns before the session ends for want of activity; covers the page when it has. */

const WARN_SECONDS = 120;
const WITHOUT_ANSWER = 30;
const place = document.getElementById("session-end");
const { left, stay } = place.dataset;
const parts = place.querySelectorAll("[data-part]");
const [about, ended, others, elsewhere] = parts;
const frame = place.querySelector("[data-sign-in]");
/* Moments by the clock on the wall: a machine that sleeps does not run timers. */
let ends;
let asks;

function note(seconds, again) {
  ends = Date.now() + seconds * 1000;
  asks = Date.now() + again * 1000;
}

async function ask(url, method) {
  const token = place.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = method === "POST" ? { "X-CSRFToken": token } : {};
  const answer = await fetch(url, { method, headers }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

function show(part) {
  for (const one of parts) one.hidden = one !== part;
  place.classList.toggle("is-over", part !== about);
  if (!place.open) place.showModal();
  if (part !== ended) part.querySelector("a, button").focus();
}

/* The frame has come to the address that follows a sign-in. */
frame.addEventListener("load", () => {
  const page = frame.contentDocument;
  if (page?.location.pathname === new URL(left, location).pathname) {
    frame.removeAttribute("src");
    look();
  } else page?.querySelector("input:not([type=hidden])")?.focus();
});

/* A sign-in in another tab has changed the token that forms carry. */
function take(token) {
  for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) {
    input.value = token;
  }
}

async function look(url = left, method = "GET") {
  asks = Infinity;
  const told = await ask(url, method);
  if (!told) {
    asks = Date.now() + WITHOUT_ANSWER * 1000;
    // Nobody can tell whether it goes on elsewhere: what is open is covered.
    if (Date.now() >= ends) show(ended);
    return;
  }
  if (told.seconds === 0) {
    show(ended);
    if (!frame.src) frame.src = frame.dataset.signIn;
    return;
  }
  // What is open here is not for them, nor may it be sent in their name.
  if (told.person !== place.dataset.person) {
    show(others);
    return;
  }
  take(told.token);
  if (told.clinic !== place.dataset.clinic) {
    show(elsewhere);
    return;
  }
  if (told.seconds > WARN_SECONDS) {
    note(told.seconds, told.seconds - WARN_SECONDS);
    if (place.open) uncover();
  } else {
    note(told.seconds, Math.min(told.seconds, 15) + 0.5);
    show(about);
  }
}

/* Browsers close a dialog with the second Escape, whatever is said to the first. */
let isUncovering = false;
place.addEventListener("close", () => {
  if (!isUncovering) place.showModal();
  isUncovering = false;
});

function uncover() {
  isUncovering = true;
  place.close();
  document.dispatchEvent(new Event("signed-in"));
}
place.addEventListener("cancel", (event) => event.preventDefault());
place.querySelector("[data-stay]").addEventListener("click", () => look(stay, "POST"));
place.querySelector("[data-switch]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new FormData(event.target);
  await fetch(event.target.action, { method: "POST", body }).catch(() => null);
  look();
});
for (const button of place.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => look());
}
document.addEventListener("signed-out", () => look());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});
note(Number(place.dataset.seconds), Number(place.dataset.seconds) - WARN_SECONDS);
setInterval(() => {
  if (Date.now() >= asks) look();
}, 1000);
