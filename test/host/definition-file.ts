// Reads a definition file for the Lua language server, strictly: what it does not understand is an error.

export interface DefinedField {
  type: string;
  optional: boolean;
}

export interface DefinedClass {
  name: string;
  fields: Map<string, DefinedField>;
  /** Names of methods (`function file:read`). */
  methods: string[];
}

export interface DefinedFunction {
  /** As it is called, for instance `vulcan.fs.read` or `file:read`. */
  path: string;
  parameters: { name: string; type: string; optional: boolean }[];
  returns: string[];
  description: string;
}

export interface Definitions {
  classes: Map<string, DefinedClass>;
  aliases: Set<string>;
  /** Global tables, for instance `vulcan.fs`. */
  tables: Set<string>;
  functions: Map<string, DefinedFunction>;
  /** What is wrong with the file, each with its line. */
  problems: string[];
}

/** The comment lines in front of a statement. */
interface Pending {
  description: string[];
  parameters: DefinedFunction["parameters"];
  returns: string[];
  class: DefinedClass | undefined;
}

const fieldLine = /^---@field (\w+)(\??) (.+)$/;
const parameterLine = /^---@param (\w+|\.\.\.)(\??) (.+)$/;
const tableLine = /^(local )?([\w.]+) = \{\}$/;
const functionLine = /^function ([\w.]+(?::\w+)?)\(([^)]*)\) end$/;
const builtInTypes = new Set(
  "nil any boolean string number integer table function lightuserdata true false fun self file*".split(" "),
);

export function readDefinitions(text: string): Definitions {
  const reader = new Reader();
  text.split("\n").forEach((line, index) => {
    reader.read(line, index + 1);
  });
  return reader.finish();
}

class Reader {
  readonly #definitions: Definitions = {
    classes: new Map(),
    aliases: new Set(),
    tables: new Set(),
    functions: new Map(),
    problems: [],
  };
  readonly #mentioned: { type: string; line: number }[] = [];
  /** Classes of local tables by the name of the local. */
  readonly #locals = new Map<string, DefinedClass>();
  #pending = nothing();
  #line = 0;

  read(line: string, number: number): void {
    this.#line = number;
    if (line.startsWith("---@")) this.#tag(line);
    else if (line.startsWith("---|")) this.#mention(line.slice(4));
    else if (line.startsWith("---")) this.#pending.description.push(line.slice(3).trim());
    else if (line === "") this.#pending = nothing();
    else if (!line.startsWith("--")) this.#statement(line);
  }

  finish(): Definitions {
    const { classes, aliases, problems } = this.#definitions;
    for (const { type, line } of this.#mentioned) {
      if (!builtInTypes.has(type) && !classes.has(type) && !aliases.has(type)) {
        problems.push(`line ${line}: unknown type ${type}`);
      }
    }
    return this.#definitions;
  }

  #tag(line: string): void {
    const field = fieldLine.exec(line);
    const parameter = parameterLine.exec(line);
    const [, tag = "", rest = ""] = /^---@(\w+) (.+)$/.exec(line) ?? [];
    if (field !== null) {
      const [, name = "", mark, type = ""] = field;
      if (this.#pending.class === undefined) this.#problem("a field without a class");
      this.#pending.class?.fields.set(name, { type: this.#typeAtStart(type), optional: mark === "?" });
    } else if (parameter !== null) {
      const [, name = "", mark, type = ""] = parameter;
      this.#pending.parameters.push({ name, type: this.#typeAtStart(type), optional: mark === "?" });
    } else if (tag === "return" || tag === "overload") {
      const type = this.#typeAtStart(rest);
      if (tag === "return") this.#pending.returns.push(type);
    } else if (tag === "class") {
      this.#pending.class = { name: rest, fields: new Map(), methods: [] };
      if (this.#definitions.classes.has(rest)) this.#problem(`class ${rest} is defined twice`);
      this.#definitions.classes.set(rest, this.#pending.class);
    } else if (tag === "alias") {
      const [name = "", ...type] = rest.split(" ");
      this.#definitions.aliases.add(name);
      if (type.length > 0) this.#mention(type.join(" "));
    } else if (tag !== "meta") {
      this.#problem(`not understood: ${line}`);
    }
  }

  #statement(line: string): void {
    const table = tableLine.exec(line);
    const definition = functionLine.exec(line);
    if (table !== null) {
      const [, local, name = ""] = table;
      if (local === undefined) this.#definitions.tables.add(name);
      else if (this.#pending.class !== undefined) this.#locals.set(name, this.#pending.class);
      if (local === undefined && this.#pending.class?.name !== name) this.#problem(`${name} has no class`);
    } else if (definition !== null) {
      const [, path = "", names = ""] = definition;
      this.#define(path, names === "" ? [] : names.split(", "));
    } else {
      this.#problem(`not understood: ${line}`);
    }
    this.#pending = nothing();
  }

  #define(path: string, names: string[]): void {
    const { parameters, returns, description } = this.#pending;
    const documented = parameters.map(({ name }) => name);
    if (documented.join() !== names.join()) {
      this.#problem(`${path} takes (${names.join(", ")}), documented are (${documented.join(", ")})`);
    }
    if (description.length === 0) this.#problem(`${path} has no description`);
    if (this.#definitions.functions.has(path)) this.#problem(`${path} is defined twice`);
    this.#definitions.functions.set(path, { path, parameters, returns, description: description.join(" ") });
    const [owner = "", method] = path.split(":");
    if (method !== undefined) this.#locals.get(owner)?.methods.push(method);
  }

  /** The type that a text begins with; what follows after a blank says something about it. */
  #typeAtStart(text: string): string {
    const [type = ""] = /^(?:table<[^>]+>\S*|\([^)]*\)\S*|fun\(.*|\S+)/.exec(text) ?? [];
    this.#mention(type);
    return type;
  }

  /** Notes every name of a type in a text. */
  #mention(text: string): void {
    const withoutLiterals = text.replace(/"[^"]*"/g, "").replace(/\w+\??:/g, "");
    for (const [type] of withoutLiterals.matchAll(/[a-z_][\w.]*\*?/gi)) {
      this.#mentioned.push({ type, line: this.#line });
    }
  }

  #problem(text: string): void {
    this.#definitions.problems.push(`line ${this.#line}: ${text}`);
  }
}

function nothing(): Pending {
  return { description: [], parameters: [], returns: [], class: undefined };
}
