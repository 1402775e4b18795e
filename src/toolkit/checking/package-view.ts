// A skill as the rules see it: its files, its manifest as far as it can be read, and what was found so far.

import { inspectManifest, type SkillManifest } from "../../packages/manifest.js";
import { PackageFiles } from "../../packages/package-files.js";
import { listSkillFiles, type SkillFile, type SkillFolder } from "../skill-folder.js";
import type { Diagnostic, Severity } from "./diagnostic.js";
import { YamlPlaces } from "./yaml-places.js";

const textLimitBytes = 16 << 20;

export class PackageView {
  readonly skill: SkillFolder;
  readonly files: readonly SkillFile[];
  /** "" where it cannot be read. */
  readonly manifestText: string;
  readonly manifest: SkillManifest | undefined;
  /** The manifest says `enable: false`, and nothing else of it was read. */
  readonly disabled: boolean;
  /** As `inspectManifest` gives them. */
  readonly manifestProblems: readonly string[];
  readonly places: YamlPlaces;
  readonly diagnostics: Diagnostic[] = [];
  readonly #reader: PackageFiles;
  readonly #texts = new Map<string, string>();

  constructor(skill: SkillFolder) {
    this.skill = skill;
    this.files = listSkillFiles(skill);
    this.#reader = new PackageFiles(skill.dir);
    const read = this.#reader.read("skill.yaml", textLimitBytes);
    this.manifestText = read.text ?? "";
    const { manifest, problems } =
      read.problem === undefined
        ? inspectManifest(read.text, path => this.#reader.read(path, textLimitBytes))
        : { manifest: undefined, problems: [read.problem] };
    this.disabled = manifest === "disabled";
    this.manifest = manifest === "disabled" ? undefined : manifest;
    this.manifestProblems = problems;
    this.places = new YamlPlaces(this.manifestText);
  }

  report(severity: Severity, rule: string, file: string, message: string, line?: number): void {
    this.diagnostics.push({ severity, rule, file, message, ...(line === undefined ? {} : { line }) });
  }

  /** About a member of the manifest. */
  reportMember(severity: Severity, rule: string, path: string, message: string): void {
    this.report(severity, rule, "skill.yaml", `${path}: ${message}`, this.places.lineOf(path));
  }

  /** Why a file cannot be read as text, or undefined. */
  problemOf(path: string): string | undefined {
    return this.#reader.read(path, textLimitBytes).problem;
  }

  /** Text of a file, "" where it cannot be read. */
  text(path: string): string {
    let text = this.#texts.get(path);
    if (text === undefined) {
      text = this.#reader.read(path, textLimitBytes).text ?? "";
      this.#texts.set(path, text);
    }
    return text;
  }

  /** Paths of the regular files below a folder ("runtime") that end so. */
  below(folder: string, extension: string): string[] {
    return this.files
      .filter(
        ({ kind, path }) => kind === "file" && path.startsWith(`${folder}/`) && path.endsWith(extension),
      )
      .map(({ path }) => path);
  }

  get luaFiles(): string[] {
    return this.files
      .filter(({ kind, path }) => kind === "file" && path.endsWith(".lua"))
      .map(({ path }) => path);
  }
}
