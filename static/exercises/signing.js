/* Opens all texts of the page, and ticks those that are open: never unread ones. */

const form = document.querySelector("[data-sign]");

if (form) {
  const readings = [...form.querySelectorAll("details")];
  form.querySelector("[data-tools]").hidden = false;
  form.querySelector("[data-open]").addEventListener("click", () => {
    for (const reading of readings) reading.open = true;
  });
  form.querySelector("[data-tick]").addEventListener("click", () => {
    for (const reading of readings.filter((one) => one.open)) {
      const box = reading.querySelector("input[name=read]");
      if (box) box.checked = true;
    }
  });
}
