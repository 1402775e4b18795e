// Colours, where the stream takes them.

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** One function for each kind of emphasis. Where there are no colours they give back their text. */
export type Style = { readonly [Name in keyof typeof codes]: (text: string) => string };

export function createStyle(colours: boolean): Style {
  const functions = Object.entries(codes).map(([name, [on, off]]) => [
    name,
    colours ? (text: string) => `\u001b[${on}m${text}\u001b[${off}m` : (text: string) => text,
  ]);
  return Object.fromEntries(functions) as Style;
}

/** FORCE_COLOR decides before NO_COLOR (as in Node itself), both decide before what the stream is. */
export function takesColours(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused } = env;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (refused !== undefined && refused !== "") return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}
