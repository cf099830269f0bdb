/* The navigation on narrow screens, and menus that close when one looks elsewhere. */

const button = document.getElementById("menu-button");

function show(open) {
  document.body.classList.toggle("nav-open", open);
  button.setAttribute("aria-expanded", String(open));
}

if (button) {
  button.addEventListener("click", () => show(!document.body.classList.contains("nav-open")));
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.who[open], details.filter[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (button) show(false);
  for (const menu of document.querySelectorAll("details.who[open], details.filter[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

const summary = document.getElementById("error-summary");
if (summary) {
  // Else a link followed before would take the focus once more.
  history.replaceState(history.state, "", location.pathname + location.search);
  summary.focus();
  // Groups of ticks and the like take no focus of themselves.
  for (const link of summary.querySelectorAll("a[href^='#']")) {
    const target = document.getElementById(link.hash.slice(1));
    if (target && target.tabIndex < 0) target.tabIndex = -1;
  }
}

/* Browsers write what is typed into forms to the device's disk, to offer it again. Fields
   of signing in say themselves what they are. */
for (const form of document.forms) form.autocomplete = "off";

/* A choice by typing is named by its label and by what is chosen. */
const $ = window.django?.jQuery;

function nameChoices(part) {
  for (const select of part.querySelectorAll("select.admin-autocomplete")) {
    const box = select.nextElementSibling?.querySelector(".select2-selection");
    const label = select.labels[0];
    if (!box || !label) continue;
    label.id ||= `${select.id}-label`;
    const chosen = box.firstElementChild;
    box.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
    chosen.setAttribute("aria-labelledby", label.id);
  }
}

if ($) {
  $(() => nameChoices(document));
  document.addEventListener("formset:added", (event) => nameChoices(event.target));
  $(document).on("select2:open", (event) => {
    const name = event.target.labels[0]?.firstChild.textContent.trim();
    document.querySelector(".select2-search__field")?.setAttribute("aria-label", `Search: ${name}`);
  });
}
