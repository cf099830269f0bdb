// A kept page holds all of the program: leave what is due on this day, by the phone.
// Runs before page.js, which looks for what is left.

const NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const now = new Date();
const two = (number) => String(number).padStart(2, "0");
const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;

function leaveToday() {
  const phases = [...document.querySelectorAll("[data-phase]")];
  const begun = phases.filter((one) => one.dataset.phase && one.dataset.phase <= today);
  const current = begun.at(-1) ?? phases[0];
  for (const phase of phases) if (phase !== current) phase.remove();
  for (const part of document.querySelectorAll("[data-days]")) {
    const days = part.dataset.days.split(" ").filter(Boolean);
    if (days.length && !days.includes(NAMES[now.getDay()])) part.remove();
  }
  const rest = document.querySelector("[data-nothing]");
  if (rest) rest.hidden = Boolean(document.querySelector("[data-days]"));
}

function beginEntry() {
  const form = document.getElementById("diary");
  if (!form) return;
  form.elements.namedItem("day").value = today;
  form.elements.namedItem("client_id").value = crypto.randomUUID();
}

if (document.querySelector("[data-offline]")) {
  leaveToday();
  beginEntry();
  for (const news of document.querySelectorAll(".news")) news.open = today <= news.dataset.until;
  for (const place of document.querySelectorAll("[data-weekday]")) {
    const language = document.documentElement.lang;
    place.textContent = now.toLocaleDateString(language, { weekday: "long" });
  }
}
