import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPackingRig, type PackingRig } from './packing-rig.ts';
import { libraryManifest } from './written-project.ts';

/** `dlopen` moved to libc with a version of its own in glibc 2.34. */
const NEW_SYMBOL = 'return dlopen("x", 1) != 0;';
const OLD_SYMBOLS = 'return 0;';

describe('a wheel is tagged as maturin tags it', { timeout: 60_000 }, () => {
  let rig: PackingRig;
  beforeAll(async () => {
    rig = await openPackingRig();
  }, 180_000);
  afterAll(() => rig.dispose());

  it.each<readonly [what: string, body: string, libraries: readonly string[], setting: string]>([
    ['old symbols only', OLD_SYMBOLS, ['-lm', '-lz'], ''],
    ['symbols of a recent glibc', NEW_SYMBOL, [], ''],
    ['a tag that was asked for', OLD_SYMBOLS, [], 'compatibility = "manylinux_2_28"'],
    ['a legacy tag', OLD_SYMBOLS, [], 'compatibility = "manylinux2014"'],
    ['no promise', NEW_SYMBOL, ['libforeign.so.3'], 'compatibility = "linux"'],
    ['no audit', NEW_SYMBOL, [], 'skip-auditwheel = true'],
    ['no audit, but a tag', NEW_SYMBOL, [], 'auditwheel = "skip"\ncompatibility = "2_17"'],
    ['what PyPI takes', OLD_SYMBOLS, [], 'compatibility = "pypi"'],
    ['foreign libraries, which are only warned of', OLD_SYMBOLS, ['libforeign.so.3'], 'auditwheel = "warn"'],
  ])('with %s', (_what, body, libraries, setting) => {
    const project = rig.written(tagged(setting));
    const words = libraries.map((word) => (word.startsWith('lib') ? library(word, join(project.directory, '..')) : word));
    expect(rig.both(project, { stand: { source: source(body), libraries: words } }).problems).toEqual([]);
  });

  it('and refuses symbols that are newer than the tag allows', () => {
    const project = rig.written(tagged('compatibility = "manylinux2014"'));
    const stand = { source: source(NEW_SYMBOL), libraries: [] };
    expect(() => rig.stock(project, { stand })).toThrow('too-recent versioned symbols');
    expect(codes(project, stand)).toEqual(['F0983']);
  });

  it('and refuses an extension that links libpython', () => {
    const project = rig.written(tagged(''));
    const stand = { source: source(OLD_SYMBOLS), libraries: [library('libpython3.11.so.1.0', join(project.directory, '..'))] };
    expect(() => rig.stock(project, { stand })).toThrow('links libpython');
    expect(codes(project, stand)).toEqual(['F0982']);
  });

  it('but a library that has to be copied into the wheel is an error that names it', () => {
    const project = rig.written(tagged(''));
    const stand = { source: source(OLD_SYMBOLS), libraries: [library('libforeign.so.3', join(project.directory, '..'))] };
    const ours = rig.ours(project, rig.stock(project, { stand, words: ['--auditwheel', 'skip'] }));
    expect(ours.ok ? [] : ours.diagnostics).toMatchInlineSnapshot(`
      [
        {
          "blame": "input",
          "code": "F0981",
          "hints": [
            "link it statically (many \`-sys\` crates have a feature \`vendored\` or \`bundled\`)",
            "or set \`compatibility = "linux"\` in \`[tool.maturin]\` for wheels that stay within the house",
            "or set \`auditwheel = "repair"\` there, so that they are copied into the wheel",
          ],
          "message": "the wheel would need \`libforeign.so.3\`, which systems do not have by \`manylinux_2_5\`",
          "severity": "error",
        },
      ]
    `);
  });

  function codes(
    project: ReturnType<PackingRig['written']>,
    stand: { readonly source: string; readonly libraries: readonly string[] },
  ): readonly string[] {
    const ours = rig.ours(project, rig.stock(project, { stand, words: ['--auditwheel', 'skip'] }));
    return ours.ok ? [] : ours.diagnostics.map(({ code }) => code);
  }
});

function source(body: string): string {
  return `#include <dlfcn.h>\n#include <math.h>\nint PyInit_tagged(void) { ${body} }\n`;
}

function tagged(setting: string): Readonly<Record<string, string>> {
  return {
    'pyproject.toml': [
      '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"',
      `[project]\nname = "tagged"\nversion = "1"\n[tool.maturin]\n${setting}\n`,
    ].join('\n'),
    'Cargo.toml': libraryManifest('tagged'),
    'src/lib.rs': '',
  };
}

/** A library of that name, whether or not the machine has one. */
function library(name: string, directory: string): string {
  const file = join(directory, name);
  writeFileSync(`${file}.c`, 'int nothing;\n');
  execFileSync('cc', ['-shared', '-o', file, `${file}.c`, `-Wl,-soname,${name}`]);
  return file;
}
