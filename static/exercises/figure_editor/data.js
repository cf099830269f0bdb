/* Pose data: reading and writing by path, limbs by directions or by a place. */

export const LIMBS = {
  near_arm: { name: "Right arm", upper: "upper", lower: "fore", end: "hand", joints: ["shoulder", "elbow", "wrist", "hand"], pole: [0, -1, 0] },
  far_arm: { name: "Left arm", upper: "upper", lower: "fore", end: "hand", joints: ["shoulder", "elbow", "wrist", "hand"], pole: [0, -1, 0] },
  near_leg: { name: "Right leg", upper: "thigh", lower: "shank", end: "foot", joints: ["hip", "knee", "ankle", "toe"], pole: [1, 0, 0] },
  far_leg: { name: "Left leg", upper: "thigh", lower: "shank", end: "foot", joints: ["hip", "knee", "ankle", "toe"], pole: [1, 0, 0] },
};

/* "pose.trunk[2]" is the second entry of the list at pose.trunk. */
const steps = (path) =>
  path.split(".").flatMap((part) => {
    const [name, place] = part.split("[");
    return place === undefined ? [name] : [name, parseInt(place, 10) - 1];
  });

export function get(data, path) {
  return steps(path).reduce((value, step) => value?.[step], data);
}

export function set(data, path, value) {
  const parts = steps(path);
  const last = parts.pop();
  let holder = data;
  for (const step of parts) holder = holder[step] ??= {};
  holder[last] = value;
}

/* A direction is one number or [a, out]; always edited as two. */
export const asPair = (value) => (Array.isArray(value) ? [...value] : [value ?? 0, 0]);
export const fromPair = ([a, out]) => (out ? [a, out] : a);

export const isPlaced = (limb) => Boolean(limb?.to);

const rounded = (number) => Math.round(number * 10) / 10;
const degrees = (radians) => Math.round((radians * 180) / Math.PI);

function direction(from, to) {
  const [x, y, z] = to.map((value, axis) => value - from[axis]);
  return fromPair([degrees(Math.atan2(y, x)), degrees(Math.atan2(z, Math.hypot(x, y)))]);
}

/* The same limb given the other way, so that the picture stays as it is. */
export function converted(name, limb, places) {
  const { upper, lower, joints, pole } = LIMBS[name];
  const side = name.split("_")[0];
  const [start, middle, end] = joints.map((joint) => places[`${side}_${joint}`]);
  const kept = Object.fromEntries(
    Object.entries(limb).filter(([key]) => !["to", "pole", upper, lower].includes(key)),
  );
  if (!start) return limb;
  if (isPlaced(limb)) {
    return { ...kept, [upper]: direction(start, middle), [lower]: direction(middle, end) };
  }
  const half = start.map((value, axis) => (value + end[axis]) / 2);
  const bend = middle.map((value, axis) => rounded((value - half[axis]) / 4));
  return { ...kept, to: end.map(rounded), pole: bend.some(Boolean) ? bend : pole };
}

export const MARKS = ["props", "arrows", "worked", "touches", "hold", "crop", "hidden_hands"];

/* What can be put in by one choice; everything hangs on joints and follows the pose. */
export const SNIPPETS = {
  "A mat": ["props", { kind: "mat", x: [-52, 42] }],
  "The floor": ["props", { kind: "ground", x: [-18, 26] }],
  "A chair": ["props", { kind: "chair" }],
  "A wall behind": ["props", { kind: "wall", x: [-12, -12] }],
  "Arrow up from the hips": ["arrows", { points: [["hips", 0, 12, 0], ["hips", 0, 18, 0], ["hips", 0, 25, 0]] }],
  "Arrow down to the hips": ["arrows", { points: [["hips", 0, 25, 0], ["hips", 0, 18, 0], ["hips", 0, 12, 0]] }],
  "Arrow up from the right hand": ["arrows", { points: [["near_hand", 6, -4, 0], ["near_hand", 9, 2, 0], ["near_hand", 6, 8, 0]] }],
  "Arrow up from the right foot": ["arrows", { points: [["near_toe", 5, -4, 0], ["near_toe", 8, 2, 0], ["near_toe", 5, 9, 0]] }],
  "Worked area: low back": ["worked", { from: ["waist", 0, 0, 5], to: ["mid_back", 0, 0, 5], radius: 3 }],
  "Worked area: right thigh": ["worked", { from: ["near_hip", "near_knee", 0.3, 0, 0, 0], to: ["near_hip", "near_knee", 0.7, 0, 0, 0], radius: 3, part: "near_leg" }],
  "Mark for holding": ["hold", ["hips", -16, 24, 0]],
};

export function marksOf(figure) {
  return Object.fromEntries(MARKS.filter((key) => key in figure).map((key) => [key, figure[key]]));
}

export function setMarks(figure, marks) {
  for (const key of MARKS) delete figure[key];
  for (const key of Object.keys(marks)) figure[key] = marks[key];
}
