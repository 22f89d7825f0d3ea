import { join, normalize } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml } from '../../repository/toml-span.ts';
import type { CrateFacts } from './crate-facts.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject } from './packing-project.ts';
import { textAt, tomlDocument, valueAt } from './toml-table.ts';

/** Where the parts of a wheel lie (maturin `src/project_layout.rs`). */
export interface ProjectLayout {
  /** Dotted name under which the extension is imported; for programs, the name of the package beside them. */
  readonly moduleName: string;
  /** Last part of {@link moduleName}: the stem of the extension's file. */
  readonly extensionName: string;
  /** Absolute: what stands for the wheel's top. */
  readonly pythonDirectory: string;
  /** Absolute directories below {@link pythonDirectory} whose files are packed. */
  readonly packages: readonly string[];
  /** Whether the package that holds the extension is among the sources; if not, one is made around it. */
  readonly isMixed: boolean;
  /** Directory of the extension in the wheel. */
  readonly moduleDirectory: string;
  /** Absolute; `undefined`: no such data. */
  readonly dataDirectory: string | undefined;
}

type Disk = Pick<PackingDisk, 'directories' | 'probe'>;

/** F0980 when a directory that the settings name is not there. */
export function projectLayout(options: {
  readonly project: PackingProject;
  readonly crate: Pick<CrateFacts, 'name' | 'manifestDirectory'>;
  readonly disk: Disk;
}): Result<ProjectLayout> {
  const { project, disk } = options;
  const moduleName = moduleNameOf(options);
  const source = pythonDirectory(project, disk);
  if (!source.ok) return source;
  const top = source.value;
  const parts = moduleName.split('.');
  const module = join(top, parts[0] ?? '');
  const isMixed = disk.probe.kind(module) === 'directory' && !isOnlyCrate(module, disk);
  if (!isMixed && project.settings.pythonSource !== undefined && !isOnlyCrate(module, disk)) return fail(noModule(project, module));
  const data = dataDirectory({ project, moduleName, disk });
  if (!data.ok) return data;
  const extensionName = parts.at(-1) ?? moduleName;
  const others = project.settings.pythonPackages.map((name) => join(top, name));
  return ok({
    moduleName,
    extensionName,
    pythonDirectory: top,
    packages: [...new Set([...(isMixed ? [module] : []), ...others])],
    isMixed,
    moduleDirectory: isMixed ? (parts.length > 1 ? parts.slice(0, -1) : parts).join('/') : extensionName,
    dataDirectory: data.value,
  });
}

/** `tool.maturin.module-name`, else the library's declared name, else the project's, else the crate's. */
function moduleNameOf(options: {
  readonly project: PackingProject;
  readonly crate: Pick<CrateFacts, 'name' | 'manifestDirectory'>;
  readonly disk: Disk;
}): string {
  const { project, crate, disk } = options;
  return (
    project.settings.moduleName ??
    declaredLibraryName(disk.directories.readText(join(crate.manifestDirectory, 'Cargo.toml')) ?? '') ??
    project.table?.name ??
    crate.name
  );
}

/** `[lib] name` of a manifest that cargo has read already. */
function declaredLibraryName(manifest: string): string | undefined {
  const document = tomlDocument({ file: 'Cargo.toml', text: manifest });
  return document.ok ? textAt(valueAt(document.value, 'lib'), 'name') : undefined;
}

/** `python-source`, else `src` where the crate is in `rust` and the package in `src`, else the project's own directory. */
function pythonDirectory(project: PackingProject, disk: Disk): Result<string> {
  const { pythonSource, pythonPackages } = project.settings;
  if (pythonSource !== undefined) {
    const directory = normalize(join(project.directory, pythonSource)).replace(/\/$/, '');
    if (disk.probe.kind(directory) === 'directory') return ok(directory);
    return fail(noDirectory({ project, key: 'python-source', written: pythonSource }));
  }
  const name = project.table?.name.replaceAll('-', '_');
  const source = join(project.directory, 'src');
  const isSourceLayout =
    name !== undefined &&
    disk.probe.kind(join(project.directory, 'rust', 'Cargo.toml')) === 'file' &&
    [name, ...pythonPackages].some((one) => disk.probe.kind(join(source, one, '__init__.py')) === 'file');
  return ok(isSourceLayout ? source : project.directory);
}

/** A crate that happens to have the module's name. */
function isOnlyCrate(directory: string, disk: Disk): boolean {
  return disk.probe.kind(join(directory, '__init__.py')) !== 'file' && disk.probe.kind(join(directory, 'Cargo.toml')) === 'file';
}

function dataDirectory(options: {
  readonly project: PackingProject;
  readonly moduleName: string;
  readonly disk: Disk;
}): Result<string | undefined> {
  const { project, moduleName, disk } = options;
  const written = project.settings.data;
  const directory = join(project.directory, written ?? `${moduleName}.data`);
  if (disk.probe.kind(directory) === 'directory') return ok(directory);
  return written === undefined ? ok(undefined) : fail(noDirectory({ project, key: 'data', written }));
}

function noDirectory(options: { readonly project: PackingProject; readonly key: string; readonly written: string }): Diagnostic {
  const { project, key, written } = options;
  return {
    code: 'F0980',
    severity: 'error',
    blame: 'input',
    message: `\`tool.maturin.${key}\` is \`${written}\`, and there is no such directory`,
    ...spanOf(project, key),
    hints: ['correct it, or leave it out; it is relative to `pyproject.toml`'],
  };
}

function noModule(project: PackingProject, module: string): Diagnostic {
  return {
    code: 'F0980',
    severity: 'error',
    blame: 'input',
    message: `the package \`${module.slice(module.lastIndexOf('/') + 1)}\` is not in \`${project.settings.pythonSource ?? ''}\``,
    ...spanOf(project, 'python-source'),
    hints: ['create it, correct `module-name`, or leave out `python-source` if there is no Python beside the extension'],
  };
}

function spanOf(project: PackingProject, key: string): Pick<Diagnostic, 'span'> {
  const span = spanOfToml({ file: project.file, text: project.text, path: ['tool', 'maturin', key], part: 'value' });
  return span === undefined ? {} : { span };
}
