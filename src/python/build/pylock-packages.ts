import { parse } from 'smol-toml';
import * as v from 'valibot';
import { parseSha256, type Sha256 } from '../../model/digest.ts';
import type { LockedBuildChoice, LockedBuildPackage, LockedBuildWheel } from '../../repository/ferrule-lock.ts';

/** What one resolution gave. */
export interface ResolvedBuild {
  readonly choices: readonly LockedBuildChoice[];
  readonly packages: readonly LockedBuildPackage[];
}

const wheel = v.object({
  name: v.optional(v.string()),
  url: v.string(),
  size: v.optional(v.number()),
  hashes: v.object({ sha256: v.string() }),
});
const schema = v.object({
  packages: v.optional(
    v.array(
      v.object({
        name: v.string(),
        version: v.string(),
        marker: v.optional(v.string()),
        index: v.optional(v.string()),
        wheels: v.optional(v.array(wheel), []),
      }),
    ),
    [],
  ),
});

/** Platforms that Ferrule does not build on: their wheels would only make the lock longer. */
const FOREIGN = /-(?:win32|win_[a-z0-9]+|ios_[a-z0-9_]+|android_[a-z0-9_]+|pyodide_[a-z0-9_]+|wasm[a-z0-9_]+)\.whl$/;

/** Reads a `pylock.toml` as uv exports it. Throws for one that it does not write: the text is another program's output, not a user's. */
export function readPylockPackages(text: string): ResolvedBuild {
  const { packages } = v.parse(schema, parse(text));
  return {
    choices: packages.map(({ name, version, marker }) => ({ name, version, marker })),
    packages: packages.map(({ name, version, index, wheels }) => ({
      name,
      version,
      index,
      wheels: wheels.map(readWheel).filter(({ file }) => !FOREIGN.test(file)),
    })),
  };
}

function readWheel({ url, size, hashes, name }: v.InferOutput<typeof wheel>): LockedBuildWheel {
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
