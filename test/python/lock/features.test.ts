import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { readProject } from '../../../src/python/project/read-project.ts';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import type { Resolution } from '../../../src/python/resolution.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { ALPINE, cpython, LINUX, LINUX_ARM, MAC_ARM, MAC_INTEL, type TargetPlatform } from './interpreters.ts';
import { oraclePython } from './oracle-python.ts';
import { openWorkshop, type Workshop } from './small-index.ts';

/** A little world of distributions in which everything occurs that a lock can say. */
const RELEASES = {
  'app-core 1.0': { requires: ['leaf', 'only-linux ; sys_platform == "linux"', 'only-mac ; sys_platform == "darwin"'] },
  'leaf 1.0': {},
  'leaf 2.0': { requires: ['new-python ; python_version >= "3.11"', 'old-python ; python_version < "3.11"'] },
  'new-python 1.0': {},
  'old-python 1.0': {},
  'only-linux 1.0': {},
  'only-mac 1.0': {},
  'tool 1.0': { requires: ['fast ; extra == "speed"', 'tool[speed] ; extra == "all"', 'deep ; extra == "all"'], extras: ['speed', 'all'] },
  'fast 1.0': { requires: ['leaf'] },
  'deep 1.0': {},
  'round-a 1.0': { requires: ['round-b'] },
  'round-b 1.0': { requires: ['round-a'] },
  'engine 1.0': { requires: ['engine-cpu-part'] },
  'engine 2.0': { requires: ['engine-gpu-part', 'leaf<2'] },
  'engine-cpu-part 1.0': {},
  'engine-gpu-part 1.0': {},
  'native 1.0': {
    files: [
      'native-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      'native-1.0-cp39-abi3-manylinux_2_34_x86_64.whl',
      'native-1.0-1-cp39-abi3-manylinux_2_34_x86_64.whl',
      'native-1.0-2-cp39-abi3-manylinux_2_34_x86_64.whl',
      'native-1.0-cp39-abi3-musllinux_1_1_x86_64.whl',
      'native-1.0-cp39-abi3-macosx_10_12_universal2.whl',
      'native-1.0-cp39-abi3-macosx_13_0_x86_64.whl',
      'native-1.0.tar.gz',
    ],
  },
  'source-only 1.0': { files: ['source-only-1.0.tar.gz'], requires: ['leaf'] },
  'both 1.0': { files: ['both-1.0-py3-none-any.whl', 'both-1.0.tar.gz'] },
  'odd-name 1.0': { files: ['Odd.Name-1.0.tar.gz', 'odd_name-1.0-py2.py3-none-any.whl'] },
} as const;

const HEAD = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10"\n';

const PLATFORMS = { LINUX, LINUX_ARM, ALPINE, MAC_ARM, MAC_INTEL };

function member(name: string, rest: string): string {
  return `[project]\nname = "${name}"\nversion = "1"\nrequires-python = ">=3.10"\n${rest}`;
}

interface Question {
  readonly extras?: readonly string[];
  readonly groups?: readonly string[];
  /** Groups alone. */
  readonly withoutProject?: boolean;
  readonly root?: string;
  readonly target?: TargetPlatform;
}

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop(RELEASES);
});
afterAll(() => {
  workshop.close();
});

let projects = 0;

/** Writes projects below a directory of their own and locks the one in `app`. */
async function locked(files: Readonly<Record<string, string>>): Promise<string> {
  projects += 1;
  const base = `case-${projects}`;
  workshop.write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`${base}/${path}`, text])));
  const run = await workshop.uv(`${base}/app`, 'lock');
  if (!run.ok) throw new Error(run.stderr);
  return `${base}/app`;
}

async function resolved(project: string, question: Question): Promise<Result<Resolution>> {
  const directory = join(workshop.directory, project);
  const lock = await readLock({ path: join(directory, 'uv.lock'), file: 'uv.lock' });
  const manifest = await readProject({ directory, file: 'pyproject.toml' });
  if (!lock.ok) return lock;
  if (!manifest.ok) return manifest;
  const interpreter = cpython(oraclePython(), question.target ?? LINUX);
  return resolveLock({
    lock: lock.value,
    interpreter,
    tags: supportedTags(interpreter),
    choice: manifest.value.uv.choice,
    request: {
      root: normalizeName(question.root ?? 'app'),
      extras: (question.extras ?? []).map(normalizeName),
      groups: (question.groups ?? []).map(normalizeName),
      withProject: question.withoutProject !== true,
    },
  });
}

interface Outcome {
  readonly files: readonly string[];
  readonly installed: readonly string[];
}

async function ferrule(project: string, question: Question): Promise<Outcome> {
  const resolution = await resolved(project, question);
  if (!resolution.ok) throw new Error(resolution.diagnostics[0]?.message);
  const fetched = resolution.value.distributions.flatMap(({ name, version, source }) =>
    source.kind === 'wheel' || source.kind === 'sdist' ? [{ id: `${name}==${version}`, file: source.artifact.filename }] : [],
  );
  return { files: fetched.map(({ file }) => file).toSorted(), installed: fetched.map(({ id }) => id).toSorted() };
}

async function uv(project: string, { extras = [], groups = [], withoutProject, root, target = LINUX }: Question): Promise<Outcome> {
  workshop.fetched();
  const run = await workshop.uv(
    project,
    'sync',
    '--frozen',
    '--no-install-local',
    '--no-default-groups',
    '--python-platform',
    target.uv,
    ...extras.flatMap((extra) => ['--extra', extra]),
    ...groups.flatMap((group) => [withoutProject === true ? '--only-group' : '--group', group]),
    ...(root === undefined ? [] : ['--package', root]),
  );
  if (!run.ok) throw new Error(run.stderr);
  const installed = [...run.stderr.matchAll(/^ \+ (\S+)/gm)].map(([, id = '']) => id).toSorted();
  return { files: workshop.fetched(), installed };
}

async function expectAlike(project: string, question: Question): Promise<Outcome> {
  const outcome = await ferrule(project, question);
  expect(outcome).toEqual(await uv(project, question));
  return outcome;
}

describe('what uv installs is what is resolved', { timeout: 60_000 }, () => {
  test.each(Object.entries(PLATFORMS))('markers, on %s', async (_, target) => {
    const project = await locked({ 'app/pyproject.toml': `${HEAD}dependencies = ["app-core", "round-a"]\n` });
    await expectAlike(project, { target });
  });

  test.each(Object.entries(PLATFORMS))('wheels by platform and build tag, on %s', async (_, target) => {
    const project = await locked({ 'app/pyproject.toml': `${HEAD}dependencies = ["native", "source-only", "both", "Odd_name"]\n` });
    await expectAlike(project, { target });
  });

  test('extras of the project, of a dependency, and of themselves', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["tool"]\n[project.optional-dependencies]\nquick = ["tool[speed]"]\nFull_set = ["app[quick]", "deep"]\nall = ["tool[all]"]\nempty = []\n`,
    });
    const none = await expectAlike(project, {});
    const quick = await expectAlike(project, { extras: ['quick'] });
    await expectAlike(project, { extras: ['full-set'] });
    await expectAlike(project, { extras: ['all', 'empty'] });
    expect(quick.installed).not.toEqual(none.installed);
  });

  test('groups that include groups, with and without the project', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["deep"]\n[project.optional-dependencies]\nx = ["fast"]\n[dependency-groups]\nTest_it = ["tool[speed]", { include-group = "lint" }]\nlint = ["both"]\nself = ["app[x]"]\nempty = []\n`,
    });
    await expectAlike(project, { groups: ['test-it'] });
    await expectAlike(project, { groups: ['lint', 'empty'] });
    await expectAlike(project, { groups: ['lint'], withoutProject: true });
    await expectAlike(project, { groups: ['self'] });
    await expectAlike(project, { groups: ['self'], withoutProject: true });
  });

  test('extras that conflict, each with its own version', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["leaf"]\n[project.optional-dependencies]\ncpu = ["engine==1.0", "leaf>=2"]\ngpu = ["engine==2.0"]\n[tool.uv]\nconflicts = [[{ extra = "cpu" }, { extra = "gpu" }]]\n`,
    });
    const none = await expectAlike(project, {});
    const cpu = await expectAlike(project, { extras: ['cpu'] });
    const gpu = await expectAlike(project, { extras: ['gpu'] });
    expect(none.installed).not.toContain('engine==1.0');
    expect(cpu.installed).toContain('engine==1.0');
    expect(gpu.installed).toContain('leaf==1.0');
  });

  test('groups that conflict with an extra', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = []\n[project.optional-dependencies]\nold = ["leaf<2"]\n[dependency-groups]\nnew = ["leaf>=2", "fast"]\n[tool.uv]\nconflicts = [[{ extra = "old" }, { group = "new" }]]\n`,
    });
    await expectAlike(project, {});
    await expectAlike(project, { extras: ['old'] });
    await expectAlike(project, { groups: ['new'] });
    const both = await resolved(project, { extras: ['old'], groups: ['new'] });
    expect(both.ok).toBe(false);
    expect((await workshop.uv(project, 'sync', '--frozen', '--extra', 'old', '--group', 'new')).ok).toBe(false);
    if (!both.ok)
      expect(both.diagnostics.map(({ code, message }) => `${code} ${message}`)).toMatchInlineSnapshot(`
        [
          "F0923 extra \`old\` of \`app\` and group \`new\` of \`app\` are declared to conflict",
        ]
      `);
  });

  test('members whose extras conflict, reached through one another', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = []\n[project.optional-dependencies]\ncpu = ["motor[cpu]"]\ngpu = ["motor[gpu]"]\n[tool.uv.workspace]\nmembers = ["motor"]\n[tool.uv.sources]\nmotor = { workspace = true }\n[tool.uv]\nconflicts = [[{ extra = "cpu" }, { extra = "gpu" }], [{ package = "motor", extra = "cpu" }, { package = "motor", extra = "gpu" }]]\n`,
      'app/motor/pyproject.toml': member(
        'motor',
        'dependencies = ["leaf"]\n[project.optional-dependencies]\ncpu = ["engine==1.0"]\ngpu = ["engine==2.0"]\n',
      ),
    });
    await expectAlike(project, {});
    await expectAlike(project, { extras: ['cpu'] });
    await expectAlike(project, { extras: ['gpu'] });
    await expectAlike(project, { root: 'motor', extras: ['gpu'] });
  });

  test('versions that fork by platform and by Python', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["leaf<2 ; sys_platform == 'darwin'", "leaf>=2 ; sys_platform != 'darwin'", "fast"]\n`,
    });
    await expectAlike(project, { target: LINUX });
    const mac = await expectAlike(project, { target: MAC_ARM });
    expect(mac.installed).toContain('leaf==1.0');
  });

  test('no-binary and no-build', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["both", "native"]\n[tool.uv]\nno-binary-package = ["both"]\nno-build-package = ["native"]\n`,
    });
    const outcome = await expectAlike(project, {});
    expect(outcome.files).toContain('both-1.0.tar.gz');
    const refused = await resolved(project, { target: LINUX_ARM });
    expect(refused.ok).toBe(false);
    expect((await workshop.uv(project, 'sync', '--frozen', '--python-platform', LINUX_ARM.uv)).ok).toBe(false);
  });

  test('a `uv.toml` takes the place of settings, and not of what belongs to the project', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["both", "leaf"]\n[tool.uv]\nno-binary = true\nconstraint-dependencies = ["leaf<2"]\n`,
      'app/uv.toml': 'no-build-package = ["both"]\n',
    });
    const outcome = await expectAlike(project, {});
    expect(outcome).toEqual({ files: ['both-1.0-py3-none-any.whl', 'leaf-1.0-py3-none-any.whl'], installed: ['both==1.0', 'leaf==1.0'] });
    workshop.write({ [`${project}/uv.toml`]: 'no-binary-package = ["both"]\n' });
    expect((await expectAlike(project, {})).files).toContain('both-1.0.tar.gz');
    workshop.write({ [`${project}/uv.toml`]: 'no-binary = "yes"\n' });
    const read = await readProject({ directory: join(workshop.directory, project), file: 'app/pyproject.toml' });
    expect(read.ok ? [] : read.diagnostics).toMatchObject([{ code: 'F0916', span: { file: 'app/uv.toml' } }]);
  });

  test('an index that only one distribution may use', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["leaf", "deep"]\n[[tool.uv.index]]\nname = "special"\nurl = "@INDEX@/"\nexplicit = true\n[tool.uv.sources]\nleaf = [{ index = "special", marker = "sys_platform == 'linux'" }]\n`,
    });
    await expectAlike(project, { target: LINUX });
    await expectAlike(project, { target: MAC_ARM });
  });

  test('projects beside the lock and above it', async () => {
    const project = await locked({
      'app/pyproject.toml': `${HEAD}dependencies = ["lib", "plain"]\n[tool.uv.sources]\nlib = { path = "../lib", editable = true }\nplain = { path = "../far/plain" }\n`,
      'lib/pyproject.toml': '[project]\nname = "lib"\nversion = "1"\ndependencies = ["tool[all]"]\n',
      'far/plain/pyproject.toml': '[project]\nname = "plain"\nversion = "1"\ndependencies = ["fast"]\n',
    });
    await expectAlike(project, {});
    const resolution = await resolved(project, {});
    if (!resolution.ok) throw new Error('no resolution');
    const base = join(workshop.directory, project, '..');
    const places = resolution.value.distributions.flatMap(({ name, source }) =>
      'directory' in source ? [[name, source.kind, source.directory]] : [],
    );
    expect(places).toEqual([
      ['app', 'virtual', join(base, 'app')],
      ['lib', 'directory', join(base, 'lib')],
      ['plain', 'directory', join(base, 'far/plain')],
    ]);
  });
});
