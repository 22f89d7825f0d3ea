import type { Span } from '../diagnostics/diagnostic.ts';
import { spanAt } from '../repository/file-span.ts';
import type { CheckedRepository } from './checked-repository.ts';
import { type NixToken, tokenizeNix } from './nix-tokens.ts';

/** A Nix file that people write. */
export interface NixFile {
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly NixToken[];
}

const GENERATED = /(?:^|\/)(?:Cargo|crate-hashes|hackage-packages|node-packages|generated)\.nix$/;
const GENERATED_HEAD = /^\s*(?:#|\/\*).*(?:@generated|generated (?:by|with|using|from)|do not edit)/im;

/** The Nix files of a repository, without what crate2nix and its like have written. */
export function writtenNixFiles(repository: CheckedRepository): readonly NixFile[] {
  return repository.files
    .filter((path) => path.endsWith('.nix') && !GENERATED.test(path))
    .map((path) => ({ path, text: repository.text(path) ?? '' }))
    .filter(({ text }) => !GENERATED_HEAD.test(text.slice(0, 1000)))
    .map(({ path, text }) => ({ path, text, tokens: tokenizeNix(text) }));
}

export function spanOfTokens({ path, text }: NixFile, first: NixToken, last: NixToken = first): Span {
  return spanAt({ file: path, text, start: first.start, end: last.end });
}
