// The phone page's behavior; without it the page works, one exercise after the other.

import { startTimers } from "./timer.js";
import { keepForms, sendWaiting } from "./sending.js";
import { offerToKeep } from "./keep.js";

for (const button of document.querySelectorAll("[data-next]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const here = document.getElementById(button.dataset.next);
    const next = here.closest("li").nextElementSibling.querySelector("details");
    here.open = false;
    next.open = true;
    next.querySelector("summary").focus();
    next.scrollIntoView();
  });
}

const all = document.querySelector("[data-all]");
if (all) {
  all.hidden = false;
  all.addEventListener("click", () => {
    for (const tick of document.querySelectorAll("[name=done]")) tick.checked = true;
  });
}

for (const field of document.querySelectorAll("[name=time_zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

startTimers();
keepForms();
sendWaiting();
offerToKeep();
addEventListener("online", sendWaiting);
