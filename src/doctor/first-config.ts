import { PythonMembers } from '../plan/python/members.ts';
import type { IndexedProject } from '../plan/python/request.ts';
import { bringing } from '../python/project/bringing.ts';
import { EMPTY_CONFIG } from '../repository/config.ts';
import type { Repository } from '../repository/repository.ts';
import { NOTHING_NEEDED } from '../rust/native/native-build-tools.ts';
import { NATIVE_LIBRARIES } from '../rust/native/native-libraries-table.ts';
import { examineBuildScripts } from './build-scripts.ts';
import { checkRepository, type CheckedRepository } from './checked-repository.ts';

/** Programs that a project may have among its dependencies, and how each is called to check it. */
const CHECKERS: readonly (readonly [program: string, command: readonly string[]])[] = [
  ['ruff', ['ruff', 'check', '.']],
  ['mypy', ['mypy', '.']],
  ['basedpyright', ['basedpyright']],
  ['pyright', ['pyright']],
  ['ty', ['ty', 'check']],
];

/** Crates of that kind of name that bind no library: they declare system calls, or what every machine of their platform has. */
const BINDING_NOTHING: ReadonlySet<string> = new Set([
  'dirs-sys',
  'dirs-sys-next',
  'inotify-sys',
  'io-kit-sys',
  'jni-sys',
  'js-sys',
  'linux-raw-sys',
  'ndk-sys',
  'security-framework-sys',
  'system-configuration-sys',
  'tikv-jemalloc-sys',
  'web-sys',
  'windows-sys',
]);

/**
 * A first `ferrule.toml` of a repository: what was found in it, and the settings that go with that, each commented out: a line that
 * begins with `#` and no blank is one to be taken in. Nothing is changed by the file until then.
 */
export async function firstConfig(repository: Repository): Promise<string> {
  const checked = checkRepository({ root: repository.root, config: EMPTY_CONFIG });
  const projects = await pythonProjects(repository);
  return [
    '# Settings of Ferrule for this repository. Without this file it builds just the same; what can stand here is in docs/overrides.md.',
    ...membersPart(repository),
    ...buildPart(),
    ...pythonPart(projects),
    ...overridesPart(checked),
    ...checksPart(projects),
    ...storePart(),
    '',
  ].join('\n');
}

interface FoundProject extends Pick<IndexedProject, 'displayName' | 'groups'> {
  readonly checkers: readonly { readonly command: readonly string[]; readonly groups: readonly string[] }[];
}

async function pythonProjects(repository: Repository): Promise<readonly FoundProject[]> {
  const members = new PythonMembers(repository);
  const found: FoundProject[] = [];
  for (const member of repository.members.filter(({ kind }) => kind === 'python')) {
    const projects = await members.projectsOf(member);
    for (const project of projects.ok ? projects.value : []) {
      const manifest = await members.projectOf(project);
      if (!manifest.ok || project.kind !== 'project') continue;
      const checkers = CHECKERS.flatMap(([program, command]) => {
        const brought = bringing(manifest.value, program);
        return brought === undefined ? [] : [{ command, groups: brought.groups }];
      });
      found.push({ displayName: project.displayName, groups: project.groups, checkers });
    }
  }
  return found;
}

function membersPart({ members }: Repository): readonly string[] {
  const width = Math.max(...members.map(({ path }) => path.length));
  return [
    '',
    `# ${members.length === 1 ? 'One member was' : `${members.length} members were`} found: a directory with a manifest and its lock is one.`,
    ...members.map(({ kind, path, lock }) => `#   ${path.padEnd(width)}  ${kind}, ${lock}`),
    '# To choose them yourself, or to leave some out:',
    `#members = ${list(members.map(({ path }) => path))}`,
    '#exclude = ["experiments/*"]',
  ];
}

function buildPart(): readonly string[] {
  return [
    '',
    '# Defaults for the options of `ferrule build`.',
    '#[build]',
    '#profile = "release"',
    '#features = []',
    '# Variables of yours that every unit may read; for one crate write an override instead.',
    '#pass-environment = ["GIT_SHA"]',
  ];
}

function pythonPart(projects: readonly FoundProject[]): readonly string[] {
  if (projects.length === 0) return [];
  const groups = [...new Set(projects.flatMap((project) => project.groups))].toSorted();
  const shared = [
    '',
    '# One environment out of several locks: `ferrule build all`. Where the locks disagree, `prefer` names the member that counts.',
    '#[environments.all]',
    `#projects = ${list(projects.map(({ displayName }) => displayName))}`,
    ...(groups.length === 0 ? [] : [`#groups = ${list(groups)}`]),
    '',
    '# `ferrule locks --check` fails for versions that do not fit (`conflict`), or for any that differ (`any`).',
    '#[policy]',
    '#skew = "conflict"',
  ];
  return [
    '',
    '# Which Python: before `.python-version` and `requires-python`.',
    '#[python]',
    '#interpreter = "3.12"',
    ...(projects.length > 1 ? shared : []),
  ];
}

function overridesPart(checked: CheckedRepository): readonly string[] {
  const known = new Set([...NATIVE_LIBRARIES.map(({ crate }) => crate), ...NOTHING_NEEDED]);
  const bindings = [...new Set(lockedCrates(checked).filter((crate) => crate.endsWith('-sys') && !BINDING_NOTHING.has(crate)))].toSorted();
  const covered = bindings.filter((crate) => known.has(crate));
  const unknown = bindings.filter((crate) => !known.has(crate));
  const scripts = examineBuildScripts(checked).flatMap(
    ({ message }) => /^the build script of `([^`]+)` starts `git`/.exec(message)?.[1] ?? [],
  );
  return [
    ...(covered.length === 0
      ? []
      : ['', '# Crates that bind native code, and whose needs Ferrule knows: nothing has to be said about', `# ${covered.join(', ')}.`]),
    ...unknown.flatMap((crate) => [
      '',
      `# \`${crate}\` may bind a library of the system. If its build says that it is missing:`,
      '#[[override]]',
      `#crate = ${quote(crate)}`,
      `#pkg-config = ${list([crate.replace(/-sys$/, '')])}`,
    ]),
    ...[...new Set(scripts)].flatMap((crate) => [
      '',
      `# The build script of \`${crate}\` starts git, which has nothing to say in a sandbox. If it takes a variable instead:`,
      '#[[override]]',
      `#crate = ${quote(crate)}`,
      '#pass-environment = ["GIT_SHA"]',
    ]),
  ];
}

function lockedCrates(checked: CheckedRepository): readonly string[] {
  return checked.files
    .filter((path) => path.endsWith('Cargo.lock'))
    .flatMap((path) => [...(checked.text(path) ?? '').matchAll(/^name = "([^"]+)"$/gm)].map(([, name = '']) => name));
}

function checksPart(projects: readonly FoundProject[]): readonly string[] {
  const tables = CHECKERS.flatMap(([program]) => {
    const having = projects.flatMap(({ displayName, checkers }) =>
      checkers.filter(({ command }) => command[0] === program).map((checker) => ({ displayName, ...checker })),
    );
    const [first] = having;
    if (first === undefined) return [];
    const groups = [...new Set(having.flatMap((checker) => checker.groups))].toSorted();
    return [
      '',
      `#[checks.${program}]`,
      `#command = ${list(first.command)}`,
      `#project = ${having.length === projects.length ? '"*"' : list(having.map(({ displayName }) => displayName))}`,
      ...(groups.length === 0 ? [] : [`#groups = ${list(groups)}`]),
    ];
  });
  return tables.length === 0
    ? []
    : ['', '# Further checks of `ferrule check`, with programs that are among the dependencies here.', ...tables.slice(1)];
}

function storePart(): readonly string[] {
  return ['', '# What `ferrule store gc` leaves.', '#[store]', '#max-size = "20GB"'];
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quote).join(', ')}]`;
}

/** A TOML basic string: JSON's escapes are all TOML's as well. */
function quote(text: string): string {
  return JSON.stringify(text);
}
