import { describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import type { Result } from '../../../src/diagnostics/diagnostic.ts';
import { defaultGroups, isPackage, type Project } from '../../../src/python/project/project.ts';
import { parseProject, readProject } from '../../../src/python/project/read-project.ts';

function parsed(text: string): Promise<Result<Project>> {
  return parseProject({ directory: '/repository/app', file: 'app/pyproject.toml', text });
}

async function project(text: string): Promise<Project> {
  const result = await parsed(text);
  if (!result.ok) throw new Error(printDiagnostics(result.diagnostics, { colour: false }));
  return result.value;
}

async function complaint(text: string): Promise<string> {
  const result = await parsed(text);
  return result.ok ? 'nothing' : printDiagnostics(result.diagnostics, { colour: false });
}

const HEAD = '[project]\nname = "App.Thing"\nversion = "1"\n';

describe('what a pyproject.toml says', () => {
  test('the project, its extras and its entry points', async () => {
    const { metadata } = await project(
      `${HEAD}requires-python = ">=3.10"\ndependencies = ["Leaf.It>=1 ; python_version < '3.12'"]\ndynamic = ["description"]\n` +
        '[project.optional-dependencies]\nzip = []\nFast_IO = ["uvloop"]\n[project.scripts]\napp = "app:main"\n[project.entry-points."pkg.plugins"]\na = "app.a"\n',
    );
    expect(metadata).toMatchObject({
      name: 'app-thing',
      writtenName: 'App.Thing',
      requiresPython: '>=3.10',
      dynamic: ['description'],
      dependencies: [{ requirement: { name: 'leaf-it' }, path: ['project', 'dependencies', 0] }],
      optionalDependencies: [
        { name: 'fast-io', writtenName: 'Fast_IO' },
        { name: 'zip', requirements: [] },
      ],
      scripts: { app: 'app:main' },
      entryPoints: { 'pkg.plugins': { a: 'app.a' } },
    });
  });

  test('groups hold what they include, in order, and the older list of uv is one of them', async () => {
    const { groups } = await project(
      `${HEAD}[dependency-groups]\n"Test.All" = ["a", { include-group = "lint" }, "b"]\nlint = ["c", { include-group = "base" }]\nbase = ["d"]\n[tool.uv]\ndev-dependencies = ["e"]\n`,
    );
    const names = groups.map(({ name, requirements }) => `${name}: ${requirements.map(({ text }) => text).join(' ')}`);
    expect(names).toEqual(['base: d', 'dev: e', 'lint: c d', 'test-all: a c d b']);
  });

  test.each([
    ['', ['dev']],
    ['default-groups = ["lint"]', ['lint']],
    ['default-groups = "all"', ['dev', 'lint']],
    ['default-groups = []', []],
  ])('default groups with `%s`', async (setting, expected) => {
    const read = await project(`${HEAD}[dependency-groups]\ndev = []\nlint = []\n[tool.uv]\n${setting}\n`);
    expect(
      defaultGroups(
        read,
        read.groups.map(({ name }) => name),
      ),
    ).toEqual(expected);
  });

  test.each([
    ['', false],
    ['[build-system]\nrequires = []\n', true],
    ['[build-system]\nrequires = []\n[tool.uv]\npackage = false\n', false],
    ['[tool.uv]\npackage = true\n', true],
  ])('whether it is installed itself, with `%s`', async (rest, expected) => {
    expect(isPackage(await project(HEAD + rest))).toBe(expected);
  });

  test('what uv is told', async () => {
    const { uv } = await project(`${HEAD}
[tool.uv]
no-binary-package = ["Some.Thing"]
no-build = true
conflicts = [[{ extra = "cpu" }, { package = "other", group = "gpu" }]]
environments = "sys_platform == 'linux'"
build-constraint-dependencies = ["setuptools<80", { requirement = "wheel<1" }]
config-settings = { a = "b", c = ["d", "e"] }
[tool.uv.extra-build-dependencies]
numpy = ["setuptools", { requirement = "torch", match-runtime = true }]
[tool.uv.extra-build-variables]
numpy = { NPY = "1" }
[tool.uv.sources]
beside = { path = "../beside", editable = true }
member = { workspace = true }
forked = { git = "https://example.org/forked", tag = "v1", subdirectory = "py" }
direct = { url = "https://example.org/direct-1.tar.gz" }
chosen = [{ index = "one", marker = "sys_platform == 'linux'" }, { index = "two", extra = "x" }]
[[tool.uv.index]]
name = "one"
url = "https://one.example/simple"
explicit = true
[tool.uv.workspace]
members = ["packages/*"]
`);
    expect(uv).toMatchObject({
      choice: { noBinary: false, noBinaryPackages: new Set(['some-thing']), noBuild: true },
      conflicts: [
        [
          { package: undefined, extra: 'cpu' },
          { package: 'other', group: 'gpu' },
        ],
      ],
      environments: ["sys_platform == 'linux'"],
      buildConstraints: ['setuptools<80', 'wheel<1'],
      configSettings: { a: 'b', c: ['d', 'e'] },
      extraBuildDependencies: new Map([
        [
          'numpy',
          [
            { requirement: 'setuptools', matchRuntime: false },
            { requirement: 'torch', matchRuntime: true },
          ],
        ],
      ]),
      extraBuildVariables: new Map([['numpy', { NPY: '1' }]]),
      indexes: [{ name: 'one', explicit: true, default: false }],
      workspace: { members: ['packages/*'], exclude: [] },
    });
    expect(Object.fromEntries([...uv.sources].map(([name, sources]) => [name, sources.map(({ origin }) => origin.kind)]))).toEqual({
      beside: ['path'],
      member: ['workspace'],
      forked: ['git'],
      direct: ['url'],
      chosen: ['index', 'index'],
    });
  });
});

describe('a pyproject.toml that does not add up', () => {
  test('is not there', async () => {
    const result = await readProject({ directory: '/nowhere', file: 'nowhere/pyproject.toml' });
    expect(result.ok ? 'nothing' : result.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'F0915 cannot read `nowhere/pyproject.toml`',
    ]);
  });

  test('groups that include each other', async () => {
    const text = `${HEAD}[dependency-groups]\na = [{ include-group = "B_b" }]\n"b.b" = ["x", { include-group = "c" }]\nc = [{ include-group = "a" }]\n`;
    expect(await complaint(text)).toMatchInlineSnapshot(`
      "error[F0918]: dependency groups include each other
        --> app/pyproject.toml:7:6
         7 | c = [{ include-group = "a" }]
           |      ^^^^^^^^^^^^^^^^^^^^^^^
        circle  \`a\` → \`b.b\` → \`c\` → \`a\`
      hint: remove one of the \`include-group\` entries
      "
    `);
  });

  test('a group that includes what is not there, and one that is there twice', async () => {
    const text = `${HEAD}[dependency-groups]\ntest = [{ include-group = "lnt" }]\nlint = []\nLint = []\n`;
    expect(await complaint(text)).toMatchInlineSnapshot(`
      "error[F0918]: dependency group \`lnt\` is included but does not exist
        --> app/pyproject.toml:5:9
         5 | test = [{ include-group = "lnt" }]
           |         ^^^^^^^^^^^^^^^^^^^^^^^^^
        groups  \`test\`, \`Lint\`
      hint: add it to \`[dependency-groups]\`, or correct the name

      error[F0918]: the dependency groups \`lint\` and \`Lint\` have the same name
        --> app/pyproject.toml:7:8
         7 | Lint = []
           |        ^^
      hint: rename one of them: case, \`-\`, \`_\` and \`.\` make no difference
      "
    `);
  });

  test('a dependency that is no requirement', async () => {
    expect(await complaint(`${HEAD}dependencies = [\n  "fine",\n  "broken >> 1",\n]\n`)).toMatchInlineSnapshot(`
      "error[F0917]: \`broken >> 1\` is not a requirement: \`>> 1\` is not a version specifier
        --> app/pyproject.toml:6:11
         6 |   "broken >> 1",
           |           ^^^^
      hint: write it as \`name>=1.2 ; python_version < "3.12"\`
      "
    `);
  });

  test('values of wrong types, all of them', async () => {
    const text = `[project]\nname = "app"\nversion = 1\ndependencies = "leaf"\n[tool.uv]\ndefault-groups = 3\n[tool.uv.sources]\nleaf = { nothing = true }\n`;
    expect(await complaint(text)).toMatchInlineSnapshot(`
      "error[F0916]: \`project.version\` must be a string
        --> app/pyproject.toml:3:11
         3 | version = 1
           |           ^

      error[F0916]: \`project.dependencies\` must be an array
        --> app/pyproject.toml:4:16
         4 | dependencies = "leaf"
           |                ^^^^^^

      error[F0916]: \`tool.uv.default-groups\` must be an array of strings, or \`"all"\`
        --> app/pyproject.toml:6:18
         6 | default-groups = 3
           |                  ^

      error[F0916]: \`tool.uv.sources.leaf\` must have one of \`git\`, \`url\`, \`path\`, \`index\` and \`workspace\`
        --> app/pyproject.toml:8:8
         8 | leaf = { nothing = true }
           |        ^^^^^^^^^^^^^^^^^^
      "
    `);
  });
});
