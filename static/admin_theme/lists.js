/* Tells which way a list is sorted, for those who hear the table. */

for (const head of document.querySelectorAll("#result_list thead th.sorted")) {
  const up = head.classList.contains("ascending");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
}
