import { formatVersion, parseVersion } from '../version/version.ts';

/** A crate's version as PEP 440 writes it: `1.0.0-rc.1` → `1.0.0rc1`; `undefined`: it has no such form (`1.0.0-nightly`). */
export function pythonVersionOf(cargoVersion: string): string | undefined {
  const version = parseVersion(cargoVersion);
  return version === undefined ? undefined : formatVersion(version);
}
