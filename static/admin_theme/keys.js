/* Keys that work on every page: single letters, outside of fields, and only while the
   person has them switched on. */

const dialog = document.getElementById("keys");
const isOn = "letters" in dialog.dataset;
const START = "#new-program";
const FIELDS = "input, textarea, select, [contenteditable], .select2-container";

function find() {
  const place = document.getElementById("searchbar") ?? document.querySelector(".gsearch input");
  place?.focus();
  place?.select();
}

function choosePatient() {
  const select = document.querySelector("form.start select");
  if (!select) return false;
  window.django.jQuery(select).select2("open");
  return true;
}

function begin() {
  if (!choosePatient()) location.assign(dialog.dataset.start + START);
}

const show = () => dialog.showModal();
const STEPS = { "/": find, "?": show, ...(dialog.dataset.start && { n: begin }) };

function stepOf(event) {
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
  const isFree = !event.target.closest?.(FIELDS) && !document.querySelector("dialog[open]");
  return isPlain && isFree ? STEPS[event.key.toLowerCase()] : null;
}

// Before the page's own keys: what is switched off is so for them too.
addEventListener("keydown", (event) => {
  if (!isOn && stepOf(event)) event.stopImmediatePropagation();
}, true);
// After them: where a page has another use for the key, that one holds.
addEventListener("keydown", (event) => {
  const step = event.defaultPrevented ? null : stepOf(event);
  if (!step) return;
  event.preventDefault();
  step();
});

document.querySelector("[data-keys]")?.addEventListener("click", (event) => {
  event.target.closest("details").open = false;
  show();
});
if (location.hash === START) window.django?.jQuery(choosePatient);
