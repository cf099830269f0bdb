// Sends forms; what cannot be sent now is kept on the phone until it could be.
// Each diary entry carries an id of its own, so that sent twice it is stored once.

const page = location.pathname.split("/").slice(0, 3).join("/");
const KEY = `waiting:${page}`;

function waiting() {
  return JSON.parse(localStorage.getItem(KEY) ?? "[]");
}

function keep(entries) {
  if (entries.length) localStorage.setItem(KEY, JSON.stringify(entries));
  else localStorage.removeItem(KEY);
}

function showWaiting() {
  const note = document.querySelector("[data-waiting]");
  if (note) note.hidden = waiting().length === 0;
}

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

async function send(entry) {
  const body = new URLSearchParams(entry.values);
  body.set("csrfmiddlewaretoken", token());
  const headers = { Accept: "application/json" };
  return fetch(entry.address, { method: "POST", body, headers });
}

let isSending = false;
let isAskedAgain = false;

export async function sendWaiting() {
  // The network may come back while an attempt without it is about to fail.
  isAskedAgain = isSending;
  if (isSending) return;
  isSending = true;
  try {
    for (const entry of waiting()) {
      const answer = await send(entry);
      // What the server cannot read now it will not read later either.
      const isOver = answer.ok || answer.status === 400;
      if (!isOver) break;
      keep(waiting().filter((one) => one.id !== entry.id));
    }
  } catch {
    // No network: the entries wait
  } finally {
    isSending = false;
    showWaiting();
  }
  if (isAskedAgain) await sendWaiting();
}

async function submit(event) {
  const form = event.target;
  event.preventDefault();
  const written = form.elements.namedItem("written_at");
  if (written) written.value = new Date().toISOString();
  const values = [...new FormData(form)].filter(
    ([name]) => name !== "csrfmiddlewaretoken",
  );
  const entry = { id: crypto.randomUUID(), address: form.action, values };
  const answer = await send(entry).catch(() => null);
  // No network, the gate asks again, or the server has trouble: nothing typed is lost
  if (!answer || answer.status === 403 || answer.status >= 429) {
    keep([...waiting(), entry]);
    showWaiting();
    if (form.dataset.kept === "diary") location.assign(page);
    else {
      form.querySelector("button").disabled = true;
      form.querySelector("[data-unsent]").hidden = false;
    }
    return;
  }
  if (form.dataset.kept === "diary" && answer.ok) location.assign(`${page}?saved`);
  // With the page of its own: the warning's answer, the gate, or the mistakes
  else form.submit();
}

export function keepForms() {
  for (const form of document.querySelectorAll("form[data-kept]")) {
    form.addEventListener("submit", submit);
  }
  showWaiting();
}
