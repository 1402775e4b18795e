// The option `databases` of an engine.

import type { DatabaseProvider } from "./provider.js";

export interface DatabaseOptions {
  /** Default `"embedded"`: better-sqlite3, where it is installed. */
  sqlite?: "embedded" | "disabled" | DatabaseProvider;
  /** Default `"embedded"`: @lancedb/lancedb, where it is installed. */
  lancedb?: "embedded" | "disabled" | DatabaseProvider;
  /** Where embedded LanceDB tables lie instead of the folders of the roots. */
  lancedbStorage?: {
    /** For instance `s3://bucket/skills`. A skill has `<uri>/<root name>/<skill id>`. */
    uri: string;
    /** Credentials and the like, as LanceDB names them. */
    options?: { [name: string]: string };
  };
}

/** Checked, with every default. */
export interface DatabaseSources {
  readonly sqlite: "embedded" | "disabled" | DatabaseProvider;
  readonly lancedb: "embedded" | "disabled" | DatabaseProvider;
  readonly lancedbStorage: { readonly uri: string; readonly options: { [name: string]: string } } | undefined;
}

/** @throws TypeError naming the option */
export function resolveDatabaseOptions(options: DatabaseOptions): DatabaseSources {
  return {
    sqlite: source("sqlite", options.sqlite),
    lancedb: source("lancedb", options.lancedb),
    lancedbStorage: storage(options.lancedbStorage),
  };
}

function source(name: string, value: unknown): "embedded" | "disabled" | DatabaseProvider {
  if (value === undefined || value === "embedded") return "embedded";
  if (value === "disabled") return value;
  if (typeof (value as DatabaseProvider | null)?.handle === "function") return value as DatabaseProvider;
  throw new TypeError(
    `SkillEngine.create: databases.${name} must be "embedded", "disabled" or an object with the method handle, got ${describe(value)}`,
  );
}

function storage(value: DatabaseOptions["lancedbStorage"]): DatabaseSources["lancedbStorage"] {
  if (value === undefined) return undefined;
  const name = "SkillEngine.create: databases.lancedbStorage";
  if (
    typeof value !== "object" ||
    value === null ||
    typeof value.uri !== "string" ||
    value.uri.trim() === ""
  ) {
    throw new TypeError(`${name} must be an object with the member uri, got ${describe(value)}`);
  }
  const options: unknown = value.options ?? {};
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${name}.options must be an object, got ${describe(options)}`);
  }
  for (const [key, option] of Object.entries(options)) {
    if (typeof option === "string") continue;
    throw new TypeError(`${name}.options.${key} must be a string, got ${describe(option)}`);
  }
  return { uri: value.uri.trim().replace(/\/+$/, ""), options: { ...options } };
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
