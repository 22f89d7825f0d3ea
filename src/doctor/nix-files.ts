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

const GENERATED = /(?:^|\/)(?:Cargo|crate-hashes|hackage-packages)\.nix$/;

/** The Nix files of a repository, without what crate2nix and its like have written. */
export function writtenNixFiles(repository: CheckedRepository): readonly NixFile[] {
  return repository.files
    .filter((path) => path.endsWith('.nix') && !GENERATED.test(path))
    .map((path) => {
      const text = repository.text(path) ?? '';
      return { path, text, tokens: tokenizeNix(text) };
    });
}

export function spanOfTokens({ path, text }: NixFile, first: NixToken, last: NixToken = first): Span {
  return spanAt({ file: path, text, start: first.start, end: last.end });
}
