/* Shows the clinic's look on a made-up handout while it is being typed. */

const NAMES = ["name", "phone", "address", "header_text", "footer_text", "accent_color"];
const QUIET_MS = 400;

const frame = document.querySelector("[data-handout-preview]");
let waiting = 0;

function show() {
  const typed = new URLSearchParams();
  for (const name of NAMES) {
    const field = document.getElementById(`id_${name}`);
    if (field) typed.set(name, field.value);
  }
  const address = new URL(frame.src);
  address.search = typed;
  // Replaced, so that "back" still leaves the page.
  frame.contentWindow.location.replace(address);
}

if (frame) {
  for (const name of NAMES) {
    document.getElementById(`id_${name}`)?.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, QUIET_MS);
    });
  }
}
