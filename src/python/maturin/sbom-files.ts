import { basename, join, normalize } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml } from '../../repository/toml-span.ts';
import { isWithin } from '../../source/path-within.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject } from './packing-project.ts';
import type { PlacedFile } from './python-files.ts';

/** Documents that `tool.maturin.sbom.include` puts beside the metadata. F0978 for one that is not in the project. */
export function sbomFiles(options: {
  readonly project: PackingProject;
  readonly distInfo: string;
  readonly disk: Pick<PackingDisk, 'probe'>;
}): Result<readonly PlacedFile[]> {
  const { project, distInfo, disk } = options;
  const files = project.settings.sbomIncludes.map((written) => ({ written, source: normalize(join(project.directory, written)) }));
  const missing = files.filter(({ source }) => !isWithin(source, project.directory) || disk.probe.kind(source) !== 'file');
  if (missing.length > 0) return fail(...missing.map(({ written }) => notThere(project, written)));
  return ok(files.map(({ source }) => ({ path: `${distInfo}/sboms/${basename(source)}`, source })));
}

function notThere(project: PackingProject, written: string): Diagnostic {
  const span = spanOfToml({ file: project.file, text: project.text, path: ['tool', 'maturin', 'sbom', 'include'], part: 'value' });
  return {
    code: 'F0978',
    severity: 'error',
    blame: 'input',
    message: `the document \`${written}\` is not in the project`,
    ...(span === undefined ? {} : { span }),
    hints: ['correct the path; it is relative to `pyproject.toml`'],
  };
}
