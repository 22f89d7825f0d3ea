import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { EnvironmentPart } from '../environment.ts';
import { childrenOf, type Contribution, identityOf, isDirectory } from './contribution.ts';
import type { CaseCollision, Collision } from './merge.ts';
import type { NativeReport } from './native-libraries.ts';
import { debianPackage, isDriverLibrary } from './platform-libraries.ts';
import { SITE_PACKAGES_ALIAS, type SiteLayout } from './site-layout.ts';

/** Paths named in one message. */
const MOST_NAMED = 5;

export type PartsByName = ReadonlyMap<DistributionName, EnvironmentPart>;

/** F0960: one error for each set of distributions that collide; F0964 where one of them is the environment itself. */
export function collisionErrors(collisions: readonly Collision[], parts: PartsByName, layout: SiteLayout): readonly Diagnostic[] {
  return grouped(collisions).map((group) => {
    const [first] = group;
    if (first === undefined) throw new Error('internal: an empty group of collisions');
    const owners = first.contributions.flatMap(({ owner }) => owner ?? []);
    if (owners.length < first.contributions.length) return reservedError(group, owners, layout);
    return {
      code: 'F0960',
      severity: 'error',
      blame: 'input',
      message: `${list(owners.map(quoted))} bring different content for ${pathsText(group, layout)}`,
      ...spansOf(owners, parts),
      facts: [
        ...ownerFacts(owners, parts),
        ...group.slice(0, MOST_NAMED).map((collision) => differenceFact(collision, layout)),
        ...more(group),
      ],
      hints: [
        'if only one of them is needed, leave the other out of the dependencies',
        ...policyHints('to let one of them win', { group, take: owners[0] ?? 'first', layout }),
      ],
    };
  });
}

/** F0961: stray files at the top of `site-packages`. */
export function junkWarnings(junk: readonly Collision[], layout: SiteLayout): readonly Diagnostic[] {
  if (junk.length === 0) return [];
  return [
    {
      code: 'F0961',
      severity: 'warning',
      blame: 'input',
      message: `${pathsText(junk, layout)}: several distributions bring it, and the first one has its way`,
      facts: [
        ...junk
          .slice(0, MOST_NAMED)
          .map(({ path, contributions }) => [shortPath(path, layout), list(contributions.flatMap(({ owner }) => owner ?? []))] as const),
        ...more(junk),
      ],
      hints: ['nothing imports it', ...policyHints('to agree', { group: junk, take: 'first', layout })],
    },
  ];
}

/** F0962: an error where the file system is known to ignore case. */
export function caseDiagnostics(
  collisions: readonly CaseCollision[],
  { isCaseBlind, layout }: { readonly isCaseBlind: boolean; readonly layout: SiteLayout },
): readonly Diagnostic[] {
  return collisions.map(({ directory, names }) => ({
    code: 'F0962',
    severity: isCaseBlind ? 'error' : 'warning',
    blame: 'input',
    message: `${list(names.map(({ name }) => quoted(name)))} in \`${shortPath(directory, layout)}\` differ in case only`,
    facts: names.map(({ name, owner }) => [name, owner ?? 'the environment'] as const),
    hints: [
      isCaseBlind
        ? 'this file system takes them for one; remove one of them by a rule in `ferrule.toml`'
        : 'on macOS and Windows they are one and the same path',
    ],
  }));
}

/** F0965: libraries that nothing provides. */
export function nativeWarnings(report: NativeReport): readonly Diagnostic[] {
  const { missing, preloadExpected } = report;
  if (missing.length === 0) return [];
  const libraries = [...new Set(missing.map(({ library }) => library))];
  const packages = [...new Set(libraries.flatMap((library) => debianPackage(library) ?? []))].toSorted();
  const [driver] = libraries.filter(isDriverLibrary);
  const [searched] = libraries.filter((library) => debianPackage(library) === undefined && !isDriverLibrary(library));
  return [
    {
      code: 'F0965',
      severity: 'warning',
      blame: 'input',
      message: `${libraries.length === 1 ? 'a native library that' : `${libraries.length} native libraries that`} ${missing.length === 1 ? 'a distribution needs' : 'distributions need'} ${libraries.length === 1 ? 'is' : 'are'} neither in the environment nor on this machine`,
      facts: [
        ...missing.slice(0, 4 * MOST_NAMED).map(({ library, owner, objects }) => [library, `${owner} (${objectsText(objects)})`] as const),
        ...(missing.length > 4 * MOST_NAMED ? [['and', `${missing.length - 4 * MOST_NAMED} more`] as const] : []),
        [
          'resolved',
          `${report.resolved}${preloadExpected.length === 0 ? '' : `, and ${preloadExpected.length} more once another library of the environment is loaded`}`,
        ],
      ],
      hints: [
        ...(packages.length === 0 ? [] : [`Debian: apt install ${packages.join(' ')}`]),
        ...(searched === undefined ? [] : [`Debian: apt-file search ${searched}`]),
        ...(driver === undefined ? [] : [`\`${driver}\` comes with the graphics driver`]),
        ...[...new Set(missing.map(({ owner }) => owner))].map((owner) => {
          const needed = missing.filter((need) => need.owner === owner).map(({ library }) => JSON.stringify(library));
          return `if the program finds ${needed.length === 1 ? 'it' : 'them'} where it runs, put into \`ferrule.toml\`: ${overrideLine(owner, `libraries = [${needed.join(', ')}]`)}`;
        }),
      ],
    },
  ];
}

/** F0963 */
export function duplicateError(name: DistributionName, parts: readonly EnvironmentPart[]): Diagnostic {
  const spans = parts.flatMap(({ origin }) => origin.span?.() ?? []);
  const [span] = spans;
  return {
    code: 'F0963',
    severity: 'error',
    blame: 'input',
    message: `\`${name}\` is wanted twice in one environment`,
    ...(span === undefined ? {} : { span }),
    related: spans.slice(1).map((other) => ({ message: 'and here', span: other })),
    facts: parts.map(({ origin }) => ['version', origin.version] as const),
    hints: ['an environment holds one version of a distribution: let the locks agree, or make two environments'],
  };
}

/** F0966 */
export function absentTreeError(part: EnvironmentPart): Diagnostic {
  return {
    code: 'F0966',
    severity: 'error',
    blame: 'infrastructure',
    message: `the unpacked wheel of \`${part.origin.name}\` is no longer in the store`,
    facts: [['tree', `sha256:${part.wheel.tree.hash}`]],
    hints: ['run the same command again: what is missing is unpacked anew'],
  };
}

function reservedError(group: readonly Collision[], owners: readonly DistributionName[], layout: SiteLayout): Diagnostic {
  return {
    code: 'F0964',
    severity: 'error',
    blame: 'input',
    message: `${list([...new Set(owners)].map(quoted))} brings ${pathsText(group, layout)}, and the environment has its own`,
    hints: owners.map((owner) => {
      const own = group.filter(({ contributions }) => contributions.some((one) => one.owner === owner));
      const patterns = own.map(({ path }) => JSON.stringify(shortPath(path, layout))).join(', ');
      return `to leave it out, put into \`ferrule.toml\`: ${overrideLine(owner, `remove = [${patterns}]`)}`;
    }),
  };
}

/** Collisions between the same owners, in order of their first paths. */
function grouped(collisions: readonly Collision[]): readonly (readonly Collision[])[] {
  const groups = new Map<string, Collision[]>();
  for (const collision of collisions) {
    const key = collision.contributions.map(({ owner }) => owner ?? '').join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [collision]);
    else group.push(collision);
  }
  return [...groups.values()].map((group) => group.toSorted((left, right) => (left.path < right.path ? -1 : 1)));
}

function differenceFact({ path, contributions }: Collision, layout: SiteLayout): readonly [string, string] {
  return [shortPath(path, layout), contributions.map(describe).join(', ')];
}

function describe({ owner, node }: Contribution): string {
  const what = isDirectory(node)
    ? `directory of ${childrenOf(node).size}`
    : node.kind === 'tree-file'
      ? `${node.digest.size} bytes, sha256 ${node.digest.hash.slice(0, 12)}`
      : identityOf(node).slice(0, 17);
  return `${owner ?? 'the environment'}: ${what}`;
}

function ownerFacts(owners: readonly DistributionName[], parts: PartsByName): readonly (readonly [string, string])[] {
  return owners.flatMap((owner) => {
    const part = parts.get(owner);
    return part === undefined ? [] : [[owner, part.origin.version] as const];
  });
}

function spansOf(owners: readonly DistributionName[], parts: PartsByName): Pick<Diagnostic, 'span' | 'related'> {
  const spans = owners.flatMap((owner) => {
    const span = parts.get(owner)?.origin.span?.();
    return span === undefined ? [] : [{ message: `\`${owner}\` is locked here`, span }];
  });
  const [first, ...related] = spans;
  return first === undefined ? {} : { span: first.span, related };
}

function pathsText(group: readonly Collision[], layout: SiteLayout): string {
  const [first] = group;
  return group.length === 1 ? `\`${shortPath(first?.path ?? '', layout)}\`` : `${group.length} paths`;
}

function policyHints(
  words: string,
  options: { readonly group: readonly Collision[]; readonly take: string; readonly layout: SiteLayout },
): readonly string[] {
  const { group, take, layout } = options;
  return patternsOf(group, layout).map(
    (pattern) =>
      `${words}, put into \`ferrule.toml\`: \`[[collision]]\`, \`paths = ${JSON.stringify(pattern)}\`, \`take = ${JSON.stringify(take)}\``,
  );
}

function overrideLine(owner: DistributionName, line: string): string {
  return `\`[[override]]\`, \`distribution = ${JSON.stringify(owner)}\`, \`${line}\``;
}

/** Patterns that match the paths and little more: by package, the path itself, or the deepest directory that holds all of them. */
function patternsOf(group: readonly Collision[], layout: SiteLayout): readonly string[] {
  const packages = new Map<string, string[][]>();
  for (const { path } of group) {
    const parts = shortPath(path, layout).split('/');
    const name = parts.slice(0, 2).join('/');
    packages.set(name, [...(packages.get(name) ?? []), parts]);
  }
  return Array.from(packages.values(), commonPattern);
}

function commonPattern([first = [], ...others]: readonly (readonly string[])[]): string {
  if (others.length === 0) return first.join('/');
  let length = 0;
  while (length < first.length && others.every((parts) => parts[length] === first[length])) length += 1;
  return [...first.slice(0, length), '**'].join('/');
}

/** As policies write it: without the Python version. */
function shortPath(path: string, layout: SiteLayout): string {
  const start = layout.sitePackages;
  return path === start || path.startsWith(`${start}/`) ? `${SITE_PACKAGES_ALIAS}${path.slice(start.length)}` : path;
}

function objectsText(objects: readonly string[]): string {
  const [first = ''] = objects;
  const name = first.slice(first.lastIndexOf('/') + 1);
  return objects.length === 1 ? name : `${name} and ${objects.length - 1} more`;
}

function more(group: readonly unknown[]): readonly (readonly [string, string])[] {
  return group.length > MOST_NAMED ? [['and', `${group.length - MOST_NAMED} more`]] : [];
}

function list(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function quoted(word: string): string {
  return `\`${word}\``;
}
