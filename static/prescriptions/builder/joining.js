/* Two people's changes to one program, joined field by field; knows no page and no store.

   A state is { title, goal, phases: [{ id, title, …, exercises: [{ id, exercise, dosage,
   … }] }] }. Rows are the same when their ids are; one that is not stored yet has a key
   alone. `base` is what both began with, `mine` what is here, `theirs` what is stored.

   Fields: who alone changed one has it. Changed by both, it clashes: mine stands until
     somebody chooses. A dosage is joined part by part, and is one field once its kind has
     changed, as the other parts mean something else then.
   Rows: what either added is there. What one removed is gone, unless the other changed
     it; its place is no change. A phase stays as long as a row in it does.
   Order: theirs where only they moved something, else mine. What the other list has
     besides stands behind its nearest neighbor above, as it does there. */

import { rowsOf } from "./keys.js";

const PROGRAM = ["title", "goal"];
const PHASE = ["title", "weeks", "days", "stage", "criterion"];
const LINE = ["exercise", "why", "note", "practitioner_note"];
const MOST_NAMES = 3;

const idOf = (row) => row.id ?? row.key;
// On one page: a row that is not stored any more has lost its id
const keyOf = (row) => row.key ?? row.id;

/* Without what makes no difference: "not given" has several shapes. */
function plainOf(value) {
  if (typeof value === "string") return value.trim() || null;
  if (Array.isArray(value)) return value.length ? value : null;
  if (!value || typeof value !== "object") return value || null;
  if (value.id) return value.id;
  const parts = Object.entries(value).map(([name, part]) => [name, plainOf(part)]);
  const given = parts.filter(([, part]) => part !== null).sort();
  return given.length ? given : null;
}

const textOf = (value) => JSON.stringify(plainOf(value));
const isSame = (one, other) => textOf(one) === textOf(other);

function valueOf(row, name) {
  const [first, second] = name.split(".");
  return second ? row?.[first]?.[second] : row?.[first];
}

function put(row, name, value) {
  const [first, second] = name.split(".");
  if (second) row[first][second] = structuredClone(value);
  else row[first] = structuredClone(value);
}

/* The names of the fields in which these states of one row may differ. */
function fieldsOf(...rows) {
  const given = rows.filter(Boolean);
  if (given[0].phases) return PROGRAM;
  if (given[0].exercises) return PHASE;
  const kinds = new Set(given.map((row) => row.dosage.kind));
  if (kinds.size > 1) return [...LINE, "dosage"];
  const parts = new Set(given.flatMap((row) => Object.keys(row.dosage)));
  return [...LINE, ...[...parts].map((part) => `dosage.${part}`)];
}

const isChanged = (one, other) =>
  fieldsOf(one, other).some((name) => !isSame(valueOf(one, name), valueOf(other, name)));

/* The whole of a state as text, to compare it: ids are no content. */
export function contentOf(state) {
  const values = (row, names) => names.map((name) => textOf(row[name]));
  const line = (row) => values(row, [...LINE, "dosage"]);
  const phase = (row) => [values(row, PHASE), row.exercises.map(line)];
  return JSON.stringify([values(state, PROGRAM), state.phases.map(phase)]);
}

/* Phases and lines by their ids, the lines with that of their phase; and their order. */
function indexOf(state, nameOf = idOf) {
  const [phases, lines, orders] = [new Map(), new Map(), new Map()];
  for (const phase of state.phases) {
    const id = nameOf(phase);
    phases.set(id, phase);
    orders.set(id, phase.exercises.map(nameOf));
    for (const line of phase.exercises) lines.set(nameOf(line), { line, phase: id });
  }
  return { phases, lines, orders };
}

const unionOf = (...maps) => new Set(maps.flatMap((map) => [...map.keys()]));

/* One row in three states. A base that is not known makes every difference a clash. */
function joinedRow(base, mine, theirs, clashes) {
  const row = { ...mine, ...(mine.dosage && { dosage: { ...mine.dosage } }) };
  for (const name of fieldsOf(mine, theirs, base)) {
    const [before, here, there] = [base, mine, theirs].map((one) => valueOf(one, name));
    // Names of exercises change by themselves
    if (isSame(here, there)) put(row, name, name === "exercise" ? there : here);
    else if (isSame(here, before)) put(row, name, there);
    else if (!isSame(there, before)) {
      clashes.push({ of: row.phases ? null : idOf(row), name, mine: here, theirs: there });
    }
  }
  return row;
}

/* The row that is left of three states, or null. */
function kept(base, mine, theirs, clashes, stays) {
  if (mine && theirs) return joinedRow(base, mine, theirs, clashes);
  const left = mine ?? theirs;
  if (!left || !base) return left ? structuredClone(left) : null;
  if (!isChanged(base, left)) return null;
  if (left.exercise) stays.push({ name: left.exercise.name, isMine: Boolean(mine) });
  return structuredClone(left);
}

/* Whether what both lists have stands in another order in the second one. */
function isMoved(before, after) {
  const [was, is] = [new Set(before), new Set(after)];
  const now = after.filter((id) => was.has(id));
  return before.filter((id) => is.has(id)).some((id, at) => id !== now[at]);
}

function ordered(base, mine, theirs, ids) {
  const isTheirs = isMoved(base, theirs) && !isMoved(base, mine);
  const [lead, rest] = isTheirs ? [theirs, mine] : [mine, theirs];
  const order = lead.filter((id) => ids.has(id));
  rest.forEach((id, at) => {
    if (!ids.has(id) || order.includes(id)) return;
    const above = rest.slice(0, at).findLast((one) => order.includes(one));
    order.splice(order.indexOf(above) + 1, 0, id);
  });
  return order;
}

/* Returns the joined state, what clashes in it ({ of: id or key of the row, null for the
   program; name; mine; theirs }), and which rows stay though one had removed them. Rows
   that are not stored in theirs have no id; those from theirs no key. */
export function join(base, mine, theirs) {
  const [was, here, there] = [base, mine, theirs].map((state) => indexOf(state));
  const [clashes, stays] = [[], []];
  const state = joinedRow(base, mine, theirs, clashes);
  const phases = new Map();
  for (const id of unionOf(here.phases, there.phases)) {
    const [before, one, other] = [was, here, there].map((all) => all.phases.get(id));
    const row = kept(before, one, other, clashes, stays);
    phases.set(id, { row: row ?? structuredClone(one ?? other), isLeft: !row, lines: new Map() });
  }
  for (const id of unionOf(here.lines, there.lines)) {
    const [before, one, other] = [was, here, there].map((all) => all.lines.get(id));
    const row = kept(before?.line, one?.line, other?.line, clashes, stays);
    const isHere = one && (!other || one.phase !== before?.phase);
    if (row) phases.get((isHere ? one : other).phase).lines.set(id, row);
  }
  const left = new Set(
    [...phases].filter(([, { isLeft, lines }]) => !isLeft || lines.size).map(([id]) => id),
  );
  const order = ordered(...[was, here, there].map((all) => [...all.phases.keys()]), left);
  state.phases = order.map((id) => {
    const { row, lines } = phases.get(id);
    const lists = [was, here, there].map((all) => all.orders.get(id) ?? []);
    row.exercises = ordered(...lists, lines).map((line) => stored(lines.get(line), there.lines));
    return stored(row, there.phases);
  });
  return { state, clashes, stays };
}

function stored(row, all) {
  if (!all.has(row.id)) delete row.id;
  return row;
}

/* The state with the clashes settled: `isTheirs` tells of each whose value it gets. */
export function settled(state, clashes, isTheirs) {
  const found = structuredClone(state);
  const { phases, lines } = indexOf(found);
  clashes.forEach(({ of, name, mine, theirs }, at) => {
    const row = of === null ? found : (lines.get(of)?.line ?? phases.get(of));
    put(row, name, isTheirs[at] ? theirs : mine);
  });
  return found;
}

/* What was sent and never confirmed may be stored all the same: returns the base with
   that of it which is found in theirs, and the ids of rows that were new, by key. So a row
   that both added alike is one. */
export function arrived(base, sent, theirs) {
  if (contentOf(sent) === contentOf(theirs)) {
    const [gone, stored] = [sent, theirs].map(rowsOf);
    const ids = new Map(gone.map(({ key }, at) => [key, stored[at].id]));
    return { base: structuredClone(theirs), ids };
  }
  const found = structuredClone(base);
  const [was, gone, there] = [found, sent, theirs].map((state) => indexOf(state));
  const ids = new Map();
  takeOver(found, sent, theirs);
  for (const [id, phase] of was.phases) takeOver(phase, gone.phases.get(id), there.phases.get(id));
  for (const [id, { line }] of was.lines) {
    takeOver(line, gone.lines.get(id)?.line, there.lines.get(id)?.line);
  }
  for (const phase of theirs.phases) {
    const isNew = !was.phases.has(phase.id);
    const twin = isNew && [...gone.phases.values()].find((one) => isTwin(one, phase, ids));
    if (!twin) continue;
    ids.set(twin.key, phase.id);
    found.phases.push({ ...structuredClone(phase), exercises: [] });
  }
  for (const [id, { line, phase }] of there.lines) {
    const all = [...gone.lines.values()].map((one) => one.line);
    const twin = !was.lines.has(id) && all.find((one) => isTwin(one, line, ids));
    if (!twin) continue;
    ids.set(twin.key, id);
    found.phases.find((one) => one.id === phase)?.exercises.push(structuredClone(line));
  }
  for (const phase of found.phases) {
    phase.exercises = phase.exercises.filter(
      ({ id }) => !was.lines.has(id) || gone.lines.has(id) || there.lines.has(id),
    );
  }
  return { base: found, ids };
}

function takeOver(base, sent, theirs) {
  if (!sent || !theirs) return;
  for (const name of fieldsOf(base, sent, theirs)) {
    const value = valueOf(theirs, name);
    if (isSame(value, valueOf(sent, name))) put(base, name, value);
  }
}

const isTwin = (sent, row, ids) => !sent.id && !ids.has(sent.key) && !isChanged(sent, row);

/* What is otherwise in the second state, as { what, name } in the order of the program. */
export function changesOf(before, after) {
  const [was, is] = [indexOf(before, keyOf), indexOf(after, keyOf)];
  const found = [];
  const tell = (what, name) => found.push({ what, name });
  const number = (state, phase) => `phase ${state.phases.indexOf(phase) + 1}`;
  for (const phase of after.phases) {
    for (const line of phase.exercises) {
      const { name } = line.exercise;
      const former = was.lines.get(keyOf(line))?.line;
      if (!former) tell("added", name);
      else if (!isSame(former.exercise, line.exercise)) {
        tell("replaced", `${former.exercise.name} with ${name}`);
      } else if (isChanged(former, line)) tell("changed", name);
    }
  }
  for (const [id, { line }] of was.lines) {
    if (!is.lines.has(id)) tell("removed", line.exercise.name);
  }
  for (const phase of after.phases) {
    const former = was.phases.get(keyOf(phase));
    if (!former) tell("added", number(after, phase));
    else if (isChanged(former, phase)) tell("changed", number(after, phase));
  }
  for (const [id, phase] of was.phases) {
    if (!is.phases.has(id)) tell("removed", number(before, phase));
  }
  for (const name of PROGRAM) {
    if (!isSame(before[name], after[name])) tell("changed", `the ${name}`);
  }
  const isElsewhere = ([id, { phase }]) => is.lines.has(id) && is.lines.get(id).phase !== phase;
  const isOther = ([id, order]) => isMoved(order, is.orders.get(id) ?? []);
  const phases = [was, is].map((all) => [...all.phases.keys()]);
  if ([...was.lines].some(isElsewhere) || [...was.orders].some(isOther) || isMoved(...phases)) {
    tell("changed", "the order");
  }
  return found;
}

export const listed = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/* One sentence about the changes; at most three of them by name. */
export function sentenceOf(who, changes) {
  const groups = new Map();
  for (const { what, name } of changes.slice(0, MOST_NAMES)) {
    groups.set(what, [...(groups.get(what) ?? []), name]);
  }
  const words = [...groups].map(([what, names]) => `${what} ${listed(names)}`);
  const rest = changes.length - MOST_NAMES;
  return `${who} ${words.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}.`;
}
