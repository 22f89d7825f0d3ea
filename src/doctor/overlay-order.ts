import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { lockSkew, type MemberLock } from '../python/lock/skew.ts';
import { directoryOf, joined } from './checked-repository.ts';
import { boundValue, type NixBinding, nixBindings } from './nix-bindings.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';
import { closingIndex, isSign, listElements, type NixToken } from './nix-tokens.ts';

const SHOWN = 6;

/** F1108: overlays made from several `uv.lock`s are composed into one set, and the locks disagree: the last overlay decides, without a word. */
export function examineOverlayOrder(files: readonly NixFile[], locks: readonly MemberLock[]): readonly Diagnostic[] {
  if (locks.length < 2 || !files.some(({ text }) => text.includes('mkPyprojectOverlay') || text.includes('uv2nix'))) return [];
  const skewed = lockSkew({ members: locks }).filter(({ verdict }) => verdict !== 'same');
  if (skewed.length === 0) return [];
  return files.flatMap((file) => {
    const bindings = nixBindings(file.tokens);
    return file.tokens.flatMap((token, index): readonly Diagnostic[] => {
      if (token.text !== 'composeManyExtensions') return [];
      const elements = composedElements(file.tokens, index + 1);
      const order = elements.flatMap((element) => memberOf(file, bindings, element, locks) ?? []);
      if (new Set(order).size < 2) return [];
      const facts = skewed.slice(0, SHOWN).map(({ name, versions }): readonly [string, string] => {
        const wanted = versions
          .map(({ version, lockedBy }) => `${version} (${lockedBy.map(({ member }) => member).join(', ')})`)
          .join(', ');
        const winner = order.findLast((member) => versions.some(({ lockedBy }) => lockedBy.some((by) => by.member === member)));
        const won = versions.find(({ lockedBy }) => lockedBy.some((by) => by.member === winner))?.version ?? '?';
        return [name, `${wanted}; all get ${won}`];
      });
      const more = skewed.length > SHOWN ? [['and', `${skewed.length - SHOWN} more`] as const] : [];
      const last = elements.at(-1)?.at(-1) ?? token;
      return [
        {
          code: 'F1108',
          severity: 'warning',
          blame: 'input',
          message: `the order of these overlays decides the version of ${skewed.length === 1 ? 'a dependency' : `${skewed.length} dependencies`}`,
          span: spanOfTokens(file, token, last),
          facts: [...facts, ...more],
          hints: ['`ferrule locks` shows who needs what; Ferrule gives each environment what its own lock says'],
        },
      ];
    });
  });
}

/** `[ a b ]`, and `([ a ] ++ more ++ [ b ])`: what the lists have, in order. */
function composedElements(tokens: readonly NixToken[], index: number): readonly (readonly NixToken[])[] {
  if (isSign(tokens[index], '[')) return listElements(tokens, index);
  if (!isSign(tokens[index], '(')) return [];
  const end = closingIndex(tokens, index);
  const elements: (readonly NixToken[])[] = [];
  for (let at = index + 1; at < end; at += 1) {
    const token = tokens[at];
    if (token === undefined || isSign(token, '+')) continue;
    if (isSign(token, '[')) elements.push(...listElements(tokens, at));
    else elements.push([token]);
    if (isSign(token, '[') || isSign(token, '(') || isSign(token, '{')) at = closingIndex(tokens, at);
  }
  return elements;
}

const DEEPEST = 4;

/** The member that an overlay is made from: its workspace's root is followed through the names of the file, else a member's name is looked for. */
function memberOf(
  file: NixFile,
  bindings: readonly NixBinding[],
  element: readonly NixToken[],
  locks: readonly MemberLock[],
): string | undefined {
  const root = workspaceRoot(file, bindings, element, 0);
  if (root !== undefined) return locks.find(({ member }) => (member === '.' ? '' : member) === root)?.member;
  const text = element.map((token) => token.text).join('');
  return locks.find(({ member }) => namesMember(text, member))?.member;
}

/** The `workspaceRoot` behind an overlay of uv2nix, relative to the repository's root. */
function workspaceRoot(file: NixFile, bindings: readonly NixBinding[], expression: readonly NixToken[], depth: number): string | undefined {
  if (depth > DEEPEST) return undefined;
  const at = expression.findIndex(({ text }) => text === 'workspaceRoot');
  const written = at === -1 || !isSign(expression[at + 1], '=') ? undefined : expression[at + 2];
  const named = written?.kind === 'word' ? boundValue(bindings, written)?.[0] : written;
  if (named !== undefined) return named.kind === 'path' ? joined(directoryOf(file.path), named.text) : undefined;
  const overlay = expression.findIndex(({ text }) => text === 'mkPyprojectOverlay' || text === 'mkEditablePyprojectOverlay');
  const name = overlay === -1 ? (expression.length === 1 ? expression[0] : undefined) : expression[overlay - 2];
  const value = name?.kind === 'word' ? boundValue(bindings, name) : undefined;
  return value === undefined ? undefined : workspaceRoot(file, bindings, value, depth + 1);
}

/** `packages.pnt-cli.overlay` is about the member at `packages/pnt-cli`. */
function namesMember(element: string, member: string): boolean {
  const name = member.slice(member.lastIndexOf('/') + 1);
  const at = element.indexOf(name);
  return name !== '.' && at !== -1 && !/[\w-]/.test(element.charAt(at - 1)) && !/[\w-]/.test(element.charAt(at + name.length));
}
