import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourcePiece } from './source-pieces.ts';

/** Something in the store that stands below the root. */
export interface ResolvedInput {
  /** Relative to the root. */
  readonly path: string;
  readonly kind: 'crate' | 'directory';
  /** In the Nix store; or the pieces that are laid there together. */
  readonly from: string | readonly SourcePiece[];
  /** The directory in a crate's archive. */
  readonly top?: string;
  /** Patch files in the Nix store, in order. */
  readonly patches: readonly string[];
  readonly writable: boolean;
  /** A link is enough: nobody asks where it leads. */
  readonly link: boolean;
}

const FILE = 'named.json';

/**
 * Places that finished nodes have compiled in or told of, with what stands there: whoever builds on them has to see it too. The store
 * paths in the file make Nix bring it into the dependents' sandboxes.
 */
export function readNamed(needs: readonly string[]): ReadonlyMap<string, ResolvedInput> {
  const named = new Map<string, ResolvedInput>();
  for (const need of needs) {
    const file = join(need, FILE);
    if (!existsSync(file)) continue;
    const inputs: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!Array.isArray(inputs)) throw new Error(`${file} is damaged`);
    for (const input of inputs.filter(isInput)) named.set(input.path, input);
  }
  return named;
}

export function writeNamed(output: string, named: ReadonlyMap<string, ResolvedInput>): void {
  if (named.size > 0) writeFileSync(join(output, FILE), JSON.stringify([...named.values()]));
}

/** Those of the inputs whose place one of the texts names. */
export function namedIn(texts: readonly string[], inputs: readonly ResolvedInput[]): readonly ResolvedInput[] {
  return inputs.filter(({ path }) => texts.some((text) => names(text, `/${path}`)));
}

function names(text: string, place: string): boolean {
  const at = text.indexOf(place);
  return at !== -1 && /^(?:$|[/\s"':;,|])/.test(text.slice(at + place.length));
}

function isInput(value: unknown): value is ResolvedInput {
  return typeof value === 'object' && value !== null && 'path' in value && 'kind' in value && 'from' in value && 'patches' in value;
}
