import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PackingProject, readPackingProject } from '../../../src/python/maturin/packing-project.ts';
import { cargoEnvironment } from './cargo-environment.ts';

/** A crate with pyo3's name and features, and nothing in it: enough for maturin to see what bindings a project has. */
const PYO3: Readonly<Record<string, string>> = {
  'pyo3/Cargo.toml': [
    '[package]\nname = "pyo3"\nversion = "0.29.0"\nedition = "2021"',
    '[features]\nextension-module = []\nabi3 = []\nabi3-py39 = ["abi3"]\nabi3-py312 = ["abi3"]\n',
  ].join('\n'),
  'pyo3/src/lib.rs': '',
};

/** Writes a project into `DIRECTORY/project`, beside a `pyo3` that its manifest may name as `../pyo3`, and reads its `pyproject.toml`. */
export function writtenProject(directory: string, files: Readonly<Record<string, string>>): PackingProject {
  const inProject = Object.entries(files).map(([path, text]) => [`project/${path}`, text] as const);
  for (const [path, text] of [...Object.entries(PYO3), ...inProject]) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const project = realpathSync(join(directory, 'project'));
  const manifest = Object.keys(files).find((path) => path.endsWith('Cargo.toml')) ?? 'Cargo.toml';
  execFileSync('cargo', ['generate-lockfile', '--offline', '--quiet', '--manifest-path', join(project, manifest)], {
    env: cargoEnvironment(),
  });
  return readProjectAt(project);
}

/** Throws with the diagnostics when it cannot be read. */
export function readProjectAt(directory: string): PackingProject {
  const text = readFileSync(join(directory, 'pyproject.toml'), 'utf8');
  const project = readPackingProject({ file: 'pyproject.toml', text, directory });
  if (!project.ok) throw new Error(JSON.stringify(project.diagnostics, undefined, 2));
  return project.value;
}

/** Manifest of a library with the stub of pyo3. */
export function libraryManifest(name: string, options: { readonly features?: string; readonly fields?: string } = {}): string {
  return [
    `[package]\nname = "${name}"\nversion = "1.2.3"\nedition = "2021"`,
    options.fields ?? '',
    '[lib]\ncrate-type = ["cdylib"]',
    `[dependencies]\npyo3 = { path = "../pyo3", features = [${options.features ?? ''}] }\n`,
  ].join('\n');
}
