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

document.getElementById("error-summary")?.focus();
