import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Store } from '../../store/store.ts';
import type { UnpackedWheel } from '../wheel.ts';
import type { BuildSubject } from './build-failure.ts';

export interface EditableQuestion {
  readonly store: Store;
  /** What `editableBuildAction` made, unpacked. */
  readonly wheel: UnpackedWheel;
  /** Where the project stood when it was built (`BuiltFile.sourceRoot`). */
  readonly sourceRoot: string;
  /** Absolute directory in the checkout of what stood there. */
  readonly directory: string;
  readonly subject: BuildSubject;
}

/**
 * The directories of the checkout that an editable project's modules are imported from: what its backend wrote into `.pth` files, in
 * the order of their names. F0994: it imports through code of its own, which only works where it was built.
 */
export function editableSources(question: EditableQuestion): Result<readonly string[]> {
  const { store, wheel, sourceRoot, directory, subject } = question;
  const root = store.treePath(wheel.tree);
  if (root === undefined) throw new Error(`internal: the editable wheel of ${subject.label} is not in the store`);
  const site = join(root, 'site');
  const files = existsSync(site) ? readdirSync(site).filter((name) => name.endsWith('.pth')) : [];
  const sources: string[] = [];
  for (const file of files.toSorted()) {
    for (const line of readFileSync(join(site, file), 'utf8').split('\n')) {
      const text = line.trim();
      if (text === '' || text.startsWith('#')) continue;
      if (text !== sourceRoot && !text.startsWith(`${sourceRoot}/`)) return fail(notDirectories(subject, { file, line: text }));
      const source = directory + text.slice(sourceRoot.length).replace(/\/+$/, '');
      if (!sources.includes(source)) sources.push(source);
    }
  }
  return ok(sources);
}

function notDirectories(subject: BuildSubject, found: { readonly file: string; readonly line: string }): Diagnostic {
  return {
    code: 'F0994',
    severity: 'error',
    blame: 'build',
    message: `\`${subject.label}\` cannot be used where it lies: its backend finds modules by code of its own`,
    ...(subject.span === undefined ? {} : { span: subject.span }),
    facts: [
      ['file', found.file],
      ['line', found.line],
    ],
    hints: ['keep its packages below one directory, such as `src`, or use its wheel'],
  };
}
