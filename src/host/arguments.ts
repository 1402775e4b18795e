// Argument checks shared by all host functions. Messages follow one form, `<fn>: <parameter> <problem>`, and nothing is
// coerced: a number is not accepted where text is expected.

/** A refused argument. Its message is what the Lua caller sees. */
export class ArgumentError extends TypeError {
  constructor(fn: string, parameter: string, problem: string) {
    super(`${fn}: ${parameter} ${problem}`);
    this.name = "ArgumentError";
  }
}

export function requireText(
  fn: string,
  parameter: string,
  value: unknown,
  options?: { blank: boolean },
): string {
  if (typeof value !== "string")
    throw new ArgumentError(fn, parameter, `must be a string, got ${luaType(value)}`);
  if (options?.blank !== true && value.trim() === "")
    throw new ArgumentError(fn, parameter, "must not be empty");
  return value;
}

/** A path: text without NUL that is not the accidental `tostring` of a Lua object. */
export function requirePath(fn: string, parameter: string, value: unknown): string {
  const path = requireText(fn, parameter, value);
  if (path.includes("\0")) throw new ArgumentError(fn, parameter, "must not contain NUL bytes");
  if (/^\s*(table|function|thread|userdata): 0x/.test(path)) {
    throw new ArgumentError(fn, parameter, "looks like a coerced Lua object string");
  }
  return path;
}

/** The word for the Lua type of an argument as it arrives in JavaScript. */
export function luaType(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "object" ? "table" : typeof value;
}
