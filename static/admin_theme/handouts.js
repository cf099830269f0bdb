/* Asks for the state of handouts that are being made, until each is final. */

const AGAIN_AFTER_TROUBLE = 5;

function show(row, state) {
  row.dataset.state = state.state;
  row.querySelector("[data-badge]").className = `badge ${state.tone}`;
  row.querySelector("[data-badge] .ic").className = `ic ic-${state.icon}`;
  const label = row.querySelector("[data-label]");
  // Only a change is spoken.
  if (label.textContent !== state.label) label.textContent = state.label;
  row.querySelector("[data-reason]").textContent = state.reason;
}

async function ask(row) {
  let wait = AGAIN_AFTER_TROUBLE;
  try {
    const answer = await fetch(row.dataset.poll, { headers: { Accept: "application/json" } });
    if (answer.status === 403 || answer.status === 404 || answer.redirected) return;
    if (answer.ok) {
      const state = await answer.json();
      show(row, state);
      if (state.is_final) return;
      wait = Number(answer.headers.get("Retry-After")) || wait;
    }
  } catch {
    // No connection: ask again later.
  }
  setTimeout(() => ask(row), wait * 1000);
}

document.querySelectorAll("[data-poll]").forEach(ask);
