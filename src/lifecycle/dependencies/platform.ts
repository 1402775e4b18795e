// The names that dependencies.yaml has for platforms.

const systems: Readonly<Record<string, string>> = { win32: "windows", linux: "linux", darwin: "macos" };
const machines: Readonly<Record<string, string>> = { x64: "x64", arm64: "arm64" };

/** Such as `linux-x64`; undefined for a platform that has no name there. */
export function platformName(platform: string, arch: string): string | undefined {
  const system = systems[platform];
  const machine = machines[arch];
  return system === undefined || machine === undefined ? undefined : `${system}-${machine}`;
}
