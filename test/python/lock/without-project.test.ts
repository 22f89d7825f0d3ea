import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import { checkFreshness } from '../../../src/python/lock/freshness.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';
import { resolveLock } from '../../../src/python/lock/resolve-lock.ts';
import { readProject } from '../../../src/python/project/read-project.ts';
import { readScript } from '../../../src/python/project/read-script.ts';
import type { Project } from '../../../src/python/project/project.ts';
import { supportedTags } from '../../../src/python/version/supported-tags.ts';
import { cpython, LINUX, MAC_ARM, type TargetPlatform } from './interpreters.ts';
import { oraclePython } from './oracle-python.ts';
import { openWorkshop, type Workshop } from './small-index.ts';

/** Locks that belong to no project: of a workspace whose root has no `[project]`, and of a script. */

const RELEASES = {
  'leaf 1.0': {},
  'leaf 2.0': {},
  'tool 1.0': { requires: ['fast ; extra == "speed"'], extras: ['speed'] },
  'fast 1.0': { requires: ['leaf'] },
  'linter 1.0': { requires: ['only-mac ; sys_platform == "darwin"'] },
  'only-mac 1.0': {},
  'docs 1.0': {},
} as const;

const ROOT = `[tool.uv.workspace]
members = ["packages/*"]

[dependency-groups]
dev = ["tool[speed]"]
lint = ["linter", { include-group = "forked" }]
forked = ["leaf<2 ; sys_platform == 'darwin'", "leaf>=2 ; sys_platform != 'darwin'"]
empty = []
`;

const WORKSPACE = {
  'root/pyproject.toml': ROOT,
  'root/packages/one/pyproject.toml': `[project]
name = "one"
version = "1"
requires-python = ">=3.10"
dependencies = ["tool"]
[project.optional-dependencies]
quick = ["tool[speed]"]
[dependency-groups]
dev = ["docs"]
own = ["linter"]
`,
  'root/packages/two/pyproject.toml': `[project]
name = "two"
version = "1"
requires-python = ">=3.11"
dependencies = ["one"]
[tool.uv.sources]
one = { workspace = true }
`,
};

const SCRIPT = `#!/usr/bin/env -S uv run --script
"""Words."""
# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "tool[speed]",
#   "leaf<2 ; sys_platform == 'darwin'",
#   "leaf ; sys_platform != 'darwin'",
# ]
#
# [tool.uv]
# constraint-dependencies = ["leaf<3"]
# ///
import tool
`;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop(RELEASES);
  workshop.write({ ...WORKSPACE, 'tools/words.py': SCRIPT });
  for (const [directory, ...words] of [['root', 'lock'] as const, ['tools', 'lock', '--script', 'words.py'] as const]) {
    const run = await workshop.uv(directory, ...words);
    if (!run.ok) throw new Error(run.stderr);
  }
});
afterAll(() => {
  workshop.close();
});

interface Question {
  readonly lock: 'root/uv.lock' | 'tools/words.py.lock';
  readonly groups?: readonly string[];
  readonly extras?: readonly string[];
  readonly withoutProject?: boolean;
  readonly target?: TargetPlatform;
}

async function ferrule({ lock: file, groups = [], extras = [], withoutProject, target = LINUX }: Question): Promise<readonly string[]> {
  const lock = await readLock({ path: join(workshop.directory, file), file });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  const interpreter = cpython(oraclePython(), target);
  const resolution = resolveLock({
    lock: lock.value,
    interpreter,
    tags: supportedTags(interpreter),
    choice: { noBinary: false, noBinaryPackages: new Set(), noBuild: false, noBuildPackages: new Set() },
    request: {
      root: undefined,
      groups: groups.map(normalizeName),
      extras: extras.map(normalizeName),
      withProject: withoutProject !== true,
    },
  });
  if (!resolution.ok) throw new Error(resolution.diagnostics[0]?.message);
  return resolution.value.distributions
    .filter(({ source }) => source.kind === 'wheel')
    .map(({ name, version }) => `${name}==${version}`)
    .toSorted();
}

async function uv({ lock, groups = [], extras = [], withoutProject, target = LINUX }: Question): Promise<readonly string[]> {
  const words =
    lock === 'root/uv.lock'
      ? [
          '--no-install-local',
          '--no-default-groups',
          ...extras.flatMap((extra) => ['--extra', extra]),
          ...groups.flatMap((group) => [withoutProject === true ? '--only-group' : '--group', group]),
        ]
      : ['--script', 'words.py'];
  const run = await workshop.uv(dirname(lock), 'sync', '--frozen', '--python-platform', target.uv, ...words);
  if (!run.ok) throw new Error(run.stderr);
  return [...run.stderr.matchAll(/^ \+ (\S+)/gm)].map(([, id = '']) => id).toSorted();
}

describe('what uv installs is what is resolved', { timeout: 60_000 }, () => {
  test.each<Question>([
    { lock: 'root/uv.lock' },
    { lock: 'root/uv.lock', groups: ['dev'] },
    { lock: 'root/uv.lock', groups: ['lint'] },
    { lock: 'root/uv.lock', groups: ['lint'], target: MAC_ARM },
    { lock: 'root/uv.lock', groups: ['own'] },
    { lock: 'root/uv.lock', groups: ['dev', 'lint', 'empty'] },
    { lock: 'root/uv.lock', groups: ['dev'], withoutProject: true },
    { lock: 'root/uv.lock', groups: ['forked'], withoutProject: true, target: MAC_ARM },
    { lock: 'root/uv.lock', extras: ['quick'] },
    { lock: 'tools/words.py.lock' },
    { lock: 'tools/words.py.lock', target: MAC_ARM },
  ])('%j', async (question) => {
    const mine = await ferrule(question);
    expect(mine).toEqual(await uv(question));
    expect(mine.length).toBeGreaterThan(0);
  });

  test('a group or an extra that no member has', async () => {
    await expect(ferrule({ lock: 'root/uv.lock', groups: ['none'] })).rejects.toThrow(
      'no project of `root/uv.lock` has the dependency group `none`',
    );
    await expect(ferrule({ lock: 'root/uv.lock', extras: ['none'] })).rejects.toThrow('no project of `root/uv.lock` has the extra `none`');
  });
});

async function problems(file: Question['lock']): Promise<string> {
  const lock = await readLock({ path: join(workshop.directory, file), file });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  let script: Project | undefined;
  if (file === 'tools/words.py.lock') {
    const read = await readScript({ path: join(workshop.directory, 'tools/words.py'), file: 'tools/words.py' });
    if (!read.ok) return printDiagnostics(read.diagnostics, { colour: false });
    script = read.value;
  }
  const found = await checkFreshness({
    lock: lock.value,
    script,
    projectAt: (directory) => readProject({ directory, file: join(relative(workshop.directory, directory), 'pyproject.toml') }),
  });
  return printDiagnostics(found.problems, { colour: false });
}

describe('a lock is outdated when `uv lock --check` says so', { timeout: 60_000 }, () => {
  test.each([
    ['nothing', '', ''],
    ['the order', '"linter", { include-group = "forked" }', '{ include-group = "forked" }, "linter"'],
    ['a specifier of a group', '"tool[speed]"', '"tool[speed]>=1"'],
    ['a marker of an included group', "leaf<2 ; sys_platform == 'darwin'", "leaf<2 ; sys_platform == 'win32'"],
    ['a group less', 'dev = ["tool[speed]"]\n', ''],
    ['one more group', 'empty = []', 'empty = []\nmore = ["docs"]'],
    ['one more empty group', 'empty = []', 'empty = []\nmore = []'],
    ['constraints', '[dependency-groups]', '[tool.uv]\nconstraint-dependencies = ["leaf<9"]\n[dependency-groups]'],
  ])('%s of a workspace without a project', async (_, from, to) => {
    workshop.write({ 'root/pyproject.toml': ROOT.replace(from, to) });
    const run = await workshop.uv('root', 'lock', '--check');
    expect({ outdated: (await problems('root/uv.lock')) !== '' }, run.stderr).toEqual({ outdated: !run.ok });
  });

  test.each([
    ['nothing', '', ''],
    ['the code', 'import tool', 'import fast'],
    ['a specifier', '"tool[speed]"', '"tool[speed]>=1"'],
    ['an extra less', '"tool[speed]"', '"tool"'],
    ['a requirement less', '#   "tool[speed]",\n', ''],
    ['the range of Pythons', '>=3.10', '>=3.11'],
    ['a constraint', 'leaf<3', 'leaf<4'],
    ['a marker written otherwise', "sys_platform != 'darwin'", "'darwin' != sys_platform"],
    [
      'a source',
      '# ///\nimport',
      '# [tool.uv.sources]\n# leaf = { url = "https://leaf.invalid/leaf-1.0-py3-none-any.whl" }\n# ///\nimport',
    ],
  ])('%s of a script', async (_, from, to) => {
    workshop.write({ 'tools/words.py': SCRIPT.replace(from, to) });
    const run = await workshop.uv('tools', 'lock', '--script', 'words.py', '--check', '--offline');
    expect({ outdated: (await problems('tools/words.py.lock')) !== '' }, run.stderr).toEqual({ outdated: !run.ok });
  });
});

test('the message shows the line of the script and the command', async () => {
  workshop.write({ 'tools/words.py': SCRIPT.replace('"tool[speed]",', '"tool[speed]", "docs",') });
  expect(await problems('tools/words.py.lock')).toMatchInlineSnapshot(`
    "error[F0927]: \`tools/words.py.lock\` does not match \`tools/words.py\`: \`docs\` is not in the lock like this
      --> tools/words.py:6:20
       6 | #   "tool[speed]", "docs",
         |                    ^^^^^^
    hint: run \`uv lock --script tools/words.py\`
    "
  `);
});

test('a group of a workspace that changed is shown where it stands', async () => {
  workshop.write({ 'root/pyproject.toml': ROOT.replace('"linter", ', '"linter>=1", ') });
  expect(await problems('root/uv.lock')).toMatchInlineSnapshot(`
    "error[F0927]: \`root/uv.lock\` does not match \`root/pyproject.toml\`: \`linter>=1\` of group \`lint\` is not in the lock like this
      --> root/pyproject.toml:6:9
       6 | lint = ["linter>=1", { include-group = "forked" }]
         |         ^^^^^^^^^^^
    hint: run \`uv lock --directory root\`
    "
  `);
});
