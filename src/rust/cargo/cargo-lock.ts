import { parse, TomlError } from 'smol-toml';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { parseSha256, type Sha256 } from '../../model/digest.ts';

/** Checksums of `Cargo.lock`, asked for by package. */
export interface CargoLock {
  /** sha256 of the package's `.crate` file; `undefined` for path and git packages, and for registries that give none. */
  checksum(name: string, version: string, source: string): Sha256 | undefined;
}

/**
 * Reads `Cargo.lock` of any version cargo still accepts: checksums stand in the packages (2 to 4) or in `[metadata]` (1).
 * Fails with F0213 when it is not TOML.
 */
export function parseCargoLock(text: string, file: string): Result<CargoLock> {
  const regular = scanRegular(text);
  if (regular !== undefined) return ok(lockOf(regular));
  try {
    return ok(lockOf(scanToml(text)));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return fail(notToml(file, error.message));
  }
}

/** Every package that a lock names. The shape is cargo's own; a lock that people have laid out otherwise may give fewer. */
export function lockedPackages(text: string): readonly { readonly name: string; readonly version: string }[] {
  return [...text.matchAll(PACKAGE)].flatMap(([, name, version]) =>
    name === undefined || version === undefined ? [] : [{ name, version }],
  );
}

function lockOf(checksums: ReadonlyMap<string, Sha256>): CargoLock {
  return { checksum: (name, version, source) => checksums.get(keyOf(name, version, source)) };
}

function keyOf(name: string, version: string, source: string): string {
  return `${name} ${version} (${source})`;
}

const PACKAGE = /^\[\[package\]\]\nname = "([^"\\]*)"\nversion = "([^"\\]*)"\n(?:source = "([^"\\]*)"\n)?(?:checksum = "([^"\\]*)"\n)?/gm;

/**
 * cargo writes the file in one shape; reading that shape is twenty times faster than TOML.
 * `undefined` when the file is not in that shape throughout.
 */
function scanRegular(text: string): ReadonlyMap<string, Sha256> | undefined {
  const checksums = new Map<string, Sha256>();
  let packages = 0;
  for (const [, name, version, source, checksum] of text.matchAll(PACKAGE)) {
    packages += 1;
    const sha256 = checksum === undefined ? undefined : parseSha256(checksum);
    if (name !== undefined && version !== undefined && source !== undefined && sha256 !== undefined) {
      checksums.set(keyOf(name, version, source), sha256);
    }
  }
  const isWhole = packages > 0 && packages === count(text, '[[package]]') && checksums.size === count(text, 'checksum');
  return isWhole ? checksums : undefined;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function scanToml(text: string): ReadonlyMap<string, Sha256> {
  const checksums = new Map<string, Sha256>();
  const { package: packages, metadata } = parse(text);
  for (const entry of Array.isArray(packages) ? packages : []) {
    if (typeof entry !== 'object' || !('name' in entry)) continue;
    const { name, version, source, checksum } = entry;
    const sha256 = typeof checksum === 'string' ? parseSha256(checksum) : undefined;
    if (typeof name === 'string' && typeof version === 'string' && typeof source === 'string' && sha256 !== undefined) {
      checksums.set(keyOf(name, version, source), sha256);
    }
  }
  for (const [key, value] of Object.entries(typeof metadata === 'object' ? metadata : {})) {
    const sha256 = typeof value === 'string' ? parseSha256(value) : undefined;
    if (key.startsWith('checksum ') && sha256 !== undefined) checksums.set(key.slice('checksum '.length), sha256);
  }
  return checksums;
}

function notToml(file: string, reason: string): Diagnostic {
  return {
    code: 'F0213',
    severity: 'error',
    blame: 'input',
    message: `\`${file}\` is not a lock file: ${reason.split('\n')[0] ?? ''}`,
    hints: ['restore it from version control, or run `cargo generate-lockfile`'],
  };
}
