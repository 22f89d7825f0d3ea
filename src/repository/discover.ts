import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { type FerruleConfig, readConfig } from './config.ts';
import type { DirectoryEntry, DirectoryReader } from './directory-listings.ts';
import { type IgnoreScope, isIgnored, parseIgnoreRules, withIgnoreFile } from './git-ignore.ts';
import { expandMemberPattern } from './member-pattern.ts';
import { missingLock, noLockBeside } from './missing-lock.ts';
import type { Member, Repository } from './repository.ts';

/** Directories whose projects are material of others: test data, examples, and what tools put there. */
const FIXTURE_DIRECTORIES: ReadonlySet<string> = new Set([
  'tests',
  'test',
  'examples',
  'benches',
  'fixtures',
  'testdata',
  'target',
  'node_modules',
]);

/** `cargo vendor` leaves it in every crate, beside the lock that the crate was published with. */
const VENDOR_MARK = '.cargo-checksum.json';

const LOCKS: readonly { readonly kind: Member['kind']; readonly manifest: string; readonly lock: string }[] = [
  { kind: 'rust', manifest: 'Cargo.toml', lock: 'Cargo.lock' },
  { kind: 'python', manifest: 'pyproject.toml', lock: 'uv.lock' },
  { kind: 'python', manifest: 'pyproject.toml', lock: 'pylock.toml' },
];

export interface DiscoverOptions {
  /** Absolute: where the user is. */
  readonly directory: string;
  readonly directories: DirectoryReader;
  /** Nothing but scripts was asked for: there need be nothing else. */
  readonly onlyScripts?: boolean;
}

/**
 * Finds the repository around a directory and the members in it: those that `ferrule.toml` names, else every directory with a
 * manifest and its lock, but not below {@link FIXTURE_DIRECTORIES}, hidden directories, vendored crates and what git ignores. A start inside such
 * a place makes that place the repository.
 *
 * F0107: there is nothing to build. F0108: a manifest without its lock, where the user is or in `members`. And those of `readConfig`.
 */
export async function discoverRepository(options: DiscoverOptions): Promise<Result<Repository>> {
  const outerRoot = repositoryRoot(options.directory);
  const root = rootOfInterest(outerRoot, options);
  const config = await readConfig({ path: join(root, 'ferrule.toml'), file: 'ferrule.toml' });
  if (!config.ok) return config;
  const place = { root, config: config.value, directories: options.directories };
  const found = config.value.members === undefined ? ok(walk(place)) : await declared(place);
  if (!found.ok) return found;
  const { members, scripts } = found.value;
  if (options.onlyScripts !== true) {
    const here = missingLock({ root, directory: options.directory, members });
    if (here !== undefined) return fail(here);
    if (members.length + scripts.length === 0) return fail(nothingToBuild(root, options.directory));
  }
  return ok({ root, config: config.value, members, selected: select(members, options.directory), scripts });
}

/** The nearest directory upwards with `ferrule.toml` or `.git`; the start itself when there is none. */
export function repositoryRoot(start: string): string {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'ferrule.toml')) || existsSync(join(directory, '.git'))) return directory;
    if (dirname(directory) === directory) return outermostLock(start) ?? start;
  }
}

/** Outside any repository a user in `crates/core` of a workspace still means the workspace. */
function outermostLock(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (locksIn(directory).length > 0) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}

/** `outerRoot`, or the project that the start lies in when the walk from `outerRoot` would not come there. */
function rootOfInterest(outerRoot: string, { directory: start, directories }: DiscoverOptions): string {
  const parts = slashed(relative(outerRoot, start))
    .split('/')
    .filter((part) => part !== '');
  let scope = outermostScope(outerRoot, directories);
  let path = '';
  for (const [depth, name] of parts.entries()) {
    scope = withIgnoreFile(scope, { file: join(outerRoot, path, '.gitignore'), directory: path, reader: directories });
    path = path === '' ? name : `${path}/${name}`;
    if (isSkipped(name) || isIgnored(scope, { path, name, isDirectory: true })) return innermostProject(outerRoot, parts, depth);
  }
  return outerRoot;
}

function innermostProject(outerRoot: string, parts: readonly string[], skippedAt: number): string {
  for (let depth = parts.length; depth > skippedAt; depth -= 1) {
    const directory = join(outerRoot, ...parts.slice(0, depth));
    if (locksIn(directory).length > 0) return directory;
  }
  return join(outerRoot, ...parts);
}

function isSkipped(name: string): boolean {
  return name.startsWith('.') || FIXTURE_DIRECTORIES.has(name);
}

function outermostScope(root: string, reader: DirectoryReader): IgnoreScope | undefined {
  return withIgnoreFile(undefined, { file: join(root, '.git', 'info', 'exclude'), directory: '', reader });
}

interface Walk {
  readonly root: string;
  readonly config: FerruleConfig;
  readonly directories: DirectoryReader;
}

type Found = Pick<Repository, 'members' | 'scripts'>;

function walk({ root, config, directories }: Walk): Found {
  const excluded: IgnoreScope = { rules: parseIgnoreRules(config.exclude.join('\n')), prefixLength: 0, outer: undefined };
  const members: Member[] = [];
  const scripts: string[] = [];
  const visit = (path: string, outer: IgnoreScope | undefined): void => {
    const directory = path === '' ? root : `${root}/${path}`;
    const entries = directories.list(directory) ?? [];
    if (isFileAmong(entries, VENDOR_MARK)) return;
    members.push(...membersAmong(entries, { path, directory }));
    scripts.push(...scriptsAmong(entries).map((name) => (path === '' ? name : `${path}/${name}`)));
    const hasIgnoreFile = entries.some((entry) => entry.name === '.gitignore' && entry.kind !== 'directory');
    const scope = hasIgnoreFile ? withIgnoreFile(outer, { file: `${directory}/.gitignore`, directory: path, reader: directories }) : outer;
    for (const { name, kind } of entries) {
      if (kind !== 'directory' || isSkipped(name)) continue;
      const child = { path: path === '' ? name : `${path}/${name}`, name, isDirectory: true };
      if (!isIgnored(scope, child) && !isIgnored(excluded, child)) visit(child.path, scope);
    }
  };
  visit('', outermostScope(root, directories));
  return { members: members.toSorted(byPath), scripts: scripts.toSorted() };
}

function scriptsAmong(entries: readonly DirectoryEntry[]): readonly string[] {
  return entries.flatMap(({ name }) => {
    const script = name.endsWith('.py.lock') ? name.slice(0, -'.lock'.length) : '';
    return script !== '' && isFileAmong(entries, script) ? [script] : [];
  });
}

function membersAmong(entries: readonly DirectoryEntry[], place: { readonly path: string; readonly directory: string }): readonly Member[] {
  const members: Member[] = [];
  for (const { kind, manifest, lock } of LOCKS) {
    if (members.some((member) => member.kind === kind)) continue;
    if (!isFileAmong(entries, lock) || !isFileAmong(entries, manifest)) continue;
    members.push({ kind, path: place.path === '' ? '.' : place.path, directory: place.directory, lock });
  }
  return members;
}

function isFileAmong(entries: readonly DirectoryEntry[], name: string): boolean {
  return entries.some((entry) => entry.name === name && entry.kind !== 'directory');
}

function locksIn(directory: string): readonly string[] {
  return LOCKS.filter(({ manifest, lock }) => existsSync(join(directory, lock)) && existsSync(join(directory, manifest))).map(
    ({ lock }) => lock,
  );
}

/** Whoever names members has the rest of the tree left alone: scripts are not looked for. */
async function declared({ root, config, directories }: Walk): Promise<Result<Found>> {
  const excluded: IgnoreScope = { rules: parseIgnoreRules(config.exclude.join('\n')), prefixLength: 0, outer: undefined };
  const members = new Map<string, readonly Member[]>();
  const problems: Diagnostic[] = [];
  for (const [index, pattern] of (config.members ?? []).entries()) {
    for (const path of expandMemberPattern({ root, pattern, directories })) {
      const directory = path === '' ? root : join(root, path);
      if (isIgnored(excluded, { path, name: path.slice(path.lastIndexOf('/') + 1), isDirectory: true })) continue;
      const found = membersAmong(directories.list(directory) ?? [], { path, directory });
      if (found.length > 0) members.set(path, found);
      else if (!pattern.includes('*')) problems.push(await noLockBeside({ directory, path: pattern, config: configText(root), index }));
    }
  }
  return problems.length > 0 ? fail(...problems) : ok({ members: [...members.values()].flat().toSorted(byPath), scripts: [] });
}

function configText(root: string): { readonly file: string; readonly text: string } {
  return { file: 'ferrule.toml', text: readFileSync(join(root, 'ferrule.toml'), 'utf8') };
}

/** The innermost members around a directory; every member when the directory is in none. */
function select(members: readonly Member[], directory: string): readonly Member[] {
  const around = members.filter((member) => directory === member.directory || directory.startsWith(member.directory + sep));
  const innermost = Math.max(0, ...around.map((member) => member.directory.length));
  // In the root itself everything is meant, even if the root is a member too.
  if (around.every((member) => member.path === '.')) return members;
  return around.filter((member) => member.directory.length === innermost);
}

function byPath(left: Member, right: Member): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : left.kind < right.kind ? -1 : 1;
}

function slashed(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}

function nothingToBuild(root: string, directory: string): Diagnostic {
  if (!existsSync(directory)) {
    return { code: 'F0107', severity: 'error', blame: 'input', message: `there is no directory \`${directory}\`` };
  }
  const isProject = existsSync(join(directory, 'pyproject.toml'));
  return {
    code: 'F0107',
    severity: 'error',
    blame: 'input',
    message: 'there is nothing to build here',
    facts: [
      ['looked below', root],
      ['looked for', '`Cargo.toml` with `Cargo.lock`, `pyproject.toml` with `uv.lock` or `pylock.toml`'],
    ],
    hints: isProject
      ? ['this Python project has no lock: run `uv lock`']
      : ['run Ferrule in a directory of the repository, or name it with `-C`'],
  };
}
