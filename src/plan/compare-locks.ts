import { fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { lockSkew, type MemberLock, type SharedDependency } from '../python/lock/skew.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { discoverRepository } from '../repository/discover.ts';
import type { PolicyConfig } from '../repository/config.ts';
import { PythonMembers } from './python/members.ts';

/** How the locks of a repository's Python members relate. */
export interface LockComparison {
  /** Members that were compared, by path. */
  readonly members: readonly string[];
  /** Every dependency that several members lock, sorted by name. */
  readonly shared: readonly SharedDependency[];
  /** What `--check` takes for a failure. */
  readonly policy: NonNullable<PolicyConfig['skew']>;
}

/** Reads and compares the locks of all Python members around a directory (absolute). Builds nothing and asks no index. */
export async function compareLocks(directory: string): Promise<Result<LockComparison>> {
  const repository = await discoverRepository({ directory, directories: readDirectories });
  if (!repository.ok) return repository;
  const members = new PythonMembers(repository.value);
  const locks: MemberLock[] = [];
  for (const member of repository.value.members.filter(({ kind }) => kind === 'python')) {
    const lock = await members.lockOf(member);
    if (!lock.ok) return fail(...lock.diagnostics);
    locks.push({ member: member.path, lock: lock.value });
  }
  const policy = repository.value.config.policy.skew ?? 'conflict';
  return ok({ members: locks.map(({ member }) => member), shared: lockSkew({ members: locks }), policy });
}

/** Whether a shared dependency is what a policy does not let pass. */
export function breaksPolicy({ verdict }: SharedDependency, policy: LockComparison['policy']): boolean {
  return verdict === 'conflicting' || (policy === 'any' && verdict === 'compatible');
}
