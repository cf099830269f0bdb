/* Names the inputs of rows by column and row, again after each added or removed row. */

function nameRows(group) {
  const rows = group.querySelectorAll(".inline-related:not(.empty-form)");
  rows.forEach((row, index) => {
    for (const input of row.querySelectorAll("[data-column]")) {
      const name = `${input.dataset.column}, ${group.dataset.rowName} ${index + 1}`;
      input.setAttribute("aria-label", name);
    }
  });
}

/* "Add exercise" instead of "Add another Exercise"; read when the page is complete. */
for (const group of document.querySelectorAll("[data-inline-formset]")) {
  const inline = JSON.parse(group.dataset.inlineFormset);
  inline.options.addText = `Add ${group.dataset.rowName}`;
  group.dataset.inlineFormset = JSON.stringify(inline);
}

function nameAll() {
  document.querySelectorAll(".inline-group").forEach(nameRows);
}

/* Work goes on in the row that was added. */
const FIELDS =
  ".select2-selection, select:not(.admin-autocomplete), textarea, input:not([type=hidden])";

document.addEventListener("formset:added", (event) => {
  nameAll();
  event.target.querySelector(FIELDS)?.focus();
});
document.addEventListener("formset:removed", nameAll);
