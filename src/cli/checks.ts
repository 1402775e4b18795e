// What `luaskills doctor` looks at.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type DatabasePackage, findPackage, installCommand, packageFolder } from "../databases/packages.js";
import type { ProbedPart } from "./probe.js";

export interface Check {
  name: string;
  /** missing: an optional package is not there; unavailable: it has nothing for this platform or these roots. */
  status: "ok" | "missing" | "unavailable" | "broken";
  /** What needs it; null for what everything needs. */
  neededBy: string | null;
  version: string | null;
  /** What was found, or what is wrong. */
  detail: string;
  /** The command that helps; null where there is nothing to do, or no command that does it. */
  remedy: string | null;
}

const oldestNode = 20;
/** Milliseconds; loading takes a fraction of a second, unless many skills do. */
const probeTimeout = 60_000;
/** Characters: libraries list every place where they have looked. */
const longestComplaint = 400;

const packages: { [Name in DatabasePackage]: string } = {
  "better-sqlite3": "vulcan.sqlite",
  "@node-rs/jieba": "vulcan.sqlite, tokenizer jieba",
  "@lancedb/lancedb": "vulcan.lancedb",
  "apache-arrow": "vulcan.lancedb, streams of vulcan.sqlite",
};

export async function runChecks(): Promise<Check[]> {
  const names = Object.keys(packages) as DatabasePackage[];
  return [checkNode(), await checkAddon(), ...(await Promise.all(names.map(checkPackage)))];
}

function checkNode(): Check {
  const version = process.versions.node;
  const found = { name: "Node.js", neededBy: null, version, remedy: null };
  if (Number(version.split(".", 1)[0]) >= oldestNode) return { ...found, status: "ok", detail: "" };
  return { ...found, status: "broken", detail: `luaskills needs Node.js ${oldestNode} or newer` };
}

async function checkAddon(): Promise<Check> {
  const found = { name: "addon", neededBy: null, version: null };
  const { problem, detail } = await probe("addon");
  if (problem === undefined) return { ...found, status: "ok", detail, remedy: null };
  const remedy = `npx node-gyp rebuild --directory ${JSON.stringify(packageFolder)}`;
  return { ...found, status: "broken", detail: problem, remedy };
}

async function checkPackage(name: DatabasePackage): Promise<Check> {
  const installed = findPackage(name);
  const found = { name, neededBy: packages[name], version: installed?.version ?? null };
  if (installed === undefined) {
    return { ...found, status: "missing", detail: "not installed", remedy: installCommand([name]) };
  }
  if (installed.wrongNode !== undefined) {
    return { ...found, status: "broken", detail: installed.wrongNode, remedy: installCommand([name]) };
  }
  if (installed.noBinary !== undefined) {
    return { ...found, status: "unavailable", detail: installed.noBinary, remedy: null };
  }
  const { problem, detail } = await probe(name);
  if (problem === undefined) return { ...found, status: "ok", detail, remedy: null };
  // What is compiled for one Node may have been compiled for another.
  const remedy = name === "better-sqlite3" ? `npm rebuild ${name}` : installCommand([name]);
  return { ...found, status: "broken", detail: problem, remedy };
}

/** @param input what the probe of that part takes */
export function probe(
  part: ProbedPart,
  input = "",
): Promise<{ problem: string | undefined; detail: string }> {
  const program = fileURLToPath(new URL("./probe.js", import.meta.url));
  return new Promise(resolve => {
    const options = { timeout: probeTimeout, maxBuffer: 1 << 26 };
    execFile(process.execPath, [program, part, input], options, (error, detail, complaint) => {
      if (error === null) return resolve({ problem: undefined, detail });
      const said = complaint.replaceAll(/\s+/g, " ").trim().slice(0, longestComplaint);
      const ended = `the process that loaded it ended by ${error.signal ?? `exit code ${error.code}`}`;
      resolve({ problem: said || ended, detail });
    });
  });
}
