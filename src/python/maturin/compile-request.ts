import { dirname, join, normalize } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml } from '../../repository/toml-span.ts';
import { projectLayout } from './layout.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject } from './packing-project.ts';
import { textAt, tomlDocument, valueAt } from './toml-table.ts';

/** What has to be compiled for a project's wheel. */
export interface CompileRequest {
  /** Absolute directory of the crate's `Cargo.toml`. */
  readonly crateDirectory: string;
  readonly wanted:
    | { readonly kind: 'module' }
    | { readonly kind: 'programs'; /** Empty: all of them. */ readonly names: readonly string[] };
  /** Name of the extension's file without its suffix: what its initialising function is called after. */
  readonly extensionName: string;
}

type Disk = Pick<PackingDisk, 'directories' | 'probe'>;

/** Finds a project's crate, and whether it gives an extension module or programs, as maturin does without being told. F0976, F0980. */
export function compileRequest(options: { readonly project: PackingProject; readonly disk: Disk }): Result<CompileRequest> {
  const { project, disk } = options;
  const manifest = crateManifest(project, disk);
  if (!manifest.ok) return manifest;
  const crateDirectory = dirname(manifest.value);
  const table = tomlDocument({ file: manifest.value, text: disk.directories.readText(manifest.value) ?? '' });
  if (!table.ok) return table;
  const name = textAt(valueAt(table.value, 'package'), 'name') ?? '';
  const layout = projectLayout({ project, crate: { name, manifestDirectory: crateDirectory }, disk });
  if (!layout.ok) return layout;
  const wanted = wantedKind({ project, manifest: table.value, crateDirectory, disk });
  return ok({ crateDirectory, wanted, extensionName: layout.value.extensionName });
}

/** `manifest-path`, else `rust/Cargo.toml` beside a package in `src` or a given `python-source`, else `Cargo.toml` (maturin `resolve_manifest_paths`). */
function crateManifest(project: PackingProject, disk: Disk): Result<string> {
  const written = project.settings.manifestPath;
  const manifest = written === undefined ? usualManifest(project, disk) : normalize(join(project.directory, written));
  return disk.probe.kind(manifest) === 'file' ? ok(manifest) : fail(noManifest(project, written));
}

function usualManifest(project: PackingProject, disk: Disk): string {
  const { pythonSource, pythonPackages } = project.settings;
  const manifest = join(project.directory, 'Cargo.toml');
  const inRust = join(project.directory, 'rust', 'Cargo.toml');
  if (disk.probe.kind(inRust) !== 'file') return manifest;
  if (pythonSource !== undefined) return inRust;
  const names = [project.table?.name.replaceAll('-', '_'), ...pythonPackages];
  const isBeside = names.some(
    (name) => name !== undefined && disk.probe.kind(join(project.directory, 'src', name, '__init__.py')) === 'file',
  );
  return isBeside ? inRust : manifest;
}

function wantedKind(options: {
  readonly project: PackingProject;
  readonly manifest: unknown;
  readonly crateDirectory: string;
  readonly disk: Disk;
}): CompileRequest['wanted'] {
  const { settings } = options.project;
  const names = settings.targets.filter(({ kind }) => kind === undefined || kind === 'bin').map(({ name }) => name);
  if (settings.bindings === 'bin') return { kind: 'programs', names };
  if (settings.bindings !== undefined || isDynamic(options.manifest) || !hasPrograms(options)) return { kind: 'module' };
  return { kind: 'programs', names };
}

function isDynamic(manifest: unknown): boolean {
  const library = valueAt(manifest, 'lib');
  const types = valueAt(library, 'crate-type') ?? valueAt(library, 'crate_type');
  return Array.isArray(types) && types.includes('cdylib');
}

function hasPrograms(options: { readonly manifest: unknown; readonly crateDirectory: string; readonly disk: Disk }): boolean {
  const { manifest, crateDirectory, disk } = options;
  return (
    valueAt(manifest, 'bin') !== undefined ||
    disk.probe.kind(join(crateDirectory, 'src/main.rs')) === 'file' ||
    disk.probe.kind(join(crateDirectory, 'src/bin')) === 'directory'
  );
}

function noManifest(project: PackingProject, written: string | undefined): Diagnostic {
  const span = spanOfToml({ file: project.file, text: project.text, path: ['tool', 'maturin', 'manifest-path'], part: 'value' });
  return {
    code: 'F0980',
    severity: 'error',
    blame: 'input',
    message: written === undefined ? 'there is no `Cargo.toml` beside `pyproject.toml`' : `there is no manifest at \`${written}\``,
    ...(span === undefined || written === undefined ? {} : { span }),
    hints: ['name the crate’s manifest with `manifest-path` in `[tool.maturin]`'],
  };
}
