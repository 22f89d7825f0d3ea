import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { PlannedRun } from '../plan/plan-run.ts';
import { PythonMembers } from '../plan/python/members.ts';
import { normalizeName } from '../python/distribution-name.ts';
import { lockedPackages } from '../rust/cargo/cargo-lock.ts';
import type { Store } from '../store/store.ts';

/** How much of a lock a target needs. */
export interface LockShare {
  /** Relative to the repository. */
  readonly file: string;
  readonly locked: number;
  readonly needed: number;
  /** Those that are not needed, as `name version`, sorted. */
  readonly spared: readonly string[];
}

interface NamedVersion {
  readonly name: string;
  readonly version: string | undefined;
}

/** The locks that a plan was made from, and what of them is among `packages`. A lock that cannot be read is left out: planning has told of it. */
export async function lockShares(options: {
  readonly planned: PlannedRun;
  readonly store: Store;
  readonly packages: readonly NamedVersion[];
}): Promise<readonly LockShare[]> {
  const { planned, store, packages } = options;
  const { repository, plans, python } = planned;
  const present = new Set(packages.map(nameAndVersion));
  const roots = new Set([...plans, ...python.extensions].map(({ facts }) => facts.workspaceRoot));
  const shares = [...roots].flatMap((root): readonly LockShare[] => {
    const path = join(root, 'Cargo.lock');
    if (!existsSync(path)) return [];
    return [shareOf({ file: relative(repository.root, path), locked: lockedPackages(readFileSync(path, 'utf8')), present })];
  });
  const wanted = new Set(python.outputs.map(({ name }) => normalizeName(name)));
  const members = new PythonMembers(repository, store);
  for (const member of wanted.size === 0 ? [] : repository.members.filter(({ kind }) => kind === 'python')) {
    const [lock, projects] = [await members.lockOf(member), await members.projectsOf(member)];
    if (!lock.ok || !projects.ok || !projects.value.some(({ name }) => wanted.has(name))) continue;
    const file = relative(repository.root, join(member.directory, member.lock));
    shares.push(shareOf({ file, locked: lock.value.packages, present }));
  }
  return shares;
}

function shareOf(options: {
  readonly file: string;
  readonly locked: readonly NamedVersion[];
  readonly present: ReadonlySet<string>;
}): LockShare {
  const { file, locked, present } = options;
  const spared = locked.filter((one) => !present.has(nameAndVersion(one)));
  return {
    file,
    locked: locked.length,
    needed: locked.length - spared.length,
    spared: spared.map(({ name, version }) => `${name} ${version ?? ''}`.trim()).toSorted(),
  };
}

function nameAndVersion({ name, version }: NamedVersion): string {
  return `${normalizeName(name)} ${version ?? ''}`;
}
