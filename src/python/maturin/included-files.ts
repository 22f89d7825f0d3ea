import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { spanOfToml } from '../../repository/toml-span.ts';
import { isWithin } from '../../source/path-within.ts';
import { globFiles } from './glob-files.ts';
import type { ProjectLayout } from './layout.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject } from './packing-project.ts';
import type { PlacedFile } from './python-files.ts';

interface Question {
  readonly project: PackingProject;
  readonly layout: Pick<ProjectLayout, 'pythonDirectory'>;
  readonly disk: Pick<PackingDisk, 'directories' | 'probe'>;
  /** Absolute `OUT_DIR` of the build script, by crate. */
  readonly outDirectories: ReadonlyMap<string, string>;
  /** The package behind the wheel. */
  readonly crateName: string;
}

/** Files that `tool.maturin.include` adds (maturin `src/module_writer/glob.rs`). F0976 for a pattern that leads out, F0980 for a missing `OUT_DIR`. */
export function includedFiles(question: Question): Result<readonly PlacedFile[]> {
  const files: PlacedFile[] = [];
  const problems: Diagnostic[] = [];
  for (const [index, pattern] of question.project.settings.include.entries()) {
    const found = pattern.kind === 'source' ? fromSource(question, pattern.path) : fromOutDirectory(question, pattern);
    if (found === undefined) problems.push(badPattern(question.project, { index, path: pattern.path }));
    else if (found === 'no OUT_DIR')
      problems.push(noOutDirectory(question.project, { index, crate: pattern.kind === 'out-dir' ? pattern.crate : undefined }));
    else files.push(...found);
  }
  return problems.length > 0 ? fail(...problems) : ok(files);
}

/** Relative to the project, or, when nothing is there, to the Python sources; what lies in those goes where it would be imported. */
function fromSource({ project, layout, disk }: Question, pattern: string): readonly PlacedFile[] | undefined {
  const roots = [...new Set([project.directory, layout.pythonDirectory])];
  for (const [index, root] of roots.entries()) {
    const found = globFiles({ pattern, root, disk });
    if (found === undefined) return undefined;
    if (found.length === 0 && index < roots.length - 1) continue;
    return found.map((path) => {
      const source = `${root}/${path}`;
      const isPython = layout.pythonDirectory !== project.directory && isWithin(source, layout.pythonDirectory);
      return { source, path: isPython ? source.slice(layout.pythonDirectory.length + 1) : path };
    });
  }
  return [];
}

function fromOutDirectory(
  question: Question,
  pattern: { readonly path: string; readonly to: string; readonly crate: string | undefined },
): readonly PlacedFile[] | undefined | 'no OUT_DIR' {
  const root = question.outDirectories.get(pattern.crate ?? question.crateName);
  if (root === undefined) return 'no OUT_DIR';
  if (pattern.to.startsWith('/') || pattern.to.split('/').includes('..')) return undefined;
  return globFiles({ pattern: pattern.path, root, disk: question.disk })?.map((path) => ({
    source: `${root}/${path}`,
    path: join(pattern.to, path),
  }));
}

function badPattern(project: PackingProject, written: { readonly index: number; readonly path: string }): Diagnostic {
  return {
    code: 'F0976',
    severity: 'error',
    blame: 'input',
    message: `\`tool.maturin.include\` has \`${written.path}\`, which is no pattern within the project`,
    ...spanOf(project, written.index),
    hints: ['patterns are relative to `pyproject.toml` or to `python-source`, without `..`; `**` stands alone between slashes'],
  };
}

function noOutDirectory(project: PackingProject, written: { readonly index: number; readonly crate: string | undefined }): Diagnostic {
  const crate = written.crate === undefined ? 'the package' : `\`${written.crate}\``;
  return {
    code: 'F0980',
    severity: 'error',
    blame: 'input',
    message: `files from \`OUT_DIR\` are to be included, and ${crate} has no build script`,
    ...spanOf(project, written.index),
    hints: ['name the crate whose build script writes them: `crate_name = "…"`'],
  };
}

function spanOf(project: PackingProject, index: number): Pick<Diagnostic, 'span'> {
  const span = spanOfToml({ file: project.file, text: project.text, path: ['tool', 'maturin', 'include', index], part: 'value' });
  return span === undefined ? {} : { span };
}
