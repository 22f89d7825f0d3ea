import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { lockSkew, type MemberLock } from '../python/lock/skew.ts';
import { isSign, listElements } from './nix-tokens.ts';
import { type NixFile, spanOfTokens } from './nix-files.ts';

const SHOWN = 6;

/** F1108: overlays made from several `uv.lock`s are composed into one set, and the locks disagree: the last overlay decides, without a word. */
export function examineOverlayOrder(files: readonly NixFile[], locks: readonly MemberLock[]): readonly Diagnostic[] {
  if (locks.length < 2 || !files.some(({ text }) => text.includes('mkPyprojectOverlay') || text.includes('uv2nix'))) return [];
  const skewed = lockSkew({ members: locks }).filter(({ verdict }) => verdict !== 'same');
  if (skewed.length === 0) return [];
  return files.flatMap((file) =>
    file.tokens.flatMap((token, index): readonly Diagnostic[] => {
      if (token.text !== 'composeManyExtensions' || !isSign(file.tokens[index + 1], '[')) return [];
      const elements = listElements(file.tokens, index + 1).map((element) => element.map(({ text }) => text).join(''));
      const order = elements.flatMap((element) => locks.filter(({ member }) => namesMember(element, member)).map(({ member }) => member));
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
      const last =
        listElements(file.tokens, index + 1)
          .at(-1)
          ?.at(-1) ?? token;
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
    }),
  );
}

/** `packages.pnt-cli.overlay` is about the member at `packages/pnt-cli`. */
function namesMember(element: string, member: string): boolean {
  const name = member.slice(member.lastIndexOf('/') + 1);
  const at = element.indexOf(name);
  return name !== '.' && at !== -1 && !/[\w-]/.test(element.charAt(at - 1)) && !/[\w-]/.test(element.charAt(at + name.length));
}
