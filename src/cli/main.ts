#!/usr/bin/env node
import { runCli } from "./program.js";

// A reader that has seen enough (`luaskills list | head`) is no failure.
process.stdout.on("error", error => {
  if ((error as NodeJS.ErrnoException).code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
});
