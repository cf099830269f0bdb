/* Draws the handout's card anew while the form is filled in. */

const PAUSE = 400;
const place = document.getElementById("preview");
const form = document.getElementById("exercise_form");
let waiting = 0;
let asked = null;

async function draw() {
  asked?.abort();
  asked = new AbortController();
  try {
    const body = new FormData(form);
    const answer = await fetch(place.dataset.url, { method: "POST", body, signal: asked.signal });
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
  } catch {
    // No connection: the card stays as it was, and the typing too.
  }
}

if (form && !("still" in place.dataset)) {
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}
