// Strict Semantic Versioning 2.0 (https://semver.org): MAJOR.MINOR.PATCH[-pre][+build], no leading "v", nothing partial.

const number = "(?:0|[1-9]\\d*)";
const preReleasePart = `(?:${number}|\\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const buildPart = "[0-9a-zA-Z-]+";
const semanticVersion = new RegExp(
  `^${number}\\.${number}\\.${number}` +
    `(?:-${preReleasePart}(?:\\.${preReleasePart})*)?` +
    `(?:\\+${buildPart}(?:\\.${buildPart})*)?$`,
);

/** What is wrong with `text` as a version called `label`, or undefined. */
export function versionProblem(label: string, text: string): string | undefined {
  if (text === "") return `${label} must not be empty`;
  if (semanticVersion.test(text)) return undefined;
  return `${label} must be a semantic version such as 1.2.0, got ${JSON.stringify(text)}`;
}
