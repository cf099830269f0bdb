/* Shows how far a batch is; loads the page anew when it has come to its end. */

const AGAIN_AFTER_TROUBLE = 5;

function show(part, state) {
  part.querySelector("[data-bar]").value = state.settled;
  for (const place of part.querySelectorAll("[data-count]")) {
    const count = String(state[place.dataset.count]);
    // Only a change is spoken.
    if (place.textContent !== count) place.textContent = count;
  }
}

async function ask(part) {
  let wait = AGAIN_AFTER_TROUBLE;
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(part.dataset.pollBatch, { headers });
    if (answer.status === 403 || answer.status === 404 || answer.redirected) return;
    if (answer.ok) {
      const state = await answer.json();
      show(part, state);
      if (state.is_final) {
        location.reload();
        return;
      }
      wait = Number(answer.headers.get("Retry-After")) || wait;
    }
  } catch {
    // No connection: ask again later.
  }
  setTimeout(() => ask(part), wait * 1000);
}

document.querySelectorAll("[data-poll-batch]").forEach(ask);
