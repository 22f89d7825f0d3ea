import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What stands at one path of the repository: `ferrule.nix` takes a part of it piece by piece. */
export interface SourcePiece {
  /** Relative to the repository's root, or to whatever the pieces are seen from; empty: the whole. */
  readonly at: string;
  /** In the Nix store. */
  readonly path: string;
}

/** The pieces as they are seen from a directory of the repository. */
export function piecesBelow(pieces: readonly SourcePiece[], below: string): readonly SourcePiece[] {
  if (below === '') return pieces;
  return pieces.flatMap(({ at, path }): readonly SourcePiece[] => {
    if (at === below) return [{ at: '', path }];
    if (at === '') return [{ at: '', path: join(path, below) }];
    if (below.startsWith(`${at}/`)) return [{ at: '', path: join(path, below.slice(at.length + 1)) }];
    return at.startsWith(`${below}/`) ? [{ at: at.slice(below.length + 1), path }] : [];
  });
}

/** Where a file or directory of the repository is; throws when no piece has it. */
export function pathIn(pieces: readonly SourcePiece[], file: string): string {
  const found = piecesBelow(pieces, file).find(({ at }) => at === '');
  if (found === undefined) throw new Error(`\`ferrule.nix\` gave no \`${file}\``);
  return found.path;
}

/** One directory with all the pieces in it. */
export function assembled(pieces: readonly SourcePiece[]): string {
  const [only, ...others] = pieces;
  if (only?.at === '' && others.length === 0) return only.path;
  const directory = mkdtempSync(join(tmpdir(), 'ferrule-part-'));
  for (const { at, path } of pieces) {
    mkdirSync(dirname(join(directory, at)), { recursive: true });
    cpSync(path, join(directory, at), { recursive: true, verbatimSymlinks: true });
  }
  return directory;
}
