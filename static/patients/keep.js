// Keeps the program on this phone for days without a network, if the patient agrees.

const page = location.pathname.split("/").slice(0, 3).join("/");
const NAME = `kept:${page}`;

/** Take everything away that this phone holds of a program. */
export async function forget() {
  await globalThis.caches?.delete(NAME);
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  const mine = workers.filter((one) => new URL(one.scope).pathname === page);
  await Promise.all(mine.map((one) => one.unregister()));
}

async function copyOf(path) {
  const answer = await fetch(path);
  // Behind a gate that closed meanwhile there is only the gate.
  if (!answer.ok || answer.redirected) throw new Error("not to be had");
  return answer;
}

async function fill(card) {
  const files = [`${page}/offline`, `${page}/offline-diary`];
  files.push(...card.dataset.files.split(" "));
  const answers = await Promise.all(files.map(copyOf));
  const ended = await fetch(card.dataset.ended);
  const state = Response.json({ until: Date.parse(card.dataset.until) });
  const cache = await caches.open(NAME);
  await Promise.all(answers.map((answer, at) => cache.put(files[at], answer)));
  await cache.put(`${page}/ended`, ended);
  await cache.put(`${page}/state`, state);
}

async function keep(card) {
  const body = new URLSearchParams();
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  const headers = { Accept: "application/json" };
  const told = await fetch(`${page}/keep`, { method: "POST", body, headers });
  if (!told.ok) throw new Error("not recorded");
  await fill(card);
  await navigator.serviceWorker.register(`${page}/worker.js`, { scope: page });
}

function show(card, isKept) {
  for (const part of card.querySelectorAll("[data-when]")) {
    part.hidden = part.dataset.when !== (isKept ? "kept" : "not-kept");
  }
}

/** Offer to keep the program; bring what is kept up to date. */
export async function offerToKeep() {
  const card = document.querySelector("[data-keep]");
  if (!card || !navigator.serviceWorker || !globalThis.caches) return;
  const isKept = await caches.has(NAME);
  if (isKept) fill(card).catch(() => {});
  show(card, isKept);
  card.hidden = false;
  const failed = card.querySelector("[data-failed]");
  card.querySelector("[data-do=keep]").addEventListener("click", async (event) => {
    event.target.disabled = true;
    failed.hidden = true;
    try {
      await keep(card);
      show(card, true);
      card.querySelector("[data-when=kept]").focus();
    } catch {
      await forget();
      failed.hidden = false;
    } finally {
      event.target.disabled = false;
    }
  });
  card.querySelector("[data-do=forget]").addEventListener("click", async () => {
    await forget();
    show(card, false);
    card.querySelector("[data-do=keep]").focus();
  });
}
