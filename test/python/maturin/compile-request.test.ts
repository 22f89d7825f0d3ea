import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileRequest } from '../../../src/python/maturin/compile-request.ts';
import { readPackingProject } from '../../../src/python/maturin/packing-project.ts';
import { readDirectories } from '../../../src/repository/directory-listings.ts';
import { DiskProbe } from '../../../src/source/disk-probe.ts';

const LIBRARY = '[package]\nname = "a-crate"\n[lib]\ncrate-type = ["cdylib"]\n';
const PROGRAM = '[package]\nname = "a-crate"\n';

describe('what is compiled for a wheel', () => {
  let base = '';
  let made = 0;
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'ferrule-request-'));
  });
  afterAll(() => rmSync(base, { recursive: true }));

  /** Crate directory relative to the project, what is wanted, and the extension's name; or codes of diagnostics. */
  function asked(pyproject: string, files: Readonly<Record<string, string>>): readonly unknown[] {
    made += 1;
    const directory = join(base, String(made));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const project = readPackingProject({ file: 'pyproject.toml', text: pyproject, directory });
    if (!project.ok) return project.diagnostics.map(({ code }) => code);
    const request = compileRequest({ project: project.value, disk: { directories: readDirectories, probe: new DiskProbe() } });
    if (!request.ok) return request.diagnostics.map(({ code }) => code);
    return [request.value.crateDirectory.slice(directory.length), request.value.wanted, request.value.extensionName];
  }

  it('is the library beside pyproject.toml', () => {
    expect(asked('', { 'Cargo.toml': LIBRARY })).toEqual(['', { kind: 'module' }, 'a-crate']);
  });

  it('is a program where there is no dynamic library', () => {
    expect(asked('', { 'Cargo.toml': PROGRAM, 'src/main.rs': '' })[1]).toEqual({ kind: 'programs', names: [] });
    expect(asked('[tool.maturin]\nbindings = "pyo3"\n', { 'Cargo.toml': PROGRAM, 'src/main.rs': '' })[1]).toEqual({ kind: 'module' });
  });

  it('is the programs that are named', () => {
    const settings =
      '[tool.maturin]\nbindings = "bin"\ntargets = [{ name = "one", kind = "bin" }, { name = "two" }, { name = "lib", kind = "cdylib" }]\n';
    expect(asked(settings, { 'Cargo.toml': LIBRARY })[1]).toEqual({ kind: 'programs', names: ['one', 'two'] });
  });

  it('is where manifest-path says, named as module-name says', () => {
    const settings = '[tool.maturin]\nmanifest-path = "crates/x/Cargo.toml"\nmodule-name = "a.b._core"\n';
    expect(asked(settings, { 'crates/x/Cargo.toml': LIBRARY, 'Cargo.toml': LIBRARY })).toEqual(['/crates/x', { kind: 'module' }, '_core']);
    expect(asked(settings, { 'Cargo.toml': LIBRARY })).toEqual(['F0980']);
  });

  it('is in `rust` beside a package in `src`', () => {
    const files = { 'rust/Cargo.toml': LIBRARY, 'Cargo.toml': '[workspace]\nmembers = ["rust"]\n' };
    const project = '[project]\nname = "my-project"\n';
    expect(asked(project, { ...files, 'src/my_project/__init__.py': '' })[0]).toBe('/rust');
    expect(asked(project, { ...files, 'src/other/__init__.py': '' })[0]).toBe('');
    expect(
      asked('[tool.maturin]\npython-packages = ["other"]\n[project]\nname = "my-project"\n', { ...files, 'src/other/__init__.py': '' })[0],
    ).toBe('/rust');
    expect(asked('[tool.maturin]\npython-source = "."\nmodule-name = "rust"\n', files)[0]).toBe('/rust');
  });

  it('bears the declared name of the library, else that of the project', () => {
    expect(asked('[project]\nname = "p"\n', { 'Cargo.toml': LIBRARY.replace('[lib]', '[lib]\nname = "l"') })[2]).toBe('l');
    expect(asked('[project]\nname = "p"\n', { 'Cargo.toml': LIBRARY })[2]).toBe('p');
  });

  it('is nothing without a manifest, or with one that cannot be read', () => {
    expect(asked('', {})).toEqual(['F0980']);
    expect(asked('', { 'Cargo.toml': '[' })).toEqual(['F0976']);
  });
});
