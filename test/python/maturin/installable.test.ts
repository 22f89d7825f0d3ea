import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packEditable, packExtension, type PackingRequest } from '../../../src/python/maturin/pack-extension.ts';
import { plainDisk } from '../../../src/python/maturin/packing-disk.ts';
import type { PackingProject } from '../../../src/python/maturin/packing-project.ts';
import { oracleTools } from '../oracle.ts';
import { cargoPackages } from './cargo-packages.ts';
import { writeOurWheel } from './our-build.ts';
import { openPackingRig, type PackingRig } from './packing-rig.ts';
import { libraryManifest } from './written-project.ts';

const MIXED: Readonly<Record<string, string>> = {
  'pyproject.toml': [
    '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"',
    '[project]\nname = "mixed"\nversion = "1"\nreadme = "README.md"\nrequires-python = ">=3.8"',
    '[project.scripts]\nmixed = "mixed:main"',
    '[tool.maturin]\nmodule-name = "mixed._core"\npython-source = "python"\n',
  ].join('\n'),
  'Cargo.toml': libraryManifest('mixed'),
  'src/lib.rs': '',
  'README.md': '# mixed\n',
  '.gitignore': '*.local\n/python/mixed/build/\n',
  'python/mixed/__init__.py': 'def main(): print("it works")\n',
  'python/mixed/kept.txt': '',
  'python/mixed/secret.local': '',
  'python/mixed/build/made.py': '',
  'python/mixed/build_tools.py': '',
  'python/mixed/inner/.gitignore': '!*.local\n',
  'python/mixed/inner/wanted.local': '',
  'python/mixed/__pycache__/x.cpython-311.pyc': '',
  'python/mixed.data': '',
};

describe('a packed wheel', { timeout: 60_000 }, () => {
  let rig: PackingRig;
  beforeAll(async () => {
    rig = await openPackingRig();
  }, 180_000);
  afterAll(() => rig.dispose());

  /** A library that is none: what Python files and metadata look like does not depend on it. */
  function request(project: PackingProject, changes: Partial<PackingRequest> = {}): PackingRequest {
    const path = join(project.directory, '../library.so');
    writeFileSync(path, 'library');
    return {
      project,
      crate: cargoPackages(project).crate,
      code: { kind: 'module', library: { path, digest: rig.store.copyFile(path, { executable: true }) }, stableAbi: undefined },
      interpreter: rig.installed.interpreter,
      purpose: 'install',
      ignoreRoot: project.directory,
      outDirectories: new Map(),
      disk: plainDisk(rig.store),
      ...changes,
    };
  }

  it('installs with uv, passes the checks of twine, and its script starts', () => {
    const packed = packExtension(request(rig.written(MIXED)));
    if (!packed.ok) throw new Error(JSON.stringify(packed.diagnostics));
    const directory = join(rig.store.directory, '../installed');
    const wheel = writeOurWheel(packed.value, { directory, store: rig.store });
    const { uv, twine } = oracleTools();
    execFileSync(twine, ['check', '--strict', wheel], { stdio: 'pipe' });
    const environment = join(directory, 'venv');
    execFileSync(uv, ['venv', '--quiet', '--python', rig.installed.executable, environment]);
    execFileSync(uv, ['pip', 'install', '--quiet', '--offline', '--no-deps', '--python', join(environment, 'bin/python'), wheel]);
    expect(execFileSync(join(environment, 'bin/mixed'), { encoding: 'utf8' })).toBe('it works\n');
    const [lib] = readdirSync(join(environment, 'lib'));
    const site = join(environment, 'lib', lib ?? '', 'site-packages');
    const installed = readdirSync(join(site, 'mixed'), { recursive: true, encoding: 'utf8' });
    expect(installed.filter((path) => !path.includes('__pycache__')).toSorted()).toEqual(
      [
        '__init__.py',
        `_core${rig.installed.interpreter.extensionSuffix}`,
        'build_tools.py',
        'inner',
        'inner/.gitignore',
        'inner/wanted.local',
        'kept.txt',
      ].toSorted(),
    );
  });

  it('judges ignored files from where the repository begins', () => {
    const project = rig.written({ ...MIXED, '.gitignore': '' });
    writeFileSync(join(project.directory, '../.gitignore'), 'kept.txt\n/project/python/mixed/inner\n');
    const packed = packExtension(request(project, { ignoreRoot: join(project.directory, '..') }));
    const paths = packed.ok ? [...packed.value.files.keys()] : [];
    expect(paths).toContain('mixed/build/made.py');
    expect(paths).not.toContain('mixed/kept.txt');
    expect(paths.filter((path) => path.startsWith('mixed/inner'))).toEqual([]);
  });

  it('for an editable installation holds metadata only, and says where the rest is', () => {
    const project = rig.written(MIXED);
    const asked = request(project);
    const packed = packEditable(asked);
    if (!packed.ok || asked.code.kind !== 'module') throw new Error('not packed');
    expect([...packed.value.files.keys()]).toEqual(
      ['METADATA', 'WHEEL', 'entry_points.txt', 'RECORD'].map((name) => `mixed-1.dist-info/${name}`),
    );
    expect(packed.value.sources).toEqual([join(project.directory, 'python')]);
    expect(packed.value.modules).toEqual({ 'mixed._core': asked.code.library.path });
  });

  it('for an editable installation is whole where there is no Python beside the extension', () => {
    const project = rig.written({
      'pyproject.toml':
        '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n[project]\nname = "pure"\nversion = "1"\n',
      'Cargo.toml': libraryManifest('pure'),
      'src/lib.rs': '',
    });
    const packed = packEditable(request(project));
    if (!packed.ok) throw new Error('not packed');
    expect([...packed.value.files.keys()].filter((path) => path.startsWith('pure/'))).toEqual([
      `pure/pure${rig.installed.interpreter.extensionSuffix}`,
      'pure/__init__.py',
    ]);
    expect([packed.value.sources, packed.value.modules]).toEqual([[], {}]);
  });

  it('takes files of build scripts', () => {
    const project = rig.written({
      ...MIXED,
      'pyproject.toml': `${MIXED['pyproject.toml'] ?? ''}include = [{ path = "*.json", from = "out-dir", to = "mixed/made" }]\n`,
    });
    const out = join(project.directory, '../out');
    mkdirSync(out);
    writeFileSync(join(out, 'table.json'), '{}');
    const packed = packExtension(request(project, { outDirectories: new Map([['mixed', out]]) }));
    expect(packed.ok ? [...packed.value.files.keys()] : packed.diagnostics).toContain('mixed/made/table.json');
    const without = packExtension(request(project));
    expect(without.ok ? [] : without.diagnostics.map(({ code }) => code)).toEqual(['F0980']);
  });

  it('is refused when two files want one place', () => {
    const project = rig.written({
      ...MIXED,
      'pyproject.toml': `${MIXED['pyproject.toml'] ?? ''}include = ["mixed/kept.txt"]\n`,
      'mixed/kept.txt': 'another',
    });
    const packed = packExtension(request(project));
    expect(packed.ok ? [] : packed.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'F0984 two files want to be `mixed/kept.txt` in the wheel',
    ]);
  });

  it('is refused when a version has no form in Python, a file is missing, or a directory', () => {
    const codes = (files: Readonly<Record<string, string>>): readonly string[] => {
      const packed = packExtension(request(rig.written({ ...MIXED, ...files })));
      return packed.ok ? [] : packed.diagnostics.map(({ code, message }) => `${code} ${message}`);
    };
    const pyproject = MIXED['pyproject.toml'] ?? '';
    expect([
      codes({ 'Cargo.toml': libraryManifest('mixed').replace('1.2.3', '1.2.3-nightly') }),
      codes({ 'pyproject.toml': pyproject.replace('README.md', 'READ.md') }),
      codes({ 'pyproject.toml': pyproject.replace('"python"', '"pithon"') }),
      codes({ 'pyproject.toml': pyproject.replace('mixed._core', 'other._core') }),
      codes({ 'pyproject.toml': pyproject.replace('[project.scripts]', '[project.entry-points.console_scripts]') }),
      codes({ 'pyproject.toml': pyproject.replace('requires-python', 'dependencies = ["a >"]\nrequires-python') }),
    ]).toMatchInlineSnapshot(`
      [
        [
          "F0979 version \`1.2.3-nightly\` of the crate \`mixed\` is none that Python knows",
        ],
        [
          "F0978 the readme \`READ.md\` cannot be read",
        ],
        [
          "F0980 \`tool.maturin.python-source\` is \`pithon\`, and there is no such directory",
        ],
        [
          "F0980 the package \`other\` is not in \`python\`",
        ],
        [
          "F0976 \`console_scripts\` has a table of its own in \`[project]\`: \`scripts\`",
        ],
        [
          "F0976 \`a >\` is no requirement: \`>\` is not a version specifier",
        ],
      ]
    `);
  });
});
