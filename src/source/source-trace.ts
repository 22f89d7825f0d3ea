import { realpathSync } from 'node:fs';
import { type Sha256, sha256Of } from '../model/digest.ts';
import type { DirectoryEntry, DirectoryReader } from '../repository/directory-listings.ts';
import type { Probe } from './disk-probe.ts';
import { isWithin } from './path-within.ts';
import type { RustScan } from './rust-scan.ts';
import type { SourceMemory } from './source-memory.ts';

/** A question about the disk: a letter for what was asked (see {@link answerTo}), and the absolute path it was asked of. */
export type SourceQuestion = string;

/** The parts of a run's memory that answer questions; each answers the same all through a run. */
export type SourceAnswers = Pick<SourceMemory, 'directories' | 'digests' | 'scans' | 'probe'>;

/**
 * Writes down everything that is asked of the disk while the sources of a package are worked out. What was worked out is a function of the
 * answers: while these stay the same, so does it.
 */
export class SourceTrace {
  readonly #answers: SourceAnswers;
  readonly #questions: Set<SourceQuestion>;
  readonly directories: DirectoryReader;
  readonly probe: Probe;

  /** `earlier`: questions that are asked anyway. */
  constructor(answers: SourceAnswers, earlier: readonly SourceQuestion[]) {
    this.#answers = answers;
    this.#questions = new Set(earlier);
    this.directories = {
      list: (directory) => answers.directories.list(this.#ask('d', directory)),
      readText: (file) => answers.directories.readText(this.#ask('t', file)),
    };
    this.probe = {
      kind: (path) => answers.probe.kind(this.#ask('k', path)),
      isPresent: (path) => answers.probe.isPresent(this.#ask('p', path)),
    };
  }

  get questions(): readonly SourceQuestion[] {
    return [...this.#questions];
  }

  /** How many questions there are: more questions, another fingerprint. */
  get size(): number {
    return this.#questions.size;
  }

  /** What a Rust file says; `undefined` when it cannot be read. */
  scan(file: string): RustScan | undefined {
    return this.#answers.scans.scan(this.#ask('f', file));
  }

  /** The content of these files counts. */
  addFiles(files: Iterable<string>): void {
    for (const file of files) this.#ask('f', file);
  }

  #ask(kind: 'd' | 't' | 'k' | 'p' | 'f', path: string): string {
    this.#questions.add(kind + path);
    return path;
  }
}

/** sha256 over questions and answers. `root` is the absolute directory that links are followed in. */
export function fingerprint(options: {
  readonly questions: readonly SourceQuestion[];
  readonly answers: SourceAnswers;
  readonly root: string;
}): Sha256 {
  const { questions, answers, root } = options;
  return sha256Of(questions.map((question) => `${question}\0${answerTo({ question, answers, root })}`).join('\n'));
}

/**
 * | letter | asked | answer |
 * |---|---|---|
 * | `d` | what is in a directory | names and kinds; of a link also where it leads, if that is below the root |
 * | `t` | what an ignore file says | sha256 |
 * | `k` | whether something is a file or a directory | which |
 * | `p` | whether something is there | yes or no |
 * | `f` | what is in a file | sha256 and whether it can be executed |
 */
function answerTo(asked: { readonly question: SourceQuestion; readonly answers: SourceAnswers; readonly root: string }): string {
  const { question, answers, root } = asked;
  const path = question.slice(1);
  switch (question.charAt(0)) {
    case 'd':
      return (answers.directories.list(path) ?? [MISSING]).map((entry) => entryText(entry, path, root)).join('/');
    case 't': {
      const text = answers.directories.readText(path);
      return text === undefined ? '' : sha256Of(text);
    }
    case 'k':
      return answers.probe.kind(path) ?? '';
    case 'p':
      return String(answers.probe.isPresent(path));
    case 'f': {
      const state = answers.digests.look(path);
      return state === undefined ? '' : state.digest.hash + (state.executable ? 'x' : '');
    }
    default:
      throw new Error(`internal: no question about the disk: ${question}`);
  }
}

const MISSING: DirectoryEntry = { name: '', kind: 'file' };

function entryText(entry: DirectoryEntry, directory: string, root: string): string {
  return entry.kind === 'symlink' ? `${entry.name}>${linkTarget(`${directory}/${entry.name}`, root)}` : entry.kind.charAt(0) + entry.name;
}

function linkTarget(link: string, root: string): string {
  try {
    const target = realpathSync(link);
    return isWithin(target, realpathSync(root)) ? target : '';
  } catch (error) {
    // It leads nowhere, or in a circle.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
