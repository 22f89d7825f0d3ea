import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { checkFreshness, type Freshness } from '../../../src/python/lock/freshness.ts';
import { readLock } from '../../../src/python/lock/read-lock.ts';
import { readProject } from '../../../src/python/project/read-project.ts';
import { openWorkshop, type Workshop } from './small-index.ts';

const RELEASES = {
  'leaf 1.0': {},
  'leaf 2.0': {},
  'other 1.0': { extras: ['x'], requires: ['leaf ; extra == "x"'] },
  'third 1.0': {},
  'direct 1.0': {},
};

const BACKEND = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';

const START = {
  'app/pyproject.toml': `[project]
name = "app"
version = "1.0"
requires-python = ">=3.10,<4"
dependencies = [
  "leaf >=1, <3 ; python_version >= '3.8'",
  "other[x]~=1.0; platform_system=='Linux' or sys_platform == 'darwin'",
  "beside", "below", "copied", "third",
  "direct @ @FILES@/direct-1.0-py3-none-any.whl",
]

[project.optional-dependencies]
Some_Extra = ["third ; python_version < '3.12'", "app[second]"]
second = ["leaf!=1.5"]

[dependency-groups]
dev = ["third>0.5", { include-group = "Lint.All" }]
"Lint.All" = ["other"]
alone = ["leaf"]

[tool.uv]
constraint-dependencies = ["leaf<9", "unused>=3 ; python_version < '3.12'"]
override-dependencies = ["third>=0.1"]
build-constraint-dependencies = ["hatchling<99"]
environments = ["sys_platform == 'linux' and python_version >= '3.8'", "sys_platform == 'darwin'", "sys_platform == 'win32'"]
required-environments = ["sys_platform == 'linux' and platform_machine == 'x86_64'"]
conflicts = [[{ extra = "second" }, { group = "alone" }]]

[tool.uv.workspace]
members = ["below", "more/*"]
exclude = ["more/not"]

[tool.uv.sources]
beside = { path = "../beside", editable = true }
copied = { path = "../copied" }
below = { workspace = true }
third = [{ index = "named", marker = "sys_platform == 'linux'" }]

[[tool.uv.index]]
name = "named"
url = "@INDEX@/"
explicit = true

${BACKEND}`,
  'app/below/pyproject.toml': `[project]\nname = "below"\nversion = "0.1"\nrequires-python = ">=3.9"\ndependencies = ["leaf", "third"]\n`,
  'beside/pyproject.toml': `[project]\nname = "beside"\nversion = "0.1"\ndependencies = ["leaf"]\n[dependency-groups]\ndev = ["other"]\n${BACKEND}`,
  'copied/pyproject.toml':
    '[project]\nname = "copied"\nversion = "0.1"\ndependencies = ["other ; extra == \'never\' or os_name == \'posix\'"]\n',
} as const;

type File = keyof typeof START;

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop(RELEASES);
  const run = await fresh();
  if (!run.ok) throw new Error(run.stderr);
  lockText = workshop.read('app/uv.lock');
}, 60_000);
afterAll(() => {
  workshop.close();
});

let lockText = '';

function files(): Record<string, string> {
  const address = workshop.address.replace('/simple', '/files');
  return Object.fromEntries(Object.entries(START).map(([path, text]) => [path, text.replaceAll('@FILES@', address)]));
}

async function fresh(): Promise<{ readonly ok: boolean; readonly stderr: string }> {
  workshop.write(files());
  return workshop.uv('app', 'lock');
}

async function check(): Promise<Freshness> {
  const lock = await readLock({ path: join(workshop.directory, 'app/uv.lock'), file: 'app/uv.lock' });
  if (!lock.ok) throw new Error(lock.diagnostics[0]?.message);
  return checkFreshness({
    lock: lock.value,
    projectAt: (directory) => readProject({ directory, file: join(relative(workshop.directory, directory), 'pyproject.toml') }),
  });
}

function printed({ problems }: Freshness): string {
  const text = printDiagnostics(problems, { colour: false });
  return text.replaceAll(workshop.address, 'INDEX').replaceAll(workshop.address.replace('/simple', ''), 'HOST');
}

/** Changes that a user might make: file, what is there, what comes in its place. */
const CHANGES: Readonly<Record<string, readonly [File, string, string]>> = {
  'nothing at all': ['app/pyproject.toml', '', ''],
  'a comment and an order': ['app/pyproject.toml', '"beside", "below", "copied"', '"copied", # now first\n"below", "beside"'],
  'the spelling of a name and a specifier': ['app/pyproject.toml', '"leaf >=1, <3 ', '"Leaf<3,>=1'],
  'a marker that says the same': ['app/pyproject.toml', "; python_version >= '3.8'", ''],
  'a marker written otherwise': [
    'app/pyproject.toml',
    "platform_system=='Linux' or sys_platform == 'darwin'",
    "sys_platform in 'linux darwin'",
  ],
  'a marker that says something else': ['app/pyproject.toml', "python_version >= '3.8'", "python_version >= '3.11'"],
  'a specifier': ['app/pyproject.toml', '<3 ;', '<2.5 ;'],
  'one more dependency': ['app/pyproject.toml', '"third",', '"third", "other",'],
  'one dependency less': ['app/pyproject.toml', '"beside", ', ''],
  'an extra of a dependency': ['app/pyproject.toml', 'other[x]~=', 'other~='],
  'a requirement of an extra': ['app/pyproject.toml', 'leaf!=1.5', 'leaf!=1.6'],
  'the spelling of an extra': ['app/pyproject.toml', 'Some_Extra', 'some-extra'],
  'a new extra': ['app/pyproject.toml', 'second = [', 'empty = []\nsecond = ['],
  'a requirement of a group': ['app/pyproject.toml', 'third>0.5', 'third>0.6'],
  'an included group': ['app/pyproject.toml', ', { include-group = "Lint.All" }', ''],
  'a new group': ['app/pyproject.toml', '"Lint.All" =', 'new = ["leaf"]\n"Lint.All" ='],
  'the version': ['app/pyproject.toml', 'version = "1.0"', 'version = "1.1"'],
  'the same version': ['app/pyproject.toml', 'version = "1.0"', 'version = "1.0.0"'],
  'a wider range of Pythons': ['app/pyproject.toml', '>=3.10,<4', '>=3.10'],
  'the same range of Pythons': ['app/pyproject.toml', '>=3.10,<4', '<4, >=3.10'],
  'a path that is not editable any more': ['app/pyproject.toml', '"../beside", editable = true', '"../beside"'],
  'a path that becomes editable': ['app/pyproject.toml', 'path = "../copied"', 'path = "../copied", editable = true'],
  'another index': ['app/pyproject.toml', 'url = "@INDEX@/"', 'url = "@INDEX@/../simple"'],
  'the marker of a source': ['app/pyproject.toml', 'marker = "sys_platform == \'linux\'"', 'marker = "sys_platform == \'darwin\'"'],
  'a source less': ['app/pyproject.toml', 'third = [{ index = "named", marker = "sys_platform == \'linux\'" }]', ''],
  'a dependency of a member': ['app/below/pyproject.toml', '"leaf"', '"leaf>1"'],
  'the Pythons of a member': ['app/below/pyproject.toml', '>=3.9', '>=3.11'],
  'what makes no difference to a member': ['app/below/pyproject.toml', 'dependencies', 'classifiers = []\ndependencies'],
  'a member that is to be installed no more': ['app/below/pyproject.toml', '[project]', '[tool.uv]\npackage = false\n[project]'],
  'a project without its build system': ['app/pyproject.toml', BACKEND, ''],
  'a dependency of a sibling': ['beside/pyproject.toml', '"leaf"', '"leaf", "third"'],
  'a group of a sibling': ['beside/pyproject.toml', '"other"', '"other>=1"'],
  'the version of a sibling': ['beside/pyproject.toml', '0.1', '0.2'],
  'a marker of a sibling': ['copied/pyproject.toml', "os_name == 'posix'", "os_name == 'nt'"],
  'the order of constraints': [
    'app/pyproject.toml',
    '"leaf<9", "unused>=3 ; python_version < \'3.12\'"',
    '"unused >= 3;python_version<\'3.12\'", "leaf <9"',
  ],
  'a constraint': ['app/pyproject.toml', 'leaf<9', 'leaf<8'],
  'a constraint less': ['app/pyproject.toml', '"leaf<9", ', ''],
  'an override': ['app/pyproject.toml', 'third>=0.1', 'third>=0.2'],
  'a constraint on builds': ['app/pyproject.toml', 'hatchling<99', 'hatchling<98'],
  'an environment less': ['app/pyproject.toml', `, "sys_platform == 'win32'"`, ''],
  'an environment written otherwise': [
    'app/pyproject.toml',
    `"sys_platform == 'darwin'"`,
    `"platform_system == 'Darwin' and sys_platform == 'darwin'"`,
  ],
  'a required environment': ['app/pyproject.toml', "platform_machine == 'x86_64'", "platform_machine == 'aarch64'"],
  'another conflict': ['app/pyproject.toml', '{ extra = "second" }', '{ extra = "some-extra" }'],
  'a conflict that names its project': ['app/pyproject.toml', '{ extra = "second" }', '{ package = "app", extra = "second" }'],
  'no conflict any more': ['app/pyproject.toml', 'conflicts = [[{ extra = "second" }, { group = "alone" }]]', ''],
  'the tools of a project': ['app/pyproject.toml', '[tool.uv.workspace]', '[tool.other]\nkey = 1\n[tool.uv.workspace]'],
};

describe('a lock is outdated when `uv lock --check` says so', { timeout: 60_000 }, () => {
  test.each(Object.keys(CHANGES))('%s', async (name) => {
    const [file = 'app/pyproject.toml', from = '', to = ''] = CHANGES[name] ?? [];
    const changed = files()[file]?.replace(from, to) ?? '';
    if (from !== '') expect(changed).not.toBe(files()[file]);
    workshop.write({ ...files(), [file]: changed, 'app/uv.lock': lockText });
    const { problems } = await check();
    const run = await workshop.uv('app', 'lock', '--check');
    expect({ outdated: problems.length > 0 }, run.stderr).toEqual({ outdated: !run.ok });
  });
});

test.each([
  ['more/new', true],
  ['more/not', false],
])('a new project in `%s`', async (path, outdated) => {
  const text = '[project]\nname = "new"\nversion = "1"\n';
  workshop.write({ ...files(), 'app/uv.lock': lockText, [`app/${path}/pyproject.toml`]: text });
  try {
    const run = await workshop.uv('app', 'lock', '--check');
    expect([run.ok, (await check()).problems.length > 0]).toEqual([!outdated, outdated]);
  } finally {
    workshop.remove(`app/${path}/pyproject.toml`);
    workshop.remove(`app/${path}`);
  }
});

test('the message shows the lines that differ, and the command', async () => {
  const changed = files()['app/pyproject.toml']?.replace('"third",', '"third>=1",').replace('"beside", ', '') ?? '';
  workshop.write({ ...files(), 'app/pyproject.toml': changed, 'app/uv.lock': lockText });
  expect(printed(await check())).toMatchInlineSnapshot(`
    "error[F0927]: \`app/uv.lock\` does not match \`app/pyproject.toml\`: \`third>=1\` is not in the lock like this
      --> app/pyproject.toml:8:22
       8 |   "below", "copied", "third>=1",
         |                      ^^^^^^^^^^
    note: \`beside\` is not declared any more
      --> app/uv.lock:79:5
      79 |     { name = "beside", editable = "../beside" },
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: run \`uv lock --directory app\`
    "
  `);
});

test('a sibling that changed is another message, at its own line', async () => {
  const changed = files()['beside/pyproject.toml']?.replace('"leaf"', '"leaf", "third"') ?? '';
  workshop.write({ ...files(), 'beside/pyproject.toml': changed, 'app/uv.lock': lockText });
  expect(printed(await check())).toMatchInlineSnapshot(`
    "error[F0928]: \`app/uv.lock\` does not match \`beside/pyproject.toml\`: \`third\` is not in the lock like this
      --> beside/pyproject.toml:4:25
       4 | dependencies = ["leaf", "third"]
         |                         ^^^^^^^
    hint: run \`uv lock --directory app\`
    "
  `);
});

test('a lock that does not record what was declared is checked by names only, and says so', async () => {
  workshop.write(files());
  workshop.remove('app/uv.lock');
  await workshop.uv('app', 'lock', '--preview-features', 'lock-without-metadata');
  expect(await check()).toEqual({ problems: [], unchecked: ['app', 'below', 'beside', 'copied'] });
  workshop.write({ 'app/pyproject.toml': files()['app/pyproject.toml']?.replace('"third",', '"third", "fourth",') ?? '' });
  expect((await check()).problems.map(({ message }) => message)).toEqual([
    '`app/uv.lock` does not match `app/pyproject.toml`: `fourth` is not in the lock',
  ]);
});
