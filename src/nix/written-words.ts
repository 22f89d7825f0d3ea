import { sha256Of } from '../model/digest.ts';

/** Arguments in the plan's file: words, and the names of rows of words that many steps have. */
export type WrittenArguments = readonly (string | { readonly words: string })[];

/** Below this many characters a row is not worth a name. */
const WORTH_A_NAME = 60;

/** The kinds of words that stand together on a command line of cargo's. */
const KINDS: readonly (readonly [name: string, first: RegExp, second?: RegExp])[] = [
  ['lints', /^--(?:warn|allow|deny|forbid)=/],
  ['lints', /^--check-cfg$/, /./],
  ['features', /^--cfg$/, /^feature=/],
  ['shape', /^--(?:error-format|json|emit)=/],
  ['shape', /^--crate-type$/, /./],
  ['codegen', /^-C$/, /^(?!metadata=|extra-filename=|linker)/],
];

/** Gives a name to every row of words of one kind that is long enough; `enter` is told each. */
export function shortenArguments(words: readonly string[], enter: (name: string, words: readonly string[]) => void): WrittenArguments {
  const written: (string | { readonly words: string })[] = [];
  for (let at = 0; at < words.length;) {
    const { kind, length } = rowAt(words, at);
    const row = words.slice(at, at + length);
    at += length;
    if (kind === undefined || row.join(' ').length < WORTH_A_NAME) {
      written.push(...row);
      continue;
    }
    const name = `${kind}-${sha256Of(JSON.stringify(row)).slice(0, 12)}`;
    enter(name, row);
    written.push({ words: name });
  }
  return written;
}

/** Throws for a name that there is not. */
export function lengthenArguments(written: WrittenArguments, words: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return written.flatMap((word) => {
    if (typeof word === 'string') return [word];
    const row = words[word.words];
    if (row === undefined) throw new Error(`\`ferrule.nix\` gave no words \`${word.words}\``);
    return row;
  });
}

function rowAt(words: readonly string[], start: number): { readonly kind: string | undefined; readonly length: number } {
  const first = kindAt(words, start);
  if (first === undefined) return { kind: undefined, length: 1 };
  let end = start + first.length;
  for (let next = kindAt(words, end); next?.kind === first.kind; next = kindAt(words, end)) end += next.length;
  return { kind: first.kind, length: end - start };
}

function kindAt(words: readonly string[], at: number): { readonly kind: string; readonly length: number } | undefined {
  for (const [kind, first, second] of KINDS) {
    if (!first.test(words[at] ?? '')) continue;
    if (second === undefined) return { kind, length: 1 };
    if (second.test(words[at + 1] ?? '')) return { kind, length: 2 };
  }
  return undefined;
}
