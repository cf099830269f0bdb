/* Rows of a program: fills in an exercise's usual dosage, moves rows up and down. */

const group = document.querySelector(".lines-group");
const said = document.getElementById("lines-said");
const $ = window.django?.jQuery;

const rows = () => [...group.querySelectorAll(".rx:not(.empty-form)")];
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
// The rows of a template's phase all belong to that one.
const phaseOf = (row) => field(row, "phase_number")?.value || "1";
const putInPhase = (row, phase) => put(row, "phase_number", phase);

function put(row, name, value) {
  const ticks = row.querySelectorAll(`input[type="checkbox"][name$="-${name}"]`);
  if (ticks.length) {
    for (const tick of ticks) {
      tick.checked = Array.isArray(value) ? value.includes(tick.value) : Boolean(value);
    }
    return;
  }
  const input = field(row, name);
  if (input) input.value = Array.isArray(value) ? value.join(", ") : value ?? "";
}

function fill(row, dosage) {
  const { load, ...parts } = dosage;
  for (const [name, value] of Object.entries(parts)) put(row, name, value);
  put(row, "load_value", load?.value);
  put(row, "load_unit", load?.unit);
}

async function exerciseChosen(select) {
  const row = select.closest(".rx");
  if (!row || !select.value) return;
  const address = `/api/v1/exercises/${encodeURIComponent(select.value)}`;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const exercise = await answer.json();
    fill(row, exercise.own_dosage ?? exercise.default_dosage);
    const whose = exercise.own_dosage ? "Your" : "Usual";
    said.textContent = `${whose} dosage of ${exercise.name} filled in.`;
  } catch {
    // Fields left empty are filled in when the page is saved.
  }
}

function number() {
  const last = {};
  rows().forEach((row, index) => {
    const phase = phaseOf(row);
    last[phase] = (last[phase] ?? 0) + 1;
    field(row, "position").value = last[phase];
    row.querySelector('[data-move="up"]').disabled = index === 0;
    row.querySelector('[data-move="down"]').disabled = index === rows().length - 1;
  });
}

function move(row, way) {
  const all = rows();
  const at = all.indexOf(row);
  const other = all[way === "up" ? at - 1 : at + 1];
  if (!other) return;
  // A row that passes into the next phase belongs to it.
  putInPhase(row, phaseOf(other));
  if (way === "up") other.before(row);
  else other.after(row);
  number();
  // Moving is typing too: it is lost where nobody saves it.
  row.dispatchEvent(new Event("change", { bubbles: true }));
  const button = row.querySelector(`[data-move="${way}"]`);
  (button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  said.textContent = `Place ${rows().indexOf(row) + 1} of ${all.length}.`;
}

// A program that is closed, or only read, has no rows to work on.
if (group?.querySelector("[data-move]") && $) {
  // Only what a person picks: the page itself sends "change" to every select when it
  // loads, and a saved dosage would be replaced by the usual one.
  $(document).on("select2:select", ".lines-group select[name$='-exercise']", (event) =>
    exerciseChosen(event.target),
  );
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(button.closest(".rx"), button.dataset.move);
  });
  document.addEventListener("formset:added", (event) => {
    if (!event.target.classList.contains("rx")) return;
    const previous = rows().at(-2);
    if (previous) putInPhase(event.target, phaseOf(previous));
    number();
  });
  document.addEventListener("formset:removed", number);
  group.addEventListener("change", (event) => {
    if (event.target.name?.endsWith("-phase_number")) number();
  });
  number();
}
