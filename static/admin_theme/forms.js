/* What holds for every form that is sent: nothing is lost without a question, nothing is
   sent twice, and nobody leaves typing behind unwarned. */

const AGAIN_MS = 5000;
const asked = document.getElementById("confirm");
const typed = new Set();
let agreed = null;

/* Before something is lost: what will happen, and the safe choice first */

function ask(form, button, { confirm, keep }) {
  asked.querySelector("p").textContent = confirm;
  asked.querySelector("h2").textContent = button.getAttribute("aria-label") || button.textContent.trim();
  asked.querySelector("[data-go]").textContent = button.textContent.trim();
  asked.querySelector("[data-keep]").textContent = keep || "Cancel";
  asked.returnValue = "";
  asked.onclose = () => {
    if (asked.returnValue !== "go") return;
    agreed = form;
    form.requestSubmit(button);
  };
  asked.showModal();
}

/* A file may be what is sent back: then the page stays, and may ask for it again. */
function sendOnce(event, form) {
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  setTimeout(() => delete form.dataset.sent, AGAIN_MS);
}

addEventListener("submit", (event) => {
  const [form, button] = [event.target, event.submitter];
  if (event.defaultPrevented || form.method !== "post") return;
  // One button of several may be the one that loses something.
  const loss = button?.dataset.confirm ? button.dataset : form.dataset;
  if (loss.confirm && agreed !== form && asked && button) {
    event.preventDefault();
    ask(form, button, loss);
    return;
  }
  agreed = null;
  if ((button?.formTarget || form.target) === "_blank") return;
  sendOnce(event, form);
  typed.delete(form);
  // A fault followed before is not where the answer begins.
  history.replaceState(history.state, "", location.pathname + location.search);
});
// "Back" may show the page as it was left.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

/* Typing that is not saved: forms with a row of buttons and one that keeps something */

function note(target) {
  const form = target.closest?.("form");
  if (form?.method === "post" && form.querySelector(".submit-row .btn.pri")) typed.add(form);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => note(event.target));
}
for (const kind of ["formset:added", "formset:removed"]) {
  document.addEventListener(kind, () => note(document.querySelector("#content-main .submit-row") ?? document));
}
window.django?.jQuery?.(document).on("select2:select select2:clear", (event) => note(event.target));
// Sent and sent back with a fault: still not saved.
note(document.getElementById("error-summary") ?? document);

addEventListener("beforeunload", (event) => {
  if (typed.size) event.preventDefault();
});
