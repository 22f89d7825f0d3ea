import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Result, Span } from '../../diagnostics/diagnostic.ts';
import { readDirectories } from '../../repository/directory-listings.ts';
import { expandMemberPattern } from '../../repository/member-pattern.ts';
import type { Project } from '../project/project.ts';
import type { ConflictMember } from '../project/uv-settings.ts';
import { evaluateMarker, type Marker, parseMarker } from '../version/marker.ts';
import { parseRequirement } from '../version/requirement.ts';
import type { LockConflict, LockedRequirement, UvLock } from './lock.ts';
import { requirementDifferences, type SeatedRequirement } from './requirement-differences.ts';
import { sampleEnvironments, type SampleEnvironment } from './sample-environments.ts';

/** One thing that changed, in a few words, with its place. */
export interface Difference {
  readonly message: string;
  readonly span: Span;
}

export interface SettingsQuestion {
  readonly lock: UvLock;
  /** The project at the lock's own directory. */
  readonly root: Project;
  /** The projects of the workspace that the lock knows. */
  readonly members: readonly Project[];
}

/** What `[tool.uv]` decides for the whole lock: constraints, overrides, environments, conflicts. */
export function settingsDifferences(question: SettingsQuestion): readonly Difference[] {
  const { lock, root } = question;
  const { uv } = root;
  const { constraints, overrides, buildConstraints } = lock.manifest;
  return [
    ...listDifferences(question, { key: 'constraint-dependencies', texts: uv.constraints, recorded: constraints }),
    ...listDifferences(question, { key: 'override-dependencies', texts: uv.overrides, recorded: overrides }),
    ...listDifferences(question, { key: 'build-constraint-dependencies', texts: uv.buildConstraints, recorded: buildConstraints }),
    ...environmentDifferences(question, { key: 'environments', declared: uv.environments, recorded: lock.supported }),
    ...environmentDifferences(question, { key: 'required-environments', declared: uv.requiredEnvironments, recorded: lock.required }),
    ...conflictDifferences(question),
    ...groupDifferences(question),
  ];
}

/** Groups of a root that is no project: the lock has no entry to record them in, and keeps them for itself. */
function groupDifferences({ lock, root }: SettingsQuestion): readonly Difference[] {
  if (root.metadata !== undefined) return [];
  const names = new Set([...root.groups.map(({ name }) => name), ...lock.manifest.groups.keys()]);
  return [...names].flatMap((name) => {
    const declared = root.groups.find((group) => group.name === name)?.requirements ?? [];
    const seated = declared.map((requirement) => ({ declared: requirement, seat: { extra: undefined, group: name } }));
    const recorded = lock.manifest.groups.get(name) ?? [];
    const { declaredOnly, recordedOnly } = requirementDifferences(seated, recorded, { lock, project: root, workspaceRoot: undefined });
    return [
      ...declaredOnly.map(({ text, path }) => ({
        message: `\`${text}\` of group \`${name}\` is not in the lock like this`,
        span: root.spanOf(path),
      })),
      ...recordedOnly
        .filter((gone) => !declaredOnly.some(({ requirement }) => requirement.name === gone.name))
        .map((gone) => ({ message: `\`${gone.name}\` of group \`${name}\` is not declared any more`, span: lock.spanAtTop(gone.path) })),
    ];
  });
}

interface RequirementList {
  readonly key: string;
  readonly texts: readonly string[];
  readonly recorded: readonly LockedRequirement[];
}

function listDifferences({ lock, root }: SettingsQuestion, { key, texts, recorded }: RequirementList): readonly Difference[] {
  const written = root.document['tool'] === undefined ? 0 : lengthOf(root, key);
  // Tables are scoped to a package, which the lock records in another shape.
  if (written !== texts.length) return [];
  const declared = texts.flatMap((text, index): readonly SeatedRequirement[] => {
    const parsed = parseRequirement(text);
    if (!parsed.ok) return [];
    return [
      {
        declared: { requirement: parsed.requirement, text, path: ['tool', 'uv', key, index] },
        seat: { extra: undefined, group: undefined },
      },
    ];
  });
  const { declaredOnly, recordedOnly } = requirementDifferences(declared, recorded, { lock, project: root, workspaceRoot: undefined });
  return [
    ...declaredOnly.map(({ text, path }) => ({
      message: `\`${text}\` of \`${key}\` is not in the lock like this`,
      span: root.spanOf(path),
    })),
    ...recordedOnly
      .filter(({ name }) => !declaredOnly.some(({ requirement }) => requirement.name === name))
      .map(({ name, path }) => ({ message: `\`${name}\` is not among \`${key}\` any more`, span: lock.spanAtTop(path) })),
  ];
}

function lengthOf(root: Project, key: string): number {
  const tool = root.document['tool'];
  const uv: unknown = typeof tool === 'object' && tool !== null && 'uv' in tool ? tool.uv : undefined;
  const list: unknown = typeof uv === 'object' && uv !== null ? Object.entries(uv).find(([name]) => name === key)?.[1] : undefined;
  return Array.isArray(list) ? list.length : 0;
}

interface EnvironmentList {
  readonly key: string;
  readonly declared: readonly string[];
  readonly recorded: readonly string[];
}

function environmentDifferences({ lock, root }: SettingsQuestion, { key, declared, recorded }: EnvironmentList): readonly Difference[] {
  if (sameUnion(declared, recorded, lock.requiresPython)) return [];
  return [{ message: `\`${key}\` is another than in the lock`, span: root.spanOf(['tool', 'uv', key]) }];
}

/** Whether one of the first holds exactly where one of the second does; an empty list holds everywhere. */
function sameUnion(left: readonly string[], right: readonly string[], requiresPython: string | undefined): boolean {
  if ((left.length === 0) !== (right.length === 0)) return false;
  const [mine, theirs] = [left.flatMap(markerOf), right.flatMap(markerOf)];
  for (const sample of sampleEnvironments([...mine, ...theirs], requiresPython)) {
    if (anyHolds(mine, sample) !== anyHolds(theirs, sample)) return false;
  }
  return true;
}

function anyHolds(markers: readonly Marker[], { environment, extras }: SampleEnvironment): boolean {
  return markers.some((marker) => evaluateMarker({ marker, environment, extras }));
}

function markerOf(text: string): readonly Marker[] {
  const parsed = parseMarker(text);
  return parsed.ok ? [parsed.marker] : [];
}

/** uv adds sets of its own (for groups that include one in conflict), so only what is declared must be there. */
function conflictDifferences({ lock, root, members }: SettingsQuestion): readonly Difference[] {
  const projects = [root, ...members.filter(({ directory }) => directory !== root.directory)];
  const recorded = new Set(lock.conflicts.map((set) => keyOfSet(set)));
  const differences = projects.flatMap((project) =>
    project.uv.conflicts.flatMap((set, index) => {
      const named = set.map((member) => withPackage(member, project));
      if (recorded.has(keyOfSet(named))) return [];
      return [{ message: 'a set of `conflicts` is not in the lock', span: project.spanOf(['tool', 'uv', 'conflicts', index]) }];
    }),
  );
  if (differences.length > 0 || lock.conflicts.length === 0 || projects.some(({ uv }) => uv.conflicts.length > 0)) return differences;
  return [{ message: 'no `conflicts` are declared any more', span: lock.spanAtTop(['conflicts']) }];
}

function withPackage({ package: name, extra, group }: ConflictMember, project: Project): LockConflict | undefined {
  const owner = name ?? project.metadata?.name;
  return owner === undefined ? undefined : { package: owner, extra, group };
}

function keyOfSet(set: readonly (LockConflict | undefined)[]): string {
  return set
    .map((member) => `${member?.package ?? ''} ${member?.extra ?? ''} ${member?.group ?? ''}`)
    .toSorted()
    .join('; ');
}

/** Directories that `tool.uv.workspace` makes members and the lock knows nothing of. */
export async function newMembers(
  { lock, root }: Pick<SettingsQuestion, 'lock' | 'root'>,
  projectAt: (directory: string) => Promise<Result<Project>>,
): Promise<readonly Difference[]> {
  const { workspace } = root.uv;
  if (workspace === undefined) return [];
  const expand = (pattern: string): readonly string[] =>
    expandMemberPattern({ root: root.directory, pattern, directories: readDirectories });
  const excluded = new Set(workspace.exclude.flatMap(expand));
  const differences: Difference[] = [];
  for (const [index, pattern] of workspace.members.entries()) {
    for (const path of expand(pattern)) {
      const directory = join(root.directory, path);
      if (excluded.has(path) || !existsSync(join(directory, 'pyproject.toml'))) continue;
      const project = await projectAt(directory);
      const name = project.ok ? project.value.metadata?.name : undefined;
      if (name === undefined || lock.byName.has(name)) continue;
      const span = root.spanOf(['tool', 'uv', 'workspace', 'members', index]);
      differences.push({ message: `the member \`${path}\` is not in the lock`, span });
    }
  }
  return differences;
}
