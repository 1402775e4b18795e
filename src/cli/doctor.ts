// luaskills doctor: is everything there that this installation needs, and what to do where it is not.

import { Command } from "commander";
import { type DatabasePackage, installCommand } from "../databases/packages.js";
import { packageVersion } from "../package-version.js";
import type { Check } from "./checks.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { chooseRoots } from "./roots.js";
import { formatTable } from "./table.js";
import type { Terminal } from "./terminal.js";

export function doctorCommand(terminal: Terminal): Command {
  return new Command("doctor")
    .description("check the installation and the roots, and say what to do")
    .addHelpText(
      "after",
      `
Examples:
  luaskills doctor
  luaskills doctor --root ROOT=./skills --json

Optional packages that are missing are no failure. What is broken makes the exit code 1.`,
    )
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command);
      const roots = chooseRoots(options, { rootsOptional: true });
      const { runChecks } = await import("./checks.js");
      const { checkRoots } = await import("./root-checks.js");
      const installation = await runChecks();
      const addon = installation.find(({ name }) => name === "addon");
      const ofRoots = addon?.status === "ok" ? await checkRoots(roots, options.runtimeRoot) : [];
      const checks = [...installation, ...ofRoots];
      const broken = checks.filter(({ status }) => status === "broken").map(({ name }) => name);
      const commands = remedies(checks);
      if (options.json) terminal.out(`${JSON.stringify(report(checks, commands), null, 2)}\n`);
      else terminal.out(describe(checks, commands, terminal));
      if (broken.length > 0) throw new OperationError("BROKEN", `this does not work: ${broken.join(", ")}`);
    });
}

/** One command for all packages that are missing, then those of what is broken. */
function remedies(checks: readonly Check[]): string[] {
  const missing = checks.filter(({ status }) => status === "missing").map(({ name }) => name);
  const install = missing.length > 0 ? [installCommand(missing as DatabasePackage[])] : [];
  const repair = checks.flatMap(({ status, remedy }) => (status === "broken" && remedy ? [remedy] : []));
  return [...new Set([...install, ...repair])];
}

function report(checks: readonly Check[], commands: readonly string[]) {
  return {
    version: packageVersion(),
    node: process.versions.node,
    platform: platform(),
    ok: checks.every(({ status }) => status !== "broken"),
    checks,
    remedies: commands,
  };
}

function describe(checks: readonly Check[], commands: readonly string[], { columns, style }: Terminal) {
  const rows = checks.map(({ name, status, version, neededBy, detail }) => [
    name,
    status,
    version ?? "",
    neededBy ?? "",
    detail.replaceAll(/\s+/g, " "),
  ]);
  const table = formatTable(
    ["PART", "STATUS", "VERSION", "NEEDED BY", "DETAIL"],
    rows,
    columns,
    style.out.bold,
  );
  const help = commands.length > 0 ? `\nWhat helps:\n${commands.map(line => `  ${line}\n`).join("")}` : "";
  return `luaskills ${packageVersion()}, Node.js ${process.versions.node}, ${platform()}\n\n${table}${help}`;
}

function platform(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const libc = header.glibcVersionRuntime;
  return `${process.platform}-${process.arch}${libc === undefined ? "" : ` (glibc ${libc})`}`;
}
