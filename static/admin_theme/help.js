/* Closes a card of first help without leaving the page. */

for (const form of document.querySelectorAll("form[data-help]")) {
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new FormData(form);
    // Kept alive: whoever closes the card may leave the page at once. The page that the
    // answer leads to is for browsers without scripts.
    const sent = { method: "POST", body, keepalive: true, redirect: "manual" };
    fetch(form.action, sent).catch(() => null);
    form.closest("[data-help-card]").remove();
    const heading = document.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  });
}
