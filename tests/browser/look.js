// What is wrong with the look of the open page: sideways scroll, text that is cut off,
// controls that lie on one another. Sticky bars and what scrolls by itself may.
(() => {
  const root = document.documentElement;
  const found = [];
  const style = (one) => getComputedStyle(one);
  const shown = (one) =>
    one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    one.clientWidth > 3 &&
    one.clientHeight > 3 &&
    style(one).clipPath === "none" &&
    !one.closest(".visually-hidden");
  const name = (one) =>
    `${one.tagName.toLowerCase()} “${(one.innerText || one.ariaLabel || one.name || "").trim().slice(0, 40)}”`;
  const hides = (value) => value === "hidden" || value === "clip";
  const ancestors = function* (one) {
    for (let at = one; at; at = at.parentElement) yield at;
  };

  if (root.scrollWidth > root.clientWidth) found.push("scrolls sideways");

  for (const one of document.querySelectorAll("body *")) {
    if (!one.innerText || !shown(one)) continue;
    const { overflowX, overflowY } = style(one);
    const cut =
      (hides(overflowX) && one.scrollWidth > one.clientWidth + 1) ||
      (hides(overflowY) && one.scrollHeight > one.clientHeight + 1);
    if (cut) found.push(`cut off: ${name(one)}`);
  }

  const inSight = (one, { left, top, right, bottom }) => {
    for (const around of ancestors(one.parentElement)) {
      if (style(around).overflow === "visible" || around === document.body) continue;
      const box = around.getBoundingClientRect();
      left = Math.max(left, box.left);
      top = Math.max(top, box.top);
      right = Math.min(right, box.right);
      bottom = Math.min(bottom, box.bottom);
    }
    return { left, top, right, bottom };
  };
  const stays = (one) =>
    [...ancestors(one)].some((at) => ["fixed", "sticky"].includes(style(at).position));
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const boxes = [...document.querySelectorAll(controls)]
    .filter((one) => one.checkVisibility() && style(one).clipPath === "none" && !stays(one))
    // A link of two lines fills each of them, not the rectangle around both.
    .flatMap((one) => [...one.getClientRects()].map((line) => [one, inSight(one, line)]))
    .filter(([, box]) => box.right - box.left > 3 && box.bottom - box.top > 3);
  boxes.forEach(([one, a], at) => {
    for (const [other, b] of boxes.slice(at + 1)) {
      if (one === other || one.contains(other) || other.contains(one)) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && high > 2) found.push(`overlap: ${name(one)} and ${name(other)}`);
    }
  });
  return found;
})();
