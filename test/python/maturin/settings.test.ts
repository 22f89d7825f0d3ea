import { describe, expect, it } from 'vitest';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import { readPackingProject } from '../../../src/python/maturin/packing-project.ts';
import { NO_SETTINGS, parseCompatibility } from '../../../src/python/maturin/settings.ts';

function read(text: string): ReturnType<typeof readPackingProject> {
  return readPackingProject({ file: 'pyproject.toml', text, directory: '/project' });
}

function problems(text: string): string {
  const project = read(text);
  return printDiagnostics(project.ok ? (project.warnings ?? []) : project.diagnostics, { colour: false });
}

describe('[tool.maturin]', () => {
  it('is what holds without it, where nothing is set', () => {
    const project = read('[tool.maturin]\n');
    expect(project.ok && project.value.settings).toEqual(NO_SETTINGS);
  });

  it('keeps of include and exclude what concerns wheels', () => {
    const project = read(`
[tool.maturin]
include = ["a", { path = "b", format = "sdist" }, { path = "c", format = ["sdist", "wheel"] }, { path = "d", from = "out-dir", to = "pkg/" }]
exclude = ["e", { path = "f", format = "sdist" }]
`);
    expect(project.ok && [project.value.settings.include, project.value.settings.exclude]).toEqual([
      [
        { kind: 'source', path: 'a' },
        { kind: 'source', path: 'c' },
        { kind: 'out-dir', path: 'd', to: 'pkg/', crate: undefined },
      ],
      ['e'],
    ]);
  });

  it('takes features with conditions', () => {
    const project = read('[tool.maturin]\nfeatures = ["a", { feature = "b", python-version = ">=3.11" }]\n');
    expect(project.ok && project.value.settings.features).toEqual([
      { feature: 'a', pythonVersion: undefined, pythonImplementation: undefined },
      { feature: 'b', pythonVersion: '>=3.11', pythonImplementation: undefined },
    ]);
  });

  it('warns of a key that maturin does not know, and of none that it does', () => {
    expect(problems('[tool.maturin]\nmodule_name = "x"\nlocked = true\npgo-command = "x"\n')).toMatchInlineSnapshot(`
      "warning[F0975]: unknown key \`module_name\` in \`[tool.maturin]\`
        --> pyproject.toml:2:1
         2 | module_name = "x"
           | ^^^^^^^^^^^
      hint: remove it, or look up how maturin spells it: it has no effect here
      "
    `);
  });

  it('says what is wrong with a value, and where', () => {
    expect(problems('[tool.maturin]\nstrip = "yes"\ncompatibility = "many"\ninclude = [{ path = 1 }]\n')).toMatchInlineSnapshot(`
      "error[F0976]: \`tool.maturin.strip\` must be \`true\` or \`false\`
        --> pyproject.toml:2:9
         2 | strip = "yes"
           |         ^^^^^

      error[F0976]: \`tool.maturin.compatibility\` must be \`pypi\`, \`linux\`, \`off\` or a tag such as \`manylinux_2_28\`
        --> pyproject.toml:3:17
         3 | compatibility = "many"
           |                 ^^^^^^

      error[F0976]: \`tool.maturin.include.0\` must be a pattern, or a table with \`path\` and \`format\`, or with \`path\`, \`from = "out-dir"\` and \`to\`
        --> pyproject.toml:4:12
         4 | include = [{ path = 1 }]
           |            ^^^^^^^^^^^^
      "
    `);
  });

  it('is not read from what is no TOML', () => {
    expect(problems('[tool.maturin\n')).toMatchInlineSnapshot(`
      "error[F0976]: \`pyproject.toml\` is not valid TOML: Unterminated table-key
        --> pyproject.toml:2:1
         2 |
           | ^
      "
    `);
  });
});

it('[project] with a value of the wrong kind is refused with its place', () => {
  expect(problems('[project]\nname = "x"\nauthors = [{ name = 1 }]\n')).toMatchInlineSnapshot(`
    "error[F0976]: \`project.authors.0.name\` must be a string
      --> pyproject.toml:3:21
       3 | authors = [{ name = 1 }]
         |                     ^
    "
  `);
});

it.each([
  ['manylinux2014', { kind: 'manylinux', major: 2, minor: 17 }],
  ['1', { kind: 'manylinux', major: 2, minor: 5 }],
  ['2_28', { kind: 'manylinux', major: 2, minor: 28 }],
  ['manylinux_2_28', { kind: 'manylinux', major: 2, minor: 28 }],
  ['musllinux_1_2', { kind: 'musllinux', major: 1, minor: 2 }],
  ['OFF', { kind: 'linux' }],
  ['PyPI', { kind: 'pypi' }],
  ['manylinux', undefined],
  ['musllinux2014', undefined],
  ['2.28', undefined],
])('compatibility %s', (text, expected) => {
  expect(parseCompatibility(text)).toEqual(expected);
});
