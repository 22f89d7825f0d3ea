import { DirectiveError } from './script-refusal.ts';

/** Text rules of the directive parser: Rust's notion of lines, trimming and white space rather than JavaScript's. */

const LINE_FEED = 10;

/** Lines of a script's standard output, trimmed as Rust's `str::trim` does; lines that are not UTF-8 are left out. */
export function* outputLines(stdout: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (const bytes of byteLines(stdout)) {
    let line: string;
    try {
      line = decoder.decode(bytes);
    } catch (error) {
      if (error instanceof TypeError) continue;
      throw error;
    }
    yield trim(line);
  }
}

/** Lines as cargo sees them while the script runs: not trimmed, bad bytes replaced, an ending `\r` dropped. */
export function* streamedLines(stdout: Uint8Array): Generator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (const bytes of byteLines(stdout)) {
    const line = decoder.decode(bytes);
    yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

function* byteLines(stdout: Uint8Array): Generator<Uint8Array> {
  let start = 0;
  while (start <= stdout.length) {
    const found = stdout.indexOf(LINE_FEED, start);
    const end = found === -1 ? stdout.length : found;
    yield stdout.subarray(start, end);
    start = end + 1;
  }
}

/** Rust's `str::trim`: Unicode `White_Space`, which has U+0085 and lacks the byte order mark. */
export function trim(text: string): string {
  return trimEnd(text.replace(/^\p{White_Space}+/u, ''));
}

export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The parts before and after the first `separator`; `undefined` without one. */
export function splitOnce(text: string, separator: string): readonly [before: string, after: string] | undefined {
  const at = text.indexOf(separator);
  return at === -1 ? undefined : [text.slice(0, at), text.slice(at + separator.length)];
}

/**
 * Value of `rustc-flags`: `-l NAME`, `-lNAME`, `-L PATH`, `-LPATH` and nothing else (cargo `BuildOutput::parse_rustc_flags`).
 * Throws {@link DirectiveError}.
 */
export function readRustcFlags(value: string): { readonly paths: readonly string[]; readonly libraries: readonly string[] } {
  const paths: string[] = [];
  const libraries: string[] = [];
  const flags = value.split(/\p{White_Space}+/u).filter((flag) => flag !== '');
  for (let index = 0; index < flags.length; index += 1) {
    const flag = flags[index] ?? '';
    const kind = flag.slice(0, 2);
    if (kind !== '-l' && kind !== '-L') throw new DirectiveError({ kind: 'foreign-flag', value: trim(value) });
    let operand = flag.slice(2);
    if (operand === '') {
      index += 1;
      const next = flags[index];
      if (next === undefined) throw new DirectiveError({ kind: 'flag-without-value', flag: kind });
      operand = next;
    }
    (kind === '-l' ? libraries : paths).push(operand);
  }
  return { paths, libraries };
}

/** The directory of a `-L` value: `native=/x` gives `/x` (cargo `get_dynamic_search_path`). */
export function withoutSearchKind(value: string): string {
  return /^(?:native|crate|dependency|framework|all)=(.*)$/s.exec(value)?.[1] ?? value;
}
