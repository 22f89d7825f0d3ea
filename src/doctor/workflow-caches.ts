import type { Span } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import type { CheckedRepository } from './checked-repository.ts';

/** A step of a GitHub workflow that keeps something under a key. */
export interface CacheStep {
  /** The key as written, without quotes. */
  readonly key: string;
  /** Of the key. */
  readonly span: Span;
  /** What is kept: `target`, `~/.cargo/registry`. */
  readonly paths: readonly string[];
  /** The workflow calls Nix. */
  readonly usesNix: boolean;
}

/** Every use of `actions/cache` (or its `restore` and `save`) in the workflows and actions of a repository. Read by lines: these files are YAML of one shape. */
export function cacheSteps(repository: CheckedRepository): readonly CacheStep[] {
  const workflows = repository.files.filter((path) => /(?:^|\/)\.github\/(?:workflows|actions)\/.*\.ya?ml$/.test(path));
  return workflows.flatMap((path) => stepsOf(path, repository.text(path) ?? ''));
}

interface Line {
  /** Offset of the line in the text. */
  readonly start: number;
  readonly indent: number;
  readonly text: string;
}

function stepsOf(path: string, text: string): readonly CacheStep[] {
  const usesNix = /\bnix\b/.test(text);
  const lines = [...text.matchAll(/^( *)(.*)$/gm)]
    .map(({ 1: blanks = '', 2: rest = '', index }): Line => ({ start: index, indent: blanks.length, text: rest.trimEnd() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  return lines.flatMap((line, index): readonly CacheStep[] => {
    if (!/^(?:- )?uses: *["']?actions\/cache(?:\/\w+)?@/.test(line.text)) return [];
    const step = stepAround(lines, index);
    const key = step.findIndex((each) => /^(?:- )?key:/.test(each.text));
    const paths = step.findIndex((each) => /^(?:- )?path:/.test(each.text));
    const found = step[key];
    if (found === undefined || paths === -1) return [];
    const value = blockOf(step, key);
    const start = found.start + found.indent + found.text.indexOf('key:') + 'key: '.length;
    const span = spanAt({ file: path, text, start, end: found.start + found.indent + found.text.length });
    return [{ key: value.join(' '), span, paths: blockOf(step, paths), usesNix }];
  });
}

/** The lines of the list item that a line belongs to. */
function stepAround(lines: readonly Line[], index: number): readonly Line[] {
  const indent = (line: Line | undefined): number => line?.indent ?? 0;
  let first = index;
  while (first > 0 && !(lines[first]?.text.startsWith('- ') === true && indent(lines[first]) <= indent(lines[index]))) first -= 1;
  const end = lines.findIndex((line, at) => at > first && line.indent <= indent(lines[first]));
  return lines.slice(first, end === -1 ? undefined : end);
}

/** A scalar, or the lines of a block (`|`, `>-`), without quotes. */
function blockOf(lines: readonly Line[], at: number): readonly string[] {
  const head = lines[at];
  if (head === undefined) return [];
  const written = head.text.slice(head.text.indexOf(':') + 1).trim();
  if (!/^[|>][-+]?$/.test(written)) return [written.replaceAll(/^["']|["']$/g, '')];
  const end = lines.findIndex((line, index) => index > at && line.indent <= head.indent);
  return lines.slice(at + 1, end === -1 ? undefined : end).map(({ text }) => text);
}
