import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { sha256Of } from '../model/digest.ts';
import { compareBytes } from '../model/wire.ts';
import type { ReadSet } from '../rust/cargo/read-set.ts';
import type { PlanOrigin } from './plan-file.ts';

/** Files of the repository's root that every plan follows from. */
const ALWAYS = ['ferrule.toml', 'ferrule.lock', 'rust-toolchain', 'rust-toolchain.toml'] as const;

/** What a plan was made from, as far as it lies in the repository: another machine can compare no more. */
export function planOrigin({ repositoryRoot, reads }: { readonly repositoryRoot: string; readonly reads: readonly ReadSet[] }): PlanOrigin {
  const inside = (paths: Iterable<string>): readonly string[] =>
    [
      ...new Set([...paths].map((path) => relative(repositoryRoot, path)).filter((path) => path !== '..' && !path.startsWith('../'))),
    ].toSorted(compareBytes);
  const at = (path: string): string => join(repositoryRoot, path);
  const always = ALWAYS.map(at);
  return {
    contents: record(inside([...always, ...reads.flatMap(({ contents }) => contents)]), (path) => {
      const bytes = isFile(at(path)) ? readFileSync(at(path)) : undefined;
      return bytes === undefined ? null : sha256Of(bytes);
    }),
    listings: record(inside(reads.flatMap(({ listings }) => listings)), (path) => namesIn(at(path))),
    presence: record(
      inside(reads.flatMap(({ presence }) => presence)),
      (path) => statSync(at(path), { throwIfNoEntry: false }) !== undefined,
    ),
  };
}

function record<T>(paths: readonly string[], value: (path: string) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(paths.map((path) => [path, value(path)]));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Git knows no empty directories: one is as good as none. */
function namesIn(path: string): readonly string[] | null {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return null;
  const names = readdirSync(path).toSorted(compareBytes);
  return names.length === 0 ? null : names;
}
