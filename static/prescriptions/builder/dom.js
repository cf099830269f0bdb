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
