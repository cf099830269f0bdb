/* Cases of joining: what both began with, what is here, what is stored, what comes out.

   A program is written short: "a:8 b:10 | c:5" has three rows in two phases, each with
   its number of repetitions; a row of the key "+x" is not stored yet. */

import { arrived, changesOf, contentOf, join, sentenceOf, settled } from "/joining.js";

const NAMES = { a: "Bridge", b: "Plank", c: "Clamshell", x: "Walking", y: "Squat", z: "Lunge" };

function row(text, more = {}) {
  const [, plus, letter, times] = /^(\+?)(\w):(\d+)$/.exec(text);
  const dosage = { kind: "repetitions", repetitions: Number(times), sets: null };
  const name = { key: `k${letter}`, ...(!plus && { id: letter }) };
  const exercise = { id: `e${letter}`, name: NAMES[letter] };
  return { ...name, exercise, dosage, why: "", note: "", ...more[letter] };
}

function program(text, { title = "Back", goal = "", rows = {}, phases = {} } = {}) {
  const parts = text.split("|").map((part) => part.trim().split(" ").filter(Boolean));
  return {
    title,
    goal,
    phases: parts.map((part, at) => ({
      id: `p${at}`,
      key: `kp${at}`,
      title: "",
      weeks: null,
      ...phases[at],
      exercises: part.map((one) => row(one, rows)),
    })),
  };
}

const shortOf = (state) =>
  state.phases
    .map((phase) =>
      phase.exercises
        .map((line) => `${line.id ?? `+${line.key.at(-1)}`}:${line.dosage.repetitions}`)
        .join(" "),
    )
    .join(" | ")
    .trim();

// Name: base, mine, theirs; joined, and what is told or clashes
const ROWS = {
  "nothing but a tag": ["a:8 b:8", "a:8 b:8", "a:8 b:8", "a:8 b:8", ""],
  "theirs adds at the end": ["a:8", "a:9", "a:8 x:5", "a:9 x:5", "added Walking"],
  "theirs adds in front": ["a:8 b:8", "a:8 b:9", "x:5 a:8 b:8", "x:5 a:8 b:9", "added Walking"],
  "both add": ["a:8", "a:8 +x:5", "a:8 y:5", "a:8 y:5 +x:5", "added Squat"],
  "theirs removes": ["a:8 b:8", "a:9 b:8", "a:8", "a:9", "removed Plank"],
  "mine removes": ["a:8 b:8", "a:8", "a:9 b:8", "a:9", "changed Bridge"],
  "both remove": ["a:8 b:8", "a:8", "a:8", "a:8", ""],
  "other rows changed": ["a:8 b:8", "a:9 b:8", "a:8 b:7", "a:9 b:7", "changed Plank"],
  "the same value by both": ["a:8", "a:9", "a:9", "a:9", ""],
  "one field by both": ["a:8", "a:9", "a:7", "a:9", "clash a dosage.repetitions 9 7"],
  "mine removes, theirs changes": ["a:8 b:8", "a:8", "a:8 b:9", "a:8 b:9", "added Plank, stays Plank theirs"],
  "theirs removes, mine changes": ["a:8 b:8", "a:8 b:9", "a:8", "a:8 +b:9", "stays Plank mine"],
  "theirs moves": ["a:8 b:8 c:8", "a:9 b:8 c:8", "c:8 a:8 b:8", "c:8 a:9 b:8", "changed the order"],
  "mine moves, theirs adds": ["a:8 b:8 c:8", "c:8 a:8 b:8", "a:8 b:8 x:5 c:8", "c:8 a:8 b:8 x:5", "added Walking"],
  "theirs moves, mine adds": ["a:8 b:8", "a:8 +x:5 b:8", "b:8 a:8", "b:8 a:8 +x:5", "changed the order"],
  "both move": ["a:8 b:8 c:8", "b:8 a:8 c:8", "a:8 c:8 b:8", "b:8 a:8 c:8", ""],
  "theirs moves to a phase": ["a:8 b:8 | c:8", "a:8 b:9 | c:8", "a:8 | b:8 c:8", "a:8 | b:9 c:8", "changed the order"],
  "both move to other phases": ["a:8 | b:8 | c:8", "| a:8 b:8 | c:8", "| b:8 | a:8 c:8", "| a:8 b:8 | c:8", ""],
  "theirs removes a phase": ["a:8 | b:8", "a:9 | b:8", "a:8", "a:9", "removed Plank, removed phase 2"],
  "theirs removes a phase in which mine changed": ["a:8 | b:8", "a:8 | b:9", "a:8", "a:8 | +b:9", "stays Plank mine"],
  "theirs removes a phase to which mine moved": ["a:8 b:8 | c:8", "a:8 | b:8 c:8", "a:8 b:8", "a:8 | b:8", "removed Clamshell"],
  "mine removes a phase to which theirs added": ["a:8 | b:8", "a:8", "a:8 | b:8 x:5", "a:8 | x:5", "added Walking, added phase 2"],
  "theirs adds a phase": ["a:8", "a:9", "a:8 | x:5", "a:9 | x:5", "added Walking, added phase 2"],
};

const FIELDS = {
  "title and goal": [{}, { title: "Neck" }, { goal: "Sleep" }, "Neck/Sleep", "changed the goal"],
  "goal by both": [{}, { goal: "Walk" }, { goal: "Sleep" }, "Back/Walk", "clash null goal Walk Sleep"],
  "blanks are no change": [{ goal: "A" }, { goal: "A " }, { goal: "B" }, "Back/B", "changed the goal"],
};

const PARTS = {
  "fields of one row": [{ note: "N" }, { why: "W" }, "", "changed Bridge"],
  "parts of one dosage": [{ dosage: { kind: "hold", sets: 3 } }, { dosage: { kind: "hold", hold: 5 } }, "a dosage", ""],
  "another exercise": [{ note: "N" }, { exercise: { id: "ex", name: "Walking" } }, "", "replaced Bridge with Walking"],
  "a name alone": [{ note: "N" }, { exercise: { id: "ea", name: "Bridging" } }, "", ""],
};

function toldOf(mine, { state, clashes, stays }) {
  const clash = ({ of, name, mine: here, theirs }) => `clash ${of} ${name} ${here} ${theirs}`;
  return [
    ...changesOf(mine, state).map(({ what, name }) => `${what} ${name}`),
    ...clashes.map(clash),
    ...stays.map(({ name, isMine }) => `stays ${name} ${isMine ? "mine" : "theirs"}`),
  ].join(", ");
}

export function faults() {
  const found = [];
  const expect = (name, is, wanted) => {
    const [one, other] = [is, wanted].map((value) => JSON.stringify(value));
    if (one !== other) found.push(`${name}: ${one} instead of ${other}`);
  };
  for (const [name, [base, mine, theirs, joined, told]] of Object.entries(ROWS)) {
    const [was, here, there] = [base, mine, theirs].map((text) => program(text));
    const result = join(was, here, there);
    expect(name, [shortOf(result.state), toldOf(here, result)], [joined, told]);
    expect(`${name}, unchanged here`, contentOf(join(was, was, there).state), contentOf(there));
    expect(`${name}, unchanged there`, contentOf(join(was, here, was).state), contentOf(here));
  }
  for (const [name, [base, mine, theirs, joined, told]] of Object.entries(FIELDS)) {
    const [was, here, there] = [base, mine, theirs].map((more) => program("a:8", more));
    const result = join(was, here, there);
    const { title, goal } = result.state;
    expect(name, [`${title}/${goal}`, toldOf(here, result)], [joined, told]);
  }
  const partly = (more) => program("a:8", { rows: { a: more } });
  for (const [name, [mine, theirs, clash, told]] of Object.entries(PARTS)) {
    const here = partly(mine);
    const result = join(partly({}), here, partly(theirs));
    const changes = changesOf(here, result.state).map((one) => `${one.what} ${one.name}`);
    const clashes = result.clashes.map((one) => `${one.of} ${one.name}`).join();
    expect(name, [clashes, changes.join()], [clash, told]);
    const [line] = result.state.phases[0].exercises;
    if (!clash) expect(name, [line.note, line.exercise.name], ["N", theirs.exercise?.name ?? "Bridge"]);
  }

  const one = join(...["a:8 b:8", "a:9 b:9", "a:7 b:7"].map((text) => program(text)));
  expect("settled", shortOf(settled(one.state, one.clashes, [true, false])), "a:7 b:9");

  // Sent, stored, and the answer lost; then somebody else added a row as well
  const [base, sent, mine] = ["a:8", "a:9 +x:5", "a:10 +x:6"].map((text) => program(text));
  const theirs = program("a:9 x:5 y:5");
  const known = arrived(base, sent, theirs);
  expect("arrived", [shortOf(known.base), [...known.ids]], ["a:9 x:5", [["kx", "x"]]]);
  mine.phases[0].exercises[1].id = "x";
  const late = join(known.base, mine, theirs);
  expect("joined then", [shortOf(late.state), late.clashes], ["a:10 x:6 y:5", []]);

  const blank = join({ phases: [] }, program("a:9 +x:5"), program("a:8 b:8"));
  expect("no base", [shortOf(blank.state), blank.clashes.length], ["a:9 b:8 +x:5", 1]);

  const changes = ["Bridge", "Plank", "Walking", "Squat"].map((name, at) => ({
    what: at < 2 ? "added" : "changed",
    name,
  }));
  expect("words", sentenceOf("Jan Vogel", changes), "Jan Vogel added Bridge and Plank, changed Walking, and 1 more.");
  return found;
}
