import { join, normalize, relative } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml, type TomlPath } from '../../repository/toml-span.ts';
import { isWithin } from '../../source/path-within.ts';
import { globFiles } from './glob-files.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject, ProjectTable } from './packing-project.ts';
import type { LicenseFile } from './wheel-metadata.ts';

/** What is looked for where `license-files` is not given, in this order. */
const USUAL_NAMES = ['LICEN[CS]E*', 'COPYING*', 'NOTICE*', 'AUTHORS*'];

/** License files of a wheel: the crate's, then those of `project.license` and `project.license-files` (maturin `merge_license`). F0978, F0976. */
export function licenseFiles(options: {
  readonly project: PackingProject;
  readonly table: ProjectTable;
  readonly ofCrate: readonly LicenseFile[];
  /** Absolute directory that a `..` may not leave. */
  readonly metadataRoot: string;
  readonly disk: PackingDisk;
}): Result<readonly LicenseFile[]> {
  const { project, table, ofCrate, metadataRoot, disk } = options;
  const found = new Map(ofCrate.map((file) => [file.path, file]));
  if (table.license?.kind === 'file') {
    const file = table.license.file;
    const source = normalize(join(project.directory, file));
    if (!isWithin(source, metadataRoot) || disk.probe.kind(source) !== 'file') {
      return fail(missing({ project, file, path: ['project', 'license', 'file'] }));
    }
    const path = file.split('/').includes('..') ? relative(metadataRoot, source) : relative(project.directory, source);
    found.set(path, { path, source });
  }
  for (const pattern of table.licenseFiles ?? USUAL_NAMES) {
    const paths = globFiles({ pattern, root: project.directory, disk });
    if (paths === undefined) return fail(badPattern(project, pattern));
    for (const path of paths) found.set(path, found.get(path) ?? { path, source: `${project.directory}/${path}` });
  }
  return ok([...found.values()]);
}

function missing(options: { readonly project: PackingProject; readonly file: string; readonly path: TomlPath }): Diagnostic {
  const span = spanOfToml({ file: options.project.file, text: options.project.text, path: options.path, part: 'value' });
  return {
    code: 'F0978',
    severity: 'error',
    blame: 'input',
    message: `the license file \`${options.file}\` is not there`,
    ...(span === undefined ? {} : { span }),
    hints: ['correct the path; it is relative to `pyproject.toml`'],
  };
}

function badPattern(project: PackingProject, pattern: string): Diagnostic {
  const span = spanOfToml({ file: project.file, text: project.text, path: ['project', 'license-files'], part: 'value' });
  return {
    code: 'F0976',
    severity: 'error',
    blame: 'input',
    message: `\`project.license-files\` has \`${pattern}\`, which is no pattern within the project`,
    ...(span === undefined ? {} : { span }),
    hints: ['patterns are relative to `pyproject.toml`, without `..`; `**` stands alone between slashes (PEP 639)'],
  };
}
