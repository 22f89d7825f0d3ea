import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type IndexedPackage, indexPackages } from '../plan/package-index.ts';
import { PythonMembers } from '../plan/python/members.ts';
import type { IndexedProject } from '../plan/python/request.ts';
import { bringing } from '../python/project/bringing.ts';
import { OWN_CHECKS, type OwnCheck } from '../repository/check-names.ts';
import type { FerruleConfig } from '../repository/config.ts';
import { readDirectories } from '../repository/directory-listings.ts';
import { discoverRepository } from '../repository/discover.ts';
import type { Member } from '../repository/repository.ts';
import { findToolchain } from '../rust/cargo/find-toolchain.ts';
import { runProcess } from '../rust/cargo/node-process.ts';
import type { Toolchain } from '../rust/toolchain.ts';
import type { Store } from '../store/store.ts';

/** Everything a repository can build, as a user names it. */
export interface RepositoryOutputs {
  /** Absolute. */
  readonly root: string;
  /** Those that can be read. */
  readonly members: readonly MemberOutputs[];
  /** Scripts with locks of their own, relative to the root. */
  readonly scripts: readonly string[];
  /** What `[environments]` of `ferrule.toml` names. */
  readonly environments: readonly { readonly name: string; readonly projects: readonly string[] }[];
  /** What `[checks]` of `ferrule.toml` names. */
  readonly checks: readonly DeclaredCheck[];
  /** Why members are missing. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface DeclaredCheck {
  readonly name: string;
  /** Empty for a check of Ferrule's own, which the table only changes. */
  readonly command: readonly string[];
}

export interface MemberOutputs {
  readonly kind: Member['kind'];
  /** Relative to the root; `.` for the root itself. */
  readonly path: string;
  /** Of a Rust member: triples it can be built for with the toolchain as it is installed, this machine's first. Of a Python one empty. */
  readonly systems: readonly string[];
  /** Packages or projects, sorted by name. */
  readonly packages: readonly PackageOutputs[];
}

export interface PackageOutputs {
  readonly name: string;
  readonly version: string;
  /** What the manifest says it is; `undefined`: nothing. */
  readonly description: string | undefined;
  /** Of a Python project: `requires-python`. */
  readonly requiresPython: string | undefined;
  readonly outputs: readonly Output[];
  /** What `ferrule check` does with it unless told otherwise. */
  readonly checks: readonly OwnCheck[];
  /** What `ferrule run` can start, by name. */
  readonly programs: readonly string[];
  /** Extras of a Python project: each can be written behind its name. */
  readonly extras: readonly string[];
  /** Built when no target is named. */
  readonly isDefault: boolean;
}

export interface Output {
  /** As it stands behind the colon of a target: `bin/rg`, `lib`. */
  readonly name: string;
  /** For people: `program`. */
  readonly what: string;
  /** It is what the package's name alone stands for. */
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
  const { root, config, members, scripts } = repository.value;
  const projects = new PythonMembers(repository.value);
  const isEnabled = (check: OwnCheck): boolean => config.checks[check]?.enabled !== false;
  const listed = await Promise.all(
    members.map(
      async (member) =>
        await (member.kind === 'rust'
          ? rustMember(member, { store, environment, isEnabled })
          : pythonMember(member, { projects, isEnabled })),
    ),
  );
  return ok({
    root,
    members: listed.flatMap((member) => (member.ok ? [member.value] : [])),
    scripts,
    environments: Object.entries(config.environments).map(([name, { projects: names }]) => ({ name, projects: names })),
    checks: declaredChecks(config),
    diagnostics: listed.flatMap((member) => (member.ok ? [] : member.diagnostics)),
  });
}

type IsEnabled = (check: OwnCheck) => boolean;

async function rustMember(
  member: Member,
  { store, environment, isEnabled }: Omit<ListRequest, 'directory'> & { readonly isEnabled: IsEnabled },
): Promise<Result<MemberOutputs>> {
  const toolchain = await findToolchain({ directory: member.directory, environment, run: runProcess, store });
  if (!toolchain.ok) return toolchain;
  const indexed = await indexPackages({ workspaceRoot: member.directory, toolchain: toolchain.value, environment, store, run: runProcess });
  if (!indexed.ok) return indexed;
  const packages = indexed.value
    .map((each) => packageOutputs(each, isEnabled))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return ok({ kind: member.kind, path: member.path, systems: systemsOf(toolchain.value), packages });
}

/** Targets whose standard library is installed. */
function systemsOf({ sysroot, host }: Toolchain): readonly string[] {
  const directory = join(sysroot, 'lib/rustlib');
  const names = existsSync(directory) ? readdirSync(directory).toSorted() : [];
  return [host, ...names.filter((name) => name !== host && existsSync(join(directory, name, 'lib')))];
}

async function pythonMember(
  member: Member,
  { projects, isEnabled }: { readonly projects: PythonMembers; readonly isEnabled: IsEnabled },
): Promise<Result<MemberOutputs>> {
  const found = await projects.projectsOf(member);
  if (!found.ok) return found;
  const packages: PackageOutputs[] = [];
  for (const project of found.value) {
    const manifest = await projects.projectOf(project);
    const hasPytest = isEnabled('pytest') && manifest.ok && bringing(manifest.value, 'pytest') !== undefined;
    packages.push(projectOutputs(project, hasPytest ? ['pytest'] : []));
  }
  return ok({
    kind: member.kind,
    path: member.path,
    systems: [],
    packages: packages.toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  });
}

function projectOutputs(project: IndexedProject, checks: readonly OwnCheck[]): PackageOutputs {
  const { kind, displayName: name, version = 'dynamic', description, requiresPython, scripts, isPackage, groups, extras } = project;
  const runs = scripts.length === 0 || !isPackage ? '' : ` with ${scripts.join(', ')}`;
  const built: readonly Output[] = [
    { name: 'wheel', what: project.isExtension ? 'wheel with a Rust module' : 'wheel', isDefault: true },
    { name: 'sdist', what: 'source distribution', isDefault: false },
  ];
  const outputs: readonly Output[] = [
    ...(isPackage ? built : []),
    { name: 'env', what: `environment${runs}`, isDefault: !isPackage },
    ...groups.map((group) => ({ name: `env/${group}`, what: `environment with the group ${group}`, isDefault: false })),
    { name: 'editable', what: 'development environment', isDefault: false },
  ];
  const about = { name, description, requiresPython, outputs, checks, programs: isPackage ? scripts : [], extras };
  return kind === 'workspace' ? { ...about, version: 'workspace', isDefault: false } : { ...about, version, isDefault: true };
}

interface RustForm {
  readonly output: string;
  readonly what: string;
}

const LIBRARY: RustForm = { output: 'lib', what: 'library' };

const LIBRARY_FORMS: Readonly<Record<string, RustForm>> = {
  lib: LIBRARY,
  rlib: LIBRARY,
  dylib: LIBRARY,
  'proc-macro': { output: 'lib', what: 'procedural macros' },
  cdylib: { output: 'cdylib', what: 'C library, shared' },
  staticlib: { output: 'staticlib', what: 'C library, static' },
};

function packageOutputs({ name, version, description, targets, isDefault }: IndexedPackage, isEnabled: IsEnabled): PackageOutputs {
  const named = (kind: string): readonly string[] => targets.filter((target) => target.kind.includes(kind)).map((target) => target.name);
  const programs = named('bin').map((program) => ({ name: `bin/${program}`, what: 'program', isDefault: true }));
  const forms = new Map(
    targets.flatMap(({ kind }) => kind.flatMap((each) => LIBRARY_FORMS[each] ?? [])).map((form) => [form.output, form]),
  );
  const libraries = [...forms.values()].map((form) => ({ name: form.output, what: form.what, isDefault: programs.length === 0 }));
  const examples = named('example').map((example) => ({ name: `example/${example}`, what: 'example', isDefault: false }));
  const tested = targets.filter((target) => target.isTested).map((target) => (isLibrary(target) ? 'library' : target.name));
  const measured = named('bench');
  const outputs: readonly Output[] = [
    ...programs,
    ...libraries.toSorted((left, right) => (left.name < right.name ? -1 : 1)),
    ...examples,
    ...(tested.length === 0 ? [] : [{ name: 'test', what: `tests of ${tested.join(', ')}`, isDefault: false }]),
    ...(measured.length === 0 ? [] : [{ name: 'bench', what: `benchmarks ${measured.join(', ')}`, isDefault: false }]),
  ];
  const applies: Readonly<Record<OwnCheck, boolean>> = {
    fmt: true,
    clippy: true,
    tests: tested.length > 0,
    doctests: targets.some(({ isDocTested }) => isDocTested),
    examples: examples.length > 0,
    pytest: false,
    // Of a whole workspace.
    advisories: false,
  };
  const checks = OWN_CHECKS.filter((check) => applies[check] && isEnabled(check));
  return { name, version, description, requiresPython: undefined, checks, outputs, programs: named('bin'), extras: [], isDefault };
}

function isLibrary({ kind }: IndexedPackage['targets'][number]): boolean {
  return kind.some((each) => each in LIBRARY_FORMS);
}

function declaredChecks({ checks }: FerruleConfig): readonly DeclaredCheck[] {
  return Object.entries(checks).map(([name, { command = [] }]) => ({ name, command }));
}
