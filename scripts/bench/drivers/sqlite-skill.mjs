import Database from "better-sqlite3";
import { openSkill } from "./engine.mjs";

/** As connections of skills are set up. */
const settings = [
  "journal_mode = WAL",
  "synchronous = NORMAL",
  "foreign_keys = ON",
  "temp_store = MEMORY",
  "cache_size = -65536",
  "mmap_size = 268435456",
];

/**
 * `openSkill` for a skill that has a database. An entry `file` that tells its path comes with it.
 *
 * @returns also `connect`: opens a file by better-sqlite3 alone, in the skill's settings; and the path of its `file`
 */
export async function openSqliteSkill(entries) {
  // The first statement makes the file.
  const file = `return function()
    vulcan.sqlite.query_json({ sql = "SELECT 1" })
    return vulcan.sqlite.status().database_path
  end`;
  const skill = await openSkill(
    { ...entries, file },
    undefined,
    "sqlite: { enable: true, log_level: off }\n",
  );
  const connect = path => {
    const database = new Database(path);
    for (const setting of settings) database.pragma(setting);
    return database;
  };
  return { ...skill, connect, file: skill.engine.callSync(skill.names.file, {}).content };
}
