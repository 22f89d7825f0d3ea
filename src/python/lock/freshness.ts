import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Diagnostic, Result } from '../../diagnostics/diagnostic.ts';
import { isPackage, type Project } from '../project/project.ts';
import { parseVersion, sameVersion } from '../version/version.ts';
import type { LockedPackage, LockedRequirement, PythonLock, UvLock } from './lock.ts';
import { requirementDifferences, type SeatedRequirement } from './requirement-differences.ts';
import { relock, requiresPythonDifference } from './python-range.ts';
import { type Difference, newMembers, settingsDifferences } from './settings-differences.ts';

export interface FreshnessQuestion {
  readonly lock: PythonLock;
  /** The script that the lock is of; `undefined`: it is that of the project in its directory. */
  readonly script?: Project | undefined;
  /** Reads the `pyproject.toml` of an absolute directory; remembered by the caller if it likes. */
  readonly projectAt: (directory: string) => Promise<Result<Project>>;
}

export interface Freshness {
  /** Errors: what differs between the lock and the projects that it was made from. */
  readonly problems: readonly Diagnostic[];
  /** Names of projects that could not be compared: the lock does not record what they declared. `uv lock --check` can. */
  readonly unchecked: readonly string[];
}

/**
 * Whether a lock still says what its project, the other members of its workspace and the projects beside it declare: uv's rule for
 * `--locked`, as far as it needs no index.
 *
 * F0927: the lock is older than its own project. F0928: than another project. F0929: such a project is not there. And what reading
 * a `pyproject.toml` reports.
 */
export async function checkFreshness({ lock, script, projectAt }: FreshnessQuestion): Promise<Freshness> {
  if (lock.kind === 'pylock') return { problems: [], unchecked: [] };
  const problems: Diagnostic[] = [];
  const unchecked: string[] = [];
  const own = new Map<LockedPackage, Project>();
  const isMetadataFree =
    lock.revision >= 4 && !lock.packages.some((entry) => directoryOf(lock, entry) !== undefined && entry.metadata !== undefined);
  for (const entry of lock.packages) {
    const directory = directoryOf(lock, entry);
    if (directory === undefined) continue;
    const project = await projectAt(directory);
    if (!project.ok) {
      problems.push(...(isMissing(project) ? notThere({ lock, entry, directory }) : project.diagnostics));
      continue;
    }
    if (isMember(lock, entry, directory)) own.set(entry, project.value);
    const comparison = await compareEntry({ lock, entry, project: project.value, isMetadataFree, projectAt });
    if (comparison === 'unchecked') unchecked.push(entry.name);
    else problems.push(...comparison);
  }
  const whole = script === undefined ? await compareWhole({ lock, projectAt }, [...own.values()]) : compareScript(lock, script);
  return { problems: [...whole, ...problems], unchecked };
}

/** A script has no entry: what it requires stands in the lock itself. */
function compareScript(lock: UvLock, script: Project): readonly Diagnostic[] {
  const pythons = requiresPythonDifference(lock, [script]);
  const declared = (script.metadata?.dependencies ?? []).map((requirement) => ({
    declared: requirement,
    seat: { extra: undefined, group: undefined },
  }));
  const { declaredOnly, recordedOnly } = requirementDifferences(declared, lock.manifest.requirements, {
    lock,
    project: script,
    workspaceRoot: undefined,
  });
  const mentioned = new Set(declaredOnly.map(({ requirement }) => requirement.name));
  const differences = [
    ...settingsDifferences({ lock, root: script, members: [script] }),
    ...declaredOnly.map(({ text, path }) => ({ message: `\`${text}\` is not in the lock like this`, span: script.spanOf(path) })),
    ...recordedOnly
      .filter(({ name }) => !mentioned.has(name))
      .map(({ name, path }) => ({ message: `\`${name}\` is not declared any more`, span: lock.spanAtTop(path) })),
  ];
  const problems = differences.length === 0 ? [] : [outdated(lock, { code: 'F0927', project: script, differences })];
  return pythons === undefined ? problems : [pythons, ...problems];
}

/** What concerns the lock as a whole. Without a project at its directory, that is the range of Pythons only. */
async function compareWhole(
  { lock, projectAt }: FreshnessQuestion & { readonly lock: UvLock },
  members: readonly Project[],
): Promise<readonly Diagnostic[]> {
  const pythons = requiresPythonDifference(lock, members);
  const root = await projectAt(lock.directory);
  if (!root.ok) return pythons === undefined ? [] : [pythons];
  const question = { lock, root: root.value, members };
  const differences = [...settingsDifferences(question), ...(await newMembers(question, projectAt))];
  const settings = differences.length === 0 ? [] : [outdated(lock, { code: 'F0927', project: root.value, differences })];
  return pythons === undefined ? settings : [pythons, ...settings];
}

function directoryOf(lock: UvLock, { source }: LockedPackage): string | undefined {
  return source.kind === 'editable' || source.kind === 'directory' || source.kind === 'virtual'
    ? resolve(lock.directory, source.path)
    : undefined;
}

function isMember(lock: UvLock, { name }: LockedPackage, directory: string): boolean {
  return directory === lock.directory || lock.manifest.members.includes(name);
}

function isMissing(project: Result<Project>): boolean {
  return !project.ok && project.diagnostics.some(({ code }) => code === 'F0915');
}

interface MissingProject {
  readonly lock: UvLock;
  readonly entry: LockedPackage;
  readonly directory: string;
}

/** A directory with a `setup.py` alone is a project as well; what it declares only its code knows. */
function notThere({ lock, entry, directory }: MissingProject): readonly Diagnostic[] {
  if (existsSync(join(directory, 'setup.py')) || existsSync(join(directory, 'setup.cfg'))) return [];
  return [
    {
      code: 'F0929',
      severity: 'error',
      blame: 'input',
      message: `the project \`${entry.name}\` is not where \`${lock.file}\` says it is`,
      span: lock.spanOf(entry, ['source']),
      facts: [['looked for', join(directory, 'pyproject.toml')]],
      hints: [relock(lock, 'after correcting its path in `tool.uv.sources`')],
    },
  ];
}

interface EntryQuestion {
  readonly lock: UvLock;
  readonly entry: LockedPackage;
  readonly project: Project;
  readonly isMetadataFree: boolean;
  readonly projectAt: FreshnessQuestion['projectAt'];
}

async function compareEntry(question: EntryQuestion): Promise<readonly Diagnostic[] | 'unchecked'> {
  const { lock, entry, project, isMetadataFree, projectAt } = question;
  const differences = [...identityDifferences(question)];
  if (isMetadataFree) {
    differences.push(...missingEdges(question));
    if (differences.length === 0) return declaresAnything(project) ? 'unchecked' : [];
  } else {
    let found = declarationDifferences(question, undefined);
    // The root of a workspace has a say in its members' sources; it is only looked for when that could matter.
    if (found.length > 0) {
      const root = await workspaceRootOf(project, projectAt);
      if (root !== undefined) found = declarationDifferences(question, root);
    }
    differences.push(...found);
  }
  return differences.length === 0
    ? []
    : [outdated(lock, { code: isMember(lock, entry, project.directory) ? 'F0927' : 'F0928', project, differences })];
}

/** What is always needed must at least have been resolved, even if the lock does not record how it was asked for. */
function missingEdges({ lock, entry, project }: EntryQuestion): readonly Difference[] {
  const { metadata, groups, spanOf } = project;
  const seats = [{ declared: metadata?.dependencies ?? [], edges: entry.dependencies }];
  // Of other projects only the extras that somebody wants are resolved, and no groups.
  if (isMember(lock, entry, project.directory)) {
    const extras = metadata?.optionalDependencies ?? [];
    seats.push(
      ...extras.map(({ name, requirements }) => ({ declared: requirements, edges: entry.extras.get(name) ?? [] })),
      ...groups.map(({ name, requirements }) => ({ declared: requirements, edges: entry.groups.get(name) ?? [] })),
    );
  }
  return seats.flatMap(({ declared, edges }) =>
    declared
      .filter(
        ({ requirement: { name, marker } }) => marker === undefined && name !== entry.name && !edges.some((edge) => edge.name === name),
      )
      .map(({ text, path }) => ({ message: `\`${text}\` is not in the lock`, span: spanOf(path) })),
  );
}

function declaresAnything({ metadata, groups }: Project): boolean {
  return groups.length > 0 || (metadata !== undefined && metadata.dependencies.length + metadata.optionalDependencies.length > 0);
}

/** At most so many directories upwards. */
const UPWARDS = 8;

async function workspaceRootOf(project: Project, projectAt: FreshnessQuestion['projectAt']): Promise<Project | undefined> {
  let directory = dirname(project.directory);
  for (let step = 0; step < UPWARDS && dirname(directory) !== directory; step += 1) {
    const candidate = existsSync(join(directory, 'pyproject.toml')) ? await projectAt(directory) : undefined;
    if (candidate?.ok === true && candidate.value.uv.workspace !== undefined) return candidate.value;
    directory = dirname(directory);
  }
  return undefined;
}

function* identityDifferences({ lock, entry, project }: EntryQuestion): Generator<Difference> {
  const { metadata } = project;
  if (metadata === undefined) return;
  if (metadata.name !== entry.name) {
    yield { message: `the project is called \`${metadata.name}\` now`, span: project.spanOf(['project', 'name']) };
  }
  const [declared, locked] = [parseVersion(metadata.version ?? ''), parseVersion(entry.version ?? '')];
  if (declared !== undefined && locked !== undefined && !sameVersion(declared, locked)) {
    yield {
      message: `the version is \`${metadata.version}\`, in the lock \`${entry.version}\``,
      span: project.spanOf(['project', 'version']),
    };
  }
  if (!isMember(lock, entry, project.directory)) return;
  const isVirtual = entry.source.kind === 'virtual';
  // uv installs a member without a build system as well where another project needs it.
  const isInstalled = isPackage(project) || (project.uv.package === undefined && isNeeded(lock, entry));
  if (isVirtual && isPackage(project)) {
    yield { message: 'the project is to be installed now', span: project.spanOf(['build-system']) };
  } else if (!isVirtual && !isInstalled) {
    yield { message: 'the project is not to be installed any more', span: project.spanOf(['project', 'name']) };
  }
}

function isNeeded(lock: UvLock, { name }: LockedPackage): boolean {
  return lock.packages.some((entry) =>
    [entry.dependencies, ...entry.extras.values(), ...entry.groups.values()]
      .flat()
      .some((edge) => edge.name === name && entry.name !== name),
  );
}

function declarationDifferences({ lock, entry, project }: EntryQuestion, workspaceRoot: Project | undefined): readonly Difference[] {
  const { metadata } = project;
  const recorded = entry.metadata ?? { requiresDist: [], providesExtras: [], requiresDev: new Map() };
  const context = { lock, project, workspaceRoot };
  const differences: Difference[] = [];
  const compare = (declared: readonly SeatedRequirement[], locked: readonly LockedRequirement[], where: string): void => {
    const { declaredOnly, recordedOnly } = requirementDifferences(declared, locked, context);
    differences.push(
      ...declaredOnly.map(({ text, path }) => ({
        message: `\`${text}\`${where} is not in the lock like this`,
        span: project.spanOf(path),
      })),
    );
    const mentioned = new Set(declaredOnly.map(({ requirement }) => requirement.name));
    differences.push(
      ...recordedOnly
        .filter(({ name }) => !mentioned.has(name))
        .map(({ name, path }) => ({ message: `\`${name}\`${where} is not declared any more`, span: lock.spanOf(entry, path) })),
    );
  };
  if (metadata !== undefined && !isDynamic(metadata.dynamic)) {
    const extras = metadata.optionalDependencies.flatMap(({ name, requirements }) =>
      requirements.map((declared) => ({ declared, seat: { extra: name, group: undefined } })),
    );
    const plain = metadata.dependencies.map((declared) => ({ declared, seat: { extra: undefined, group: undefined } }));
    compare([...plain, ...extras], recorded.requiresDist, '');
    if (lock.revision >= 1) differences.push(...extraDifferences({ lock, entry, project, isMetadataFree: false }));
  }
  const groups = new Set([...project.groups.map(({ name }) => name), ...recorded.requiresDev.keys()]);
  for (const name of groups) {
    const declared = project.groups.find((group) => group.name === name)?.requirements ?? [];
    const seated = declared.map((requirement) => ({ declared: requirement, seat: { extra: undefined, group: name } }));
    compare(seated, recorded.requiresDev.get(name) ?? [], ` of group \`${name}\``);
  }
  return differences;
}

function isDynamic(fields: readonly string[]): boolean {
  return fields.includes('dependencies') || fields.includes('optional-dependencies');
}

function extraDifferences({ lock, entry, project }: Omit<EntryQuestion, 'projectAt'>): readonly Difference[] {
  const declared = project.metadata?.optionalDependencies ?? [];
  const recorded = entry.metadata?.providesExtras ?? [];
  const added = declared.filter(({ name }) => !recorded.includes(name));
  const removed = recorded.filter((extra) => !declared.some(({ name }) => name === extra));
  return [
    ...added.map(({ writtenName }) => ({
      message: `the extra \`${writtenName}\` is not in the lock`,
      span: project.spanOf(['project', 'optional-dependencies', writtenName]),
    })),
    ...removed.map((extra) => ({
      message: `the extra \`${extra}\` is not declared any more`,
      span: lock.spanOf(entry, ['metadata', 'provides-extras']),
    })),
  ];
}

interface OutdatedProject {
  readonly code: 'F0927' | 'F0928';
  readonly project: Project;
  readonly differences: readonly Difference[];
}

/** At most so many places are shown. */
const SHOWN = 5;

function outdated(lock: UvLock, { code, project, differences }: OutdatedProject): Diagnostic {
  const [first, ...rest] = differences;
  const hidden = rest.length - SHOWN;
  return {
    code,
    severity: 'error',
    blame: 'input',
    message: `\`${lock.file}\` does not match \`${project.file}\`: ${first?.message ?? ''}`,
    ...(first === undefined ? {} : { span: first.span }),
    related: rest.slice(0, SHOWN).map(({ message, span }) => ({ message, span })),
    ...(hidden > 0 ? { facts: [['not shown', `${hidden} more differences`]] as const } : {}),
    hints: [relock(lock, undefined)],
  };
}
