// The one rule for skill ids (which are directory names) and for entry names.

const identifier = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** True for lower-case ASCII letters, digits and inner hyphens, starting with a letter. */
export function isIdentifier(text: string): boolean {
  return identifier.test(text);
}

/** What is wrong with `text` as an identifier called `label`, or undefined. */
export function identifierProblem(label: string, text: string): string | undefined {
  return isIdentifier(text)
    ? undefined
    : `${label} must match ${identifier.source}, got ${JSON.stringify(text)}`;
}
