/* Fields of one picture. Each holds its value in the data and tells when it changed. */

import { LIMBS, SNIPPETS, asPair, converted, fromPair, get, isPlaced, marksOf, set, setMarks } from "./data.js";

const AXES = [
  ["Left, right", -100, 100],
  ["Up, down", -20, 120],
  ["Toward you", -60, 60],
];
const ANGLES = [
  ["Direction", -180, 360],
  ["Toward you", -90, 90],
];
const TURNS = [
  ["Pelvis", -180, 180],
  ["Chest", -180, 180],
];
/* What the field accepts; a slider covers the part that is of use. */
const WIDEST = { Direction: [-360, 360] };
let count = 0;

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/* One number as slider and field. */
function value([label, low, high], legend, number, step, changed) {
  const id = `value-${++count}`;
  const [least, most] = WIDEST[label] ?? [low, high];
  const range = element("input", { type: "range", min: low, max: high, step, "aria-label": `${legend}, ${label.toLowerCase()}` });
  const field = element("input", { type: "number", id, min: least, max: most, step: "any", title: `${least} to ${most}` });
  range.value = field.value = number;
  range.addEventListener("input", () => { field.value = range.value; changed(Number(range.value)); });
  field.addEventListener("input", () => {
    if (field.value === "") return;
    range.value = field.value;
    changed(Number(field.value));
  });
  return element("div", { class: "value" }, element("label", { for: id }, label), range, field);
}

function values(path, legend, numbers, kinds, step, store) {
  const rows = kinds.map((kind, place) =>
    value(kind, legend, numbers[place] ?? 0, step, (number) => { numbers[place] = number; store([...numbers]); }),
  );
  return element("fieldset", { class: "values", "data-field": path }, element("legend", {}, legend), ...rows);
}

export class Controls {
  constructor(figure, places, changed) {
    this.figure = figure;
    this.places = places;
    this.changed = changed;
  }

  store(path, data) {
    set(this.figure, path, data);
    this.changed();
  }

  angle(path, legend) {
    return values(path, legend, asPair(get(this.figure, path)), ANGLES, 1, (pair) => this.store(path, fromPair(pair)));
  }

  point(path, legend) {
    const numbers = [...(get(this.figure, path) ?? [0, 0, 0])];
    return values(path, legend, numbers, AXES, 0.5, (point) => this.store(path, point));
  }

  turn(path, legend, kinds = TURNS) {
    const stored = get(this.figure, path);
    const numbers = Array.isArray(stored) ? [...stored] : [stored ?? 0, 0];
    const single = kinds.length === 1;
    return values(path, legend, numbers, kinds, 1, (pair) => this.store(path, single ? pair[0] : pair));
  }

  choice(path, label, options, changed) {
    const id = `value-${++count}`;
    const select = element("select", { id }, ...options.map(([key, word]) => element("option", { value: key }, word)));
    select.value = get(this.figure, path) ?? options[0][0];
    select.addEventListener("change", () => changed(select.value));
    return element("div", { class: "field", "data-field": path }, element("label", { for: id }, label), select);
  }

  text(path, label, rows, limit) {
    const id = `value-${++count}`;
    const lang = path.split(".")[1];
    const field = element("textarea", { id, rows, lang, maxlength: limit });
    field.value = get(this.figure, path) ?? "";
    field.addEventListener("input", () => this.store(path, field.value));
    return element("div", { class: "field", "data-field": path }, element("label", { for: id }, label), field);
  }

  words() {
    return [
      this.text("caption.en", "Caption, English", 1, 60),
      this.text("caption.es", "Caption, Spanish", 1, 60),
      this.text("description.en", "Description, English: one sentence for who cannot see it", 2, 300),
      this.text("description.es", "Description, Spanish", 2, 300),
      this.choice("side", "Side that works in this picture", [["", "Both, or none"], ["right", "Right"], ["left", "Left"]], (side) => this.store("side", side)),
    ];
  }

  view() {
    const names = ["side", "side_high", "raised", "front", "back", "top"];
    const view = this.figure.view ?? "side";
    const options = [...names.map((name) => [name, name.replace("_", ", ").replace(/^./, (c) => c.toUpperCase())]), ["own", "By degrees"]];
    const field = this.choice("view", "Seen from", options, (name) => {
      this.figure.view = name === "own" ? { yaw: 12, pitch: 10 } : name;
      this.changed(true);
    });
    if (typeof view === "string") return [field];
    field.querySelector("select").value = "own";
    const degrees = (path, label, low, high) => this.turn(path, label, [["Degrees", low, high]]);
    return [field, degrees("view.yaw", "Around", -180, 180), degrees("view.pitch", "From above", 0, 90)];
  }

  body() {
    return [
      this.point("pose.root", "Hips"),
      this.angle("pose.trunk[1]", "Pelvis"),
      this.angle("pose.trunk[2]", "Low back"),
      this.angle("pose.trunk[3]", "Chest"),
      this.angle("pose.neck", "Neck"),
      this.angle("pose.head", "Head"),
      this.turn("pose.roll", "Turned to the side"),
      this.turn("pose.head_roll", "Head turned to the side", [["Head", -180, 180]]),
      this.choice("pose.eyes", "Eyes", [["open", "Open"], ["closed", "Closed"]], (eyes) => this.store("pose.eyes", eyes)),
    ];
  }

  limb(name) {
    const { upper, lower, end } = LIMBS[name];
    const path = `pose.${name}`;
    const limb = get(this.figure, path) ?? {};
    const part = end === "hand" ? "Hand" : "Foot";
    const fields = [this.placing(path, name, limb, part)];
    if (isPlaced(limb)) {
      fields.push(this.point(`${path}.to`, end === "hand" ? "Wrist" : "Ankle"));
      fields.push(this.point(`${path}.pole`, end === "hand" ? "Elbow points to" : "Knee points to"));
    } else {
      fields.push(this.angle(`${path}.${upper}`, upper === "upper" ? "Upper arm" : "Thigh"));
      fields.push(this.angle(`${path}.${lower}`, lower === "fore" ? "Forearm" : "Shank"));
    }
    fields.push(this.angle(`${path}.${end}`, part));
    if (end === "hand") {
      const grips = [["open", "Open"], ["flat", "Flat"], ["fist", "Fist"]];
      fields.push(this.choice(`${path}.grip`, "Hand is", grips, (grip) => this.store(`${path}.grip`, grip)));
    }
    return fields;
  }

  placing(path, name, limb, part) {
    const options = [["turn", "The direction of its parts"], ["place", `Where the ${part.toLowerCase()} is`]];
    const field = this.choice(`${path}.by`, "Given by", options, () => {
      set(this.figure, path, converted(name, limb, this.places()));
      this.changed(true);
    });
    field.querySelector("select").value = isPlaced(limb) ? "place" : "turn";
    return field;
  }

  marks() {
    const id = `value-${++count}`;
    const data = element("textarea", { id, rows: 8, class: "data", spellcheck: "false" });
    const fault = element("p", { class: "fault", id: `${id}-fault` });
    const fill = () => { data.value = JSON.stringify(marksOf(this.figure), null, 1); };
    data.addEventListener("input", () => {
      try {
        setMarks(this.figure, JSON.parse(data.value));
        fault.textContent = "";
        data.removeAttribute("aria-invalid");
        this.changed();
      } catch (error) {
        fault.textContent = `Not readable yet: ${error.message}`;
        data.setAttribute("aria-invalid", "true");
      }
    });
    fill();
    const add = element("select", { id: `${id}-add` }, ...["", ...Object.keys(SNIPPETS)].map((name) => element("option", { value: name }, name || "Choose")));
    add.addEventListener("change", () => {
      const [key, thing] = SNIPPETS[add.value] ?? [];
      if (!key) return;
      this.figure[key] = key === "hold" ? thing : [...(this.figure[key] ?? []), structuredClone(thing)];
      add.value = "";
      fill();
      this.changed();
    });
    return [
      element("div", { class: "field" }, element("label", { for: `${id}-add` }, "Add a thing or a mark"), add),
      element("div", { class: "field", "data-field": "marks" }, element("label", { for: id }, "Things and marks as data"), data, fault),
    ];
  }
}
