/** On Windows a file cannot be replaced while a reader or a virus scanner has it open, which takes milliseconds. */
export function isPassing(platform: NodeJS.Platform, code: string | undefined): boolean {
  return platform === "win32" && (code === "EPERM" || code === "EACCES" || code === "EBUSY");
}
