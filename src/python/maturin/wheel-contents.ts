import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type IgnoreRules, parseIgnoreRules } from '../../repository/git-ignore.ts';
import { isWithin } from '../../source/path-within.ts';
import type { WheelFile, WheelFiles } from '../wheel-archive/wheel-file.ts';
import { alternatives } from './alternatives.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PlacedFile } from './python-files.ts';

/** Collects the files of a wheel: what is excluded stays out, and no path is filled twice from different files. */
export class WheelContents {
  readonly #disk: PackingDisk;
  readonly #projectDirectory: string;
  readonly #excluded: IgnoreRules;
  readonly #files = new Map<string, WheelFile>();
  /** Where each path's file came from; absent for what was made here. */
  readonly #sources = new Map<string, string>();
  readonly #problems: Diagnostic[] = [];

  constructor(options: { readonly disk: PackingDisk; readonly projectDirectory: string; readonly exclude: readonly string[] }) {
    this.#disk = options.disk;
    this.#projectDirectory = options.projectDirectory;
    this.#excluded = parseIgnoreRules(options.exclude.flatMap(alternatives).join('\n'));
  }

  /** A file of the project, unless `tool.maturin.exclude` names where it is or where it goes. */
  addSource({ path, source }: PlacedFile): void {
    if (this.#isExcluded(source) || this.#isExcluded(path) || this.#sources.get(path) === source) return;
    const file = this.#disk.keep(source);
    if (file === undefined) this.#problems.push(unreadable(path, source));
    else this.#put(path, { file: { kind: 'blob', digest: file.digest, executable: file.executable }, source });
  }

  /** What was compiled or made for the wheel; never excluded. */
  add(path: string, file: WheelFile): void {
    this.#put(path, { file, source: undefined });
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  finish(): Result<WheelFiles> {
    return this.#problems.length > 0 ? fail(...this.#problems) : ok(this.#files);
  }

  #put(path: string, entry: { readonly file: WheelFile; readonly source: string | undefined }): void {
    if (this.#files.has(path)) this.#problems.push(twice(path, [this.#sources.get(path), entry.source]));
    this.#files.set(path, entry.file);
    if (entry.source !== undefined) this.#sources.set(path, entry.source);
  }

  /** By the rules of `.gitignore`, relative to the project; an absolute path outside it is never excluded. */
  #isExcluded(path: string): boolean {
    const inside = isWithin(path, this.#projectDirectory) ? path.slice(this.#projectDirectory.length + 1) : path;
    if (inside.startsWith('/')) return false;
    return this.#excluded.verdict(inside, inside.slice(inside.lastIndexOf('/') + 1), false) === true;
  }
}

function unreadable(path: string, source: string): Diagnostic {
  return {
    code: 'F0978',
    severity: 'error',
    blame: 'input',
    message: `\`${path}\` of the wheel cannot be read`,
    facts: [['file', source]],
    hints: ['it may be a link that leads nowhere: mend or remove it, or name it in `exclude` of `[tool.maturin]`'],
  };
}

function twice(path: string, sources: readonly (string | undefined)[]): Diagnostic {
  return {
    code: 'F0984',
    severity: 'error',
    blame: 'input',
    message: `two files want to be \`${path}\` in the wheel`,
    facts: sources.map((source, index) => [index === 0 ? 'one is' : 'the other', source ?? 'made for the wheel'] as const),
    hints: ['rename one, or name it in `exclude` of `[tool.maturin]`'],
  };
}
