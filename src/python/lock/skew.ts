import type { Span } from '../../diagnostics/diagnostic.ts';
import type { DistributionName } from '../distribution-name.ts';
import { formatSpecifiers, parseSpecifiers, satisfies, type SpecifierSet } from '../version/specifier.ts';
import { compareVersions, parseVersion } from '../version/version.ts';
import type { LockedPackage, LockEdge, PythonLock, UvLock } from './lock.ts';

/** A member's lock, under the name that the user knows the member by. */
export interface MemberLock {
  /** `packages/pnt-cli` */
  readonly member: string;
  readonly lock: PythonLock;
}

/** A distribution that several members have locked. */
export interface SharedDependency {
  readonly name: DistributionName;
  /**
   * `same`: every lock has the same versions. `compatible`: they differ, and one of them suits every consumer. `conflicting`: they
   * differ, and none does.
   */
  readonly verdict: 'same' | 'compatible' | 'conflicting';
  /** Newest first. */
  readonly versions: readonly SharedVersion[];
  /** What the members' own projects ask of it. */
  readonly consumers: readonly Consumer[];
  /** Environments it is part of: `pnt-cli:env`, `pnt-cli:env/dev`. Markers are not looked at. */
  readonly environments: readonly string[];
}

export interface SharedVersion {
  readonly version: string;
  /** Members whose lock has it, with the place. */
  readonly lockedBy: readonly { readonly member: string; readonly span: () => Span }[];
  /** Consumers that it does not suit. Empty: it suits them all. */
  readonly rejectedBy: readonly Consumer[];
}

/** A project's requirement on a shared distribution, as its lock recorded it. */
export interface Consumer {
  readonly member: string;
  /** The project that asks. */
  readonly project: DistributionName;
  /** The extra or group it stands in; `undefined`: its dependencies. */
  readonly within: string | undefined;
  /** `>=2,<3`; empty: any version. */
  readonly specifier: string;
  readonly marker: string | undefined;
  readonly span: () => Span;
}

/**
 * Which distributions several members lock, and whether they agree: sorted by name. Only distributions with versions from an index
 * or an archive count; projects of the repository itself are the same for everybody. A lock in the format of PEP 751 does not say
 * what was asked for, so its member is no consumer.
 */
export function lockSkew({ members }: { readonly members: readonly MemberLock[] }): readonly SharedDependency[] {
  const lockings = new Map<DistributionName, Locking[]>();
  for (const member of members) {
    for (const locking of lockingsOf(member)) {
      const known = lockings.get(locking.name);
      if (known === undefined) lockings.set(locking.name, [locking]);
      else known.push(locking);
    }
  }
  const consumers = members.flatMap(consumersOf);
  const environments = members.flatMap(environmentsOf);
  return [...lockings]
    .filter(([, found]) => new Set(found.map(({ member }) => member)).size > 1)
    .map(([name, found]) =>
      judge(found, {
        consumers: consumers.filter((consumer) => consumer.name === name).map(({ consumer }) => consumer),
        environments: environments.filter(({ reached }) => reached.has(name)).map(({ label }) => label),
      }),
    )
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

interface Locking {
  readonly name: DistributionName;
  readonly version: string;
  readonly member: string;
  readonly span: () => Span;
}

function lockingsOf({ member, lock }: MemberLock): readonly Locking[] {
  if (lock.kind === 'pylock') {
    return lock.packages.flatMap((entry) => {
      const { name, version } = entry;
      return version === undefined || entry.source.kind === 'directory' ? [] : [{ name, version, member, span: () => lock.spanOf(entry) }];
    });
  }
  return lock.packages.flatMap((entry) => {
    const { name, version } = entry;
    return version === undefined || isProject(entry) ? [] : [{ name, version, member, span: () => lock.spanOf(entry) }];
  });
}

function isProject({ source }: LockedPackage): boolean {
  return source.kind === 'editable' || source.kind === 'directory' || source.kind === 'virtual';
}

function judge(
  lockings: readonly Locking[],
  { consumers, environments }: Pick<SharedDependency, 'consumers' | 'environments'>,
): SharedDependency {
  const versions = [...new Set(lockings.map(({ version }) => version))].toSorted(newestFirst).map((version): SharedVersion => ({
    version,
    lockedBy: lockings.filter((locking) => locking.version === version).map(({ member, span }) => ({ member, span })),
    rejectedBy: consumers.filter((consumer) => !suits(version, consumer)),
  }));
  const [first] = lockings;
  if (first === undefined) throw new Error('internal: a shared dependency that nobody has locked');
  return { name: first.name, verdict: verdictOf(lockings, versions), versions, consumers, environments };
}

/** A lock may have several versions of its own, one for each fork: locks agree when they have the same ones. */
function verdictOf(lockings: readonly Locking[], versions: readonly SharedVersion[]): SharedDependency['verdict'] {
  const members = [...new Set(lockings.map(({ member }) => member))];
  const isEverywhere = ({ lockedBy }: SharedVersion): boolean => members.every((member) => lockedBy.some((by) => by.member === member));
  if (versions.every(isEverywhere)) return 'same';
  return versions.some(({ rejectedBy }) => rejectedBy.length === 0) ? 'compatible' : 'conflicting';
}

function suits(version: string, { specifier }: Consumer): boolean {
  const [parsed, range] = [parseVersion(version), parseSpecifiers(specifier)];
  return parsed === undefined || range === undefined || satisfies(range, parsed);
}

function newestFirst(left: string, right: string): number {
  const [a, b] = [parseVersion(left), parseVersion(right)];
  return a === undefined || b === undefined ? 0 : compareVersions(b, a);
}

function consumersOf({ member, lock }: MemberLock): readonly { readonly name: DistributionName; readonly consumer: Consumer }[] {
  if (lock.kind === 'pylock') return [];
  return lock.packages.filter(isProject).flatMap((entry) => {
    const lists = [
      { within: undefined, requirements: entry.metadata?.requiresDist ?? [] },
      ...[...(entry.metadata?.requiresDev ?? [])].map(([within, requirements]) => ({ within, requirements })),
    ];
    return lists.flatMap(({ within, requirements }) =>
      requirements.map(({ name, specifier, marker, path }) => ({
        name,
        consumer: {
          member,
          project: entry.name,
          within: within ?? extraOf(marker),
          specifier: normalSpecifier(specifier),
          marker,
          span: () => lock.spanOf(entry, path),
        },
      })),
    );
  });
}

function extraOf(marker: string | undefined): string | undefined {
  return /extra == '([^']+)'/.exec(marker ?? '')?.[1];
}

function normalSpecifier(specifier: string | undefined): string {
  const set: SpecifierSet | undefined = parseSpecifiers(specifier ?? '');
  return set === undefined ? (specifier ?? '') : formatSpecifiers(set);
}

interface LockedEnvironment {
  readonly label: string;
  readonly reached: ReadonlySet<DistributionName>;
}

/** The environments of the member's own projects: their dependencies, and those with one extra or one group more. */
function environmentsOf({ lock }: MemberLock): readonly LockedEnvironment[] {
  if (lock.kind === 'pylock') return [];
  return lock.packages
    .filter((entry) => isOwn(lock, entry))
    .flatMap(({ name, dependencies, extras, groups }): readonly LockedEnvironment[] => [
      { label: `${name}:env`, reached: reach(lock, dependencies) },
      ...[...extras].map(([extra, edges]) => ({ label: `${name}[${extra}]:env`, reached: reach(lock, [...dependencies, ...edges]) })),
      ...[...groups].map(([group, edges]) => ({ label: `${name}:env/${group}`, reached: reach(lock, [...dependencies, ...edges]) })),
    ]);
}

function isOwn(lock: UvLock, entry: LockedPackage): boolean {
  if (!isProject(entry)) return false;
  return lock.manifest.members.includes(entry.name) || ('path' in entry.source && entry.source.path === '.');
}

/** What edges lead to on some platform, with the extras that they ask for. */
function reach(lock: UvLock, edges: readonly LockEdge[]): ReadonlySet<DistributionName> {
  const reached = new Set<DistributionName>();
  const visited = new Set<readonly LockEdge[]>();
  const open = [...edges];
  for (let edge = open.pop(); edge !== undefined; edge = open.pop()) {
    const { name, version, source, extras } = edge;
    reached.add(name);
    for (const entry of lock.byName.get(name) ?? []) {
      if ((version !== undefined && version !== entry.version) || (source !== undefined && source !== entry.source.key)) continue;
      for (const more of [entry.dependencies, ...extras.flatMap((extra) => [entry.extras.get(extra) ?? []])]) {
        if (visited.has(more)) continue;
        visited.add(more);
        open.push(...more);
      }
    }
  }
  return reached;
}
