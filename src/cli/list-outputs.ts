import { fail, ok, type Diagnostic, type Result } from '../diagnostics/diagnostic.ts';
import { type IndexedPackage, indexPackages } from '../plan/package-index.ts';
import { PythonMembers } from '../plan/python/members.ts';
import type { IndexedProject } from '../plan/python/request.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { discoverRepository } from '../repository/discover.ts';
import type { Member } from '../repository/repository.ts';
import { findToolchain } from '../rust/cargo/find-toolchain.ts';
import { runProcess } from '../rust/cargo/node-process.ts';
import type { Store } from '../store/store.ts';

/** Everything a repository can build, as a user names it. */
export interface RepositoryOutputs {
  /** Absolute. */
  readonly root: string;
  readonly members: readonly MemberOutputs[];
  /** Scripts with locks of their own, relative to the root. */
  readonly scripts: readonly string[];
}

export interface MemberOutputs {
  readonly kind: Member['kind'];
  /** Relative to the root; `.` for the root itself. */
  readonly path: string;
  /** Packages or projects, sorted by name. */
  readonly packages: readonly PackageOutputs[];
}

export interface PackageOutputs {
  readonly name: string;
  readonly version: string;
  /** As they stand behind the colon of a target: `bin/rg`, `lib`. */
  readonly outputs: readonly string[];
  /** Extras of a Python project: each can be written behind its name. */
  readonly extras: readonly string[];
  /** Built when no target is named. */
  readonly isDefault: boolean;
}

export interface ListRequest {
  /** Absolute. */
  readonly directory: string;
  readonly store: Store;
  /** The user's environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the repository around a directory builds: its members' packages, by `cargo metadata` unless that is remembered. */
export async function listOutputs({ directory, store, environment }: ListRequest): Promise<Result<RepositoryOutputs>> {
  const repository = await discoverRepository({ directory, directories: readDirectories });
  if (!repository.ok) return repository;
  const diagnostics: Diagnostic[] = [];
  const projects = new PythonMembers(repository.value);
  const members: MemberOutputs[] = [];
  for (const member of repository.value.members) {
    const packages = await (member.kind === 'rust' ? packagesOf(member, { store, environment }) : projectsOf(member, projects));
    if (packages.ok) members.push({ kind: member.kind, path: member.path, packages: packages.value });
    else diagnostics.push(...packages.diagnostics);
  }
  return diagnostics.length === 0 ? ok({ root: repository.value.root, members, scripts: repository.value.scripts }) : fail(...diagnostics);
}

async function packagesOf(
  member: Member,
  { store, environment }: Omit<ListRequest, 'directory'>,
): Promise<Result<readonly PackageOutputs[]>> {
  const toolchain = await findToolchain({ directory: member.directory, environment, run: runProcess, store });
  if (!toolchain.ok) return toolchain;
  const indexed = await indexPackages({ workspaceRoot: member.directory, toolchain: toolchain.value, environment, store, run: runProcess });
  if (!indexed.ok) return indexed;
  return ok(indexed.value.map(packageOutputs).toSorted((left, right) => (left.name < right.name ? -1 : 1)));
}

async function projectsOf(member: Member, members: PythonMembers): Promise<Result<readonly PackageOutputs[]>> {
  const projects = await members.projectsOf(member);
  if (!projects.ok) return projects;
  return ok(projects.value.map(projectOutputs).toSorted((left, right) => (left.name < right.name ? -1 : 1)));
}

function projectOutputs({ kind, displayName, version, isPackage, groups, extras }: IndexedProject): PackageOutputs {
  const built = isPackage ? ['wheel', 'sdist'] : [];
  const outputs = [...built, 'env', ...groups.map((group) => `env/${group}`), 'editable'];
  return kind === 'workspace'
    ? { name: displayName, version: 'workspace', outputs, extras, isDefault: false }
    : { name: displayName, version: version ?? 'dynamic', outputs, extras, isDefault: true };
}

const LIBRARY_OUTPUTS: Readonly<Record<string, string>> = {
  lib: 'lib',
  rlib: 'lib',
  dylib: 'lib',
  'proc-macro': 'lib',
  cdylib: 'cdylib',
  staticlib: 'staticlib',
};

function packageOutputs({ name, version, targets, isDefault }: IndexedPackage): PackageOutputs {
  const outputs = targets.flatMap((target) =>
    target.kind.flatMap((kind) => (kind === 'bin' || kind === 'example' ? `${kind}/${target.name}` : (LIBRARY_OUTPUTS[kind] ?? []))),
  );
  return { name, version, outputs: [...new Set(outputs)].toSorted(), extras: [], isDefault };
}
