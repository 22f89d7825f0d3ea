import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';

/** Where something to run lies, when that is not the repository the user is in: `../cube`, `../cube#web`, `git+https://…?rev=…&dir=…#web`. */
export type PlaceName =
  | {
      readonly kind: 'directory';
      /** As written. */
      readonly path: string;
      /** A TARGET in it; `undefined`: what there is to run. */
      readonly target: string | undefined;
    }
  | GitPlace;

export interface GitPlace {
  readonly kind: 'git';
  /** As git takes it: without `git+`, query and fragment. */
  readonly url: string;
  /** Branch or tag; `undefined`: the repository's default branch. */
  readonly reference: string | undefined;
  /** Full commit; `undefined`: the newest of the reference. */
  readonly revision: string | undefined;
  /** Relative to the repository's root. */
  readonly directory: string;
  readonly target: string | undefined;
}

const KEYS: readonly string[] = ['ref', 'rev', 'dir'];

/** Reads a place as Nix writes it; `undefined` when the text is an ordinary TARGET. F1122: an address that cannot be understood. */
export function parsePlaceName(text: string): Result<PlaceName> | undefined {
  const hash = text.indexOf('#');
  const [place, target] = hash === -1 ? [text, undefined] : [text.slice(0, hash), text.slice(hash + 1)];
  const wanted = target === undefined || target === '' ? undefined : target;
  if (text.startsWith('git+')) return parseGitPlace(text, place.slice('git+'.length), wanted);
  const isPath = /^(?:\.{0,2}\/|\.{1,2}$)/.test(place);
  return isPath && !place.endsWith('.py') ? ok({ kind: 'directory', path: place, target: wanted }) : undefined;
}

function parseGitPlace(text: string, place: string, target: string | undefined): Result<PlaceName> {
  const mark = place.indexOf('?');
  const url = mark === -1 ? place : place.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : place.slice(mark + 1));
  const unknown = [...query.keys()].find((key) => !KEYS.includes(key));
  const revision = query.get('rev') ?? undefined;
  const directory = query.get('dir') ?? '.';
  if (!/^(?:file|https?|ssh|git):\/\/./.test(url))
    return fail(malformed(text, 'an address begins with `git+https://`, `git+ssh://` or `git+file:///`'));
  if (unknown !== undefined) return fail(malformed(text, `it has \`${unknown}\`; known are \`ref\`, \`rev\` and \`dir\``));
  if (revision !== undefined && !/^[0-9a-f]{40}$/.test(revision))
    return fail(malformed(text, '`rev` is a whole commit of 40 digits; a branch or a tag is `ref`'));
  if (directory.startsWith('/') || directory.split('/').includes('..'))
    return fail(malformed(text, '`dir` lies below the root of the repository'));
  return ok({ kind: 'git', url, reference: query.get('ref') ?? undefined, revision, directory, target });
}

function malformed(text: string, hint: string): Diagnostic {
  return { code: 'F1122', severity: 'error', blame: 'input', message: `\`${text}\` is not an address of a repository`, hints: [hint] };
}
