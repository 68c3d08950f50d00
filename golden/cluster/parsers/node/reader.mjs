// Reads YAML files with the parsers of npm. Each line on stdin is one file, as a JSON
// string; each line on stdout is what every parser reads in it, as
// {"PARSER": {"docs": [...]} or {"error": "..."}}. The form of values is told in ../value.go.
import { createInterface } from "node:readline";
import { CORE_SCHEMA, YAML11_SCHEMA, loadAll, realMapTag } from "js-yaml";
import { parseAllDocuments } from "yaml";

// Maps keep keys that are no strings, and big integers their digits: an object or a double
// would make two different documents look the same.
const core = CORE_SCHEMA.withTags(realMapTag);
const old = YAML11_SCHEMA.withTags(realMapTag);

const parsers = {
  "npm yaml 1.1": (text) => eemeli(text, "1.1"),
  "npm yaml 1.2": (text) => eemeli(text, "1.2"),
  "npm js-yaml": (text) => loadAll(text, { schema: core }),
  "npm js-yaml 1.1": (text) => loadAll(text, { schema: old }),
};

function eemeli(text, version) {
  return parseAllDocuments(text, { version, intAsBigInt: true }).map((doc) => {
    for (const problem of [...doc.errors, ...doc.warnings]) throw problem;
    return doc.toJS({ mapAsMap: true });
  });
}

function tagged(value) {
  if (value === null || value === undefined) return "null:";
  if (Array.isArray(value)) return value.map(tagged);
  if (value instanceof Map) {
    const out = Object.create(null);
    for (const [key, item] of value) {
      const name = tagged(key);
      out[typeof name === "string" ? name : "other:" + JSON.stringify(name)] = tagged(item);
    }
    return out;
  }
  switch (typeof value) {
    case "string":
      return "string:" + value;
    case "boolean":
      return "bool:" + value;
    case "bigint":
    case "number":
      return "number:" + value;
  }
  return "other:" + value; // a date, bytes, a set
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const out = {};
  for (const [name, parse] of Object.entries(parsers)) {
    try {
      out[name] = { docs: parse(JSON.parse(line)).map(tagged) };
    } catch (e) {
      out[name] = { error: String(e.message).split("\n")[0] };
    }
  }
  process.stdout.write(JSON.stringify(out) + "\n");
}
