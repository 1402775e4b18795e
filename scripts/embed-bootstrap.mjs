// Writes native/build/bootstrap.h: each native/bootstrap/<name>.lua as `luaskills::core::bootstrap::<name>`.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "native/bootstrap");
const header = join(root, "native/build/bootstrap.h");
// MSVC takes at most 16 KB per string literal; adjacent literals are joined.
const LITERAL_BYTES = 8192;

function literals(text) {
  const pieces = [""];
  for (const line of text.split(/(?<=\n)/)) {
    if (pieces.at(-1).length + line.length > LITERAL_BYTES) pieces.push("");
    pieces[pieces.length - 1] += line;
  }
  return pieces.map(piece => `R"lua(${piece})lua"`).join("\n");
}

function embed(file) {
  const name = file.replace(/\.lua$/, "").replaceAll(/\W/g, "_");
  return `inline constexpr std::string_view ${name} =\n${literals(readFileSync(join(folder, file), "utf8"))};\n`;
}

const files = readdirSync(folder)
  .filter(file => file.endsWith(".lua"))
  .sort();
const text = `// Generated from native/bootstrap by scripts/embed-bootstrap.mjs.
#pragma once

#include <string_view>

namespace luaskills::core::bootstrap {

${files.map(embed).join("\n")}
}  // namespace luaskills::core::bootstrap
`;
mkdirSync(dirname(header), { recursive: true });
// An unchanged header keeps its time, so that nothing is compiled again.
if (!existsSync(header) || readFileSync(header, "utf8") !== text) writeFileSync(header, text);
