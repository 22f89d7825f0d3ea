import { resolve } from 'node:path';
import type { DistributionName } from '../distribution-name.ts';
import type { DeclaredRequirement, Project } from '../project/project.ts';
import type { UvSource } from '../project/uv-settings.ts';
import { type Marker, parseMarker } from '../version/marker.ts';
import { formatSpecifiers, parseSpecifiers, type SpecifierSet } from '../version/specifier.ts';
import type { LockedRequirement, UvLock } from './lock.ts';

/**
 * A requirement in the one form in which what a project declares and what a lock recorded can be compared: everything but the
 * marker as a text, the marker as a condition.
 */
export interface ComparableRequirement {
  readonly key: string;
  readonly condition: Condition;
}

/** All of the first and none of the second. */
export interface Condition {
  readonly all: readonly Marker[];
  readonly none: readonly Marker[];
}

export interface LoweringContext {
  readonly lock: UvLock;
  readonly project: Project;
  /** The root of its workspace, whose sources and indexes count as well; `undefined`: it is its own. */
  readonly workspaceRoot: Project | undefined;
}

/** Where in a project a requirement stands: in an extra, in a group, or among its dependencies. */
export interface RequirementSeat {
  readonly extra: DistributionName | undefined;
  readonly group: DistributionName | undefined;
}

/**
 * What uv records for a declared requirement once `tool.uv.sources` has had its say (uv, lowering): one requirement for each source
 * that counts here, and one for where none of them does.
 */
export function expectedRequirements(
  { requirement }: DeclaredRequirement,
  seat: RequirementSeat,
  context: LoweringContext,
): readonly ComparableRequirement[] {
  const own = requirement.marker === undefined ? [] : [requirement.marker];
  const all = seat.extra === undefined ? own : [...own, extraMarker(seat.extra)];
  const sources = sourcesOf(requirement.name, seat, context);
  const base = { name: requirement.name, extras: requirement.extras };
  if (requirement.constraint.kind === 'url') {
    return [{ key: keyOf({ ...base, rest: urlKey(requirement.constraint.url, context.project.directory) }), condition: { all, none: [] } }];
  }
  const { set } = requirement.constraint;
  const conditional = sources.map((source) => ({ source, marker: markerOf(source) }));
  const lowered = conditional.map(({ source, marker }) => ({
    key: keyOf({ ...base, rest: sourceKey(source, { set, name: requirement.name, context }) }),
    condition: { all: marker === undefined ? all : [...all, marker], none: [] },
  }));
  if (conditional.some(({ marker }) => marker === undefined)) return lowered;
  const rest = { all, none: conditional.flatMap(({ marker }) => marker ?? []) };
  return [...lowered, { key: keyOf({ ...base, rest: `registry ${specifierKey(set)}` }), condition: rest }];
}

/** What a lock recorded, in the same form. */
export function recordedRequirement(requirement: LockedRequirement, lock: UvLock): ComparableRequirement {
  const marker = requirement.marker === undefined ? undefined : parseMarker(requirement.marker);
  return {
    key: keyOf({ name: requirement.name, extras: requirement.extras, rest: originKey(requirement, lock) }),
    condition: { all: marker?.ok === true ? [marker.marker] : [], none: [] },
  };
}

function extraMarker(extra: DistributionName): Marker {
  return { kind: 'comparison', variable: 'extra', operator: '==', value: extra, valueFirst: false };
}

function sourcesOf(name: DistributionName, seat: RequirementSeat, { project, workspaceRoot }: LoweringContext): readonly UvSource[] {
  const sources = project.uv.sources.get(name) ?? workspaceRoot?.uv.sources.get(name) ?? [];
  return sources.filter(
    ({ extra, group }) => (extra === undefined || extra === seat.extra) && (group === undefined || group === seat.group),
  );
}

function markerOf({ marker }: UvSource): Marker | undefined {
  const parsed = marker === undefined ? undefined : parseMarker(marker);
  return parsed?.ok === true ? parsed.marker : undefined;
}

interface SourceSubject {
  readonly set: SpecifierSet;
  readonly name: DistributionName;
  readonly context: LoweringContext;
}

function sourceKey({ origin }: UvSource, { set, name, context }: SourceSubject): string {
  switch (origin.kind) {
    case 'index':
      return `registry ${specifierKey(set)} from ${indexAddress(origin.index, context)}`;
    case 'git':
      return gitKey({ url: origin.url, reference: origin.reference, subdirectory: origin.subdirectory });
    case 'url':
      return `url ${origin.url} ${origin.subdirectory ?? ''}`;
    case 'path':
      return pathKey(resolve(pathBase(name, context), origin.path), origin.editable === true);
    case 'workspace':
      return memberKey(name, origin.editable, context.lock);
  }
}

/** Relative paths start from the file that has the source. */
function pathBase(name: DistributionName, { project, workspaceRoot }: LoweringContext): string {
  return project.uv.sources.has(name) ? project.directory : (workspaceRoot?.directory ?? project.directory);
}

function indexAddress(name: string, { project, workspaceRoot }: LoweringContext): string {
  const indexes = [...project.uv.indexes, ...(workspaceRoot?.uv.indexes ?? [])];
  return plainAddress(indexes.find((index) => index.name === name)?.url ?? name);
}

/** A member of the same workspace is where the lock says it is. */
function memberKey(name: DistributionName, editable: boolean | undefined, lock: UvLock): string {
  const entry = lock.byName.get(name)?.[0];
  const path = entry !== undefined && 'path' in entry.source && entry.source.path !== undefined ? entry.source.path : '';
  return pathKey(resolve(lock.directory, path), editable !== false);
}

function pathKey(directory: string, isEditable: boolean): string {
  return `${isEditable ? 'editable' : 'copied'} ${directory}`;
}

function originKey({ origin, specifier }: LockedRequirement, lock: UvLock): string {
  switch (origin.kind) {
    case 'registry': {
      const set = specifierKey(parseSpecifiers(specifier ?? '') ?? { specifiers: [] });
      return origin.index === undefined ? `registry ${set}` : `registry ${set} from ${plainAddress(origin.index)}`;
    }
    case 'git':
      return gitAddressKey(origin.url);
    case 'url':
      return urlKey(origin.url, lock.directory);
    case 'path':
      return pathKey(resolve(lock.directory, origin.path), origin.form === 'editable');
  }
}

/** `virtual` says that a project is not installed, and stands for either way of installing it. */
export function isVirtualIn(requirement: LockedRequirement): boolean {
  return requirement.origin.kind === 'path' && requirement.origin.form === 'virtual';
}

/** The same key for a project that is not installed. */
export function withoutForm(key: string): string {
  return key.replace(/ (?:editable|copied) (?=\/|[A-Z]:)/, ' tree ');
}

interface KeyParts {
  readonly name: DistributionName;
  readonly extras: readonly DistributionName[];
  readonly rest: string;
}

function keyOf({ name, extras, rest }: KeyParts): string {
  const list = extras.length === 0 ? '' : `[${extras.toSorted().join(',')}]`;
  return `${name}${list} ${rest}`;
}

function specifierKey({ specifiers }: SpecifierSet): string {
  return specifiers
    .map((specifier) => formatSpecifiers({ specifiers: [specifier] }))
    .toSorted()
    .join(',');
}

/** An address in a requirement itself: `name @ git+https://…@rev`. */
function urlKey(text: string, directory: string): string {
  if (text.startsWith('git+')) return gitAddressKey(text.slice('git+'.length));
  if (text.startsWith('file:') || !/^[a-z][a-z\d+.-]*:/i.test(text)) {
    return pathKey(resolve(directory, text.replace(/^file:(?:\/\/)?/, '')), false);
  }
  const [address = '', fragment = ''] = text.split('#', 2);
  return `url ${address} ${new URLSearchParams(fragment).get('subdirectory') ?? ''}`;
}

/** `https://host/repository@rev#subdirectory=x`, or as locks have it: `https://host/repository?rev=x&subdirectory=y#commit`. */
function gitAddressKey(text: string): string {
  const [address = '', fragment = ''] = text.split('#', 2);
  const [base = '', query = ''] = address.split('?', 2);
  const at = base.lastIndexOf('@');
  const hasReference = at > base.lastIndexOf('/');
  const parameters = new URLSearchParams(query);
  return gitKey({
    url: hasReference ? base.slice(0, at) : base,
    reference: hasReference
      ? base.slice(at + 1)
      : (parameters.get('rev') ?? parameters.get('tag') ?? parameters.get('branch') ?? undefined),
    subdirectory: parameters.get('subdirectory') ?? new URLSearchParams(fragment).get('subdirectory') ?? undefined,
  });
}

interface GitPlace {
  readonly url: string;
  readonly reference: string | undefined;
  readonly subdirectory: string | undefined;
}

function gitKey({ url, reference, subdirectory }: GitPlace): string {
  return `git ${plainAddress(url.replace(/^git\+/, ''))} at ${reference ?? 'head'} in ${subdirectory ?? '.'}`;
}

/** Without what differs between users and means nothing: credentials and a slash at the end. */
function plainAddress(address: string): string {
  return address.replace(/^([a-z][a-z\d+.-]*:\/\/)[^/@]*@/i, '$1').replace(/\/+$/, '');
}
