#!/usr/bin/env node
import { runCli } from "./program.js";
import { createStyle, takesColours } from "./style.js";

// A reader that has seen enough (`luaskills list | head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", error => {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
}

process.exitCode = await runCli(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  style: {
    out: createStyle(takesColours(process.stdout, process.env)),
    err: createStyle(takesColours(process.stderr, process.env)),
  },
  interactive: process.stderr.isTTY === true,
});
