import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { repository } from "./luajit-build.mjs";

const corpus = path.join(repository, "test/fixtures/hostile");

/** The hostile programs of the tests, by folder (see the README there): `[name, code]` in alphabetical order. */
export function hostilePrograms(folder) {
  return readdirSync(path.join(corpus, folder))
    .sort()
    .map(file => [path.basename(file, ".lua"), readFileSync(path.join(corpus, folder, file), "utf8")]);
}
