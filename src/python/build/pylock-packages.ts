import { parse } from 'smol-toml';
import * as v from 'valibot';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { parseSha256, type Sha256 } from '../../model/digest.ts';
import type { LockedBuildChoice, LockedBuildPackage, LockedBuildWheel } from '../../repository/ferrule-lock.ts';

/** What one resolution gave. */
export interface ResolvedBuild {
  readonly choices: readonly LockedBuildChoice[];
  readonly packages: readonly LockedBuildPackage[];
}

const wheel = v.object({
  name: v.optional(v.string()),
  /** Absent for a file of this machine. */
  url: v.optional(v.string()),
  size: v.optional(v.number()),
  hashes: v.object({ sha256: v.string() }),
});
type WheelText = Readonly<Pick<v.InferOutput<typeof wheel>, 'hashes'>> & {
  readonly url: string;
  readonly name?: string | undefined;
  readonly size?: number | undefined;
};

const schema = v.object({
  packages: v.optional(
    v.array(
      v.object({
        name: v.string(),
        version: v.optional(v.string()),
        marker: v.optional(v.string()),
        index: v.optional(v.string()),
        wheels: v.optional(v.array(wheel), []),
        archive: v.optional(
          v.object({ url: v.optional(v.string()), size: v.optional(v.number()), hashes: v.object({ sha256: v.string() }) }),
        ),
      }),
    ),
    [],
  ),
});

/** Platforms that Ferrule does not build on: their wheels would only make the lock longer. */
const FOREIGN = /-(?:win32|win_[a-z0-9]+|ios_[a-z0-9_]+|android_[a-z0-9_]+|pyodide_[a-z0-9_]+|wasm[a-z0-9_]+)\.whl$/;

/**
 * Reads a `pylock.toml` as uv exports it. F0991: a requirement is a directory, a checkout or a file of this machine, which nobody else could
 * build with. Throws for a text that uv does not write.
 */
export function readPylockPackages(text: string): Result<ResolvedBuild> {
  const choices: LockedBuildChoice[] = [];
  const packages: LockedBuildPackage[] = [];
  const problems: Diagnostic[] = [];
  for (const { name, version, marker, index, wheels, archive } of v.parse(schema, parse(text)).packages) {
    const direct = archive?.url?.endsWith('.whl') === true ? [archive] : [];
    const found = [...wheels, ...direct].flatMap((file) => (file.url === undefined ? [] : readWheel({ ...file, url: file.url })));
    if (version === undefined || found.length === 0) problems.push(notPinned(name));
    else {
      choices.push({ name, version, marker });
      packages.push({ name, version, index, wheels: found.filter(({ file }) => !FOREIGN.test(file)) });
    }
  }
  return problems.length === 0 ? ok({ choices, packages }) : fail(...problems);
}

function notPinned(name: string): Diagnostic {
  return {
    code: 'F0991',
    severity: 'error',
    blame: 'input',
    message: `the build requirement \`${name}\` cannot be pinned: it is no wheel of an index or of an address`,
    hints: ['require a released version; a backend of the repository itself is named by `backend-path`'],
  };
}

function readWheel({ url, size, hashes, name }: WheelText): LockedBuildWheel {
  return { file: name ?? lastSegment(url), url, sha256: sha256Of(hashes.sha256), size };
}

function lastSegment(url: string): string {
  return decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
}

function sha256Of(text: string): Sha256 {
  const hash = parseSha256(text);
  if (hash === undefined) throw new Error(`internal: uv gave \`${text}\` as a sha256`);
  return hash;
}
