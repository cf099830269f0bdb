/* Elements without markup in strings: texts are texts, whatever they hold. */

export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  // Else browsers write what was typed to the device's disk.
  if (name === "input") made.autocomplete = "off";
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined)
      made.setAttribute(key, value);
  }
  made.append(...children.filter((one) => one !== null && one !== undefined));
  return made;
}

export const icon = (name) =>
  el("span", { class: `ic ic-${name}`, "aria-hidden": "true" });

const line = document.getElementById("b-said");

/* Says something to whoever does not see it. */
export function say(text) {
  line.textContent = "";
  setTimeout(() => (line.textContent = text), 50);
}

/* An act that can be taken back, for eight seconds, or as long as one looks at it. */
const SHOWN = 8000;
const slip = document.getElementById("b-toast");
let leaving = null;

export function toast(text, word, undo) {
  const button = el("button", { type: "button", class: "btn sm" }, word);
  button.addEventListener("click", () => {
    slip.hidden = true;
    undo();
  });
  slip.replaceChildren(el("span", {}, text), button);
  slip.hidden = false;
  leaveSoon();
}

function leaveSoon() {
  clearTimeout(leaving);
  leaving = setTimeout(() => {
    if (slip.matches(":hover, :focus-within")) leaveSoon();
    else slip.hidden = true;
  }, SHOWN);
}
