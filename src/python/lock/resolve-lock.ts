import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ArtifactChoice } from '../project/uv-settings.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { Resolution, ResolutionRequest, ResolvedDistribution } from '../resolution.ts';
import type { SupportedTags } from '../version/supported-tags.ts';
import { checkCoverage, type LockCoverage } from './covered-environment.ts';
import { installedTwice } from './installed-twice.ts';
import { conflictName, MarkerAnswers, UnreadableMarker } from './lock-markers.ts';
import type { LockedPackage, PythonLock, UvLock } from './lock.ts';
import { resolvePylock } from './resolve-pylock.ts';
import { resolvedSource } from './resolved-source.ts';
import { LooseEdge, type ReachedPackage, traverse } from './traversal.ts';

/** What is asked of a lock, and for whom. */
export interface LockQuestion {
  readonly lock: PythonLock;
  readonly request: ResolutionRequest;
  readonly interpreter: Interpreter;
  /** Of that interpreter. */
  readonly tags: SupportedTags;
  /** What the project's `tool.uv` says about wheels and source distributions. */
  readonly choice: ArtifactChoice;
}

/**
 * Which distributions a request needs, and which file of each: what `uv sync` would install.
 *
 * F0921: an edge that leads nowhere, or a marker that cannot be read. F0922: the lock has no such project, extra or group. F0923:
 * conflicting extras or groups. F0924: not for this interpreter. F0925: two versions of one distribution. F0926: no file fits.
 */
export function resolveLock(question: LockQuestion): Result<Resolution> {
  try {
    const { lock } = question;
    return lock.kind === 'uv' ? resolveUvLock({ ...question, lock }) : resolvePylock({ ...question, lock });
  } catch (error) {
    if (error instanceof UnreadableMarker) return fail(unreadableMarker(question.lock, error));
    if (error instanceof LooseEdge && question.lock.kind === 'uv') return fail(looseEdge(question.lock, error));
    throw error;
  }
}

function resolveUvLock(question: LockQuestion & { readonly lock: UvLock }): Result<Resolution> {
  const { lock, request, interpreter } = question;
  const answers = new MarkerAnswers(interpreter.markers);
  const outside = checkCoverage(coverageOf(lock), { interpreter, answers });
  if (outside !== undefined) return fail(outside);
  const roots = rootsOf(lock, request);
  if (!roots.ok) return roots;
  const unknown = unknownParts(lock, roots.value, request);
  if (unknown.length > 0) return fail(...unknown);
  const { reached, activated } = traverse({ lock, roots: roots.value, request, answers });
  const conflicts = conflicting(lock, activated);
  // Conflicting extras bring in two versions: that is their point, and no second mistake.
  const problems = conflicts.length > 0 ? conflicts : sameNames(lock, reached);
  if (problems.length > 0) return fail(...problems);
  return chooseAll(question, reached);
}

function coverageOf(lock: UvLock): LockCoverage {
  return {
    file: lock.file,
    requiresPython: lock.requiresPython,
    spanAtTop: lock.spanAtTop,
    unions: [
      { key: 'supported-markers', markers: lock.supported },
      { key: 'resolution-markers', markers: lock.forks },
    ],
  };
}

/** The project that is asked for: of several entries of its name the one whose sources are at hand. Without a name, all of the workspace. */
function rootsOf(lock: UvLock, { root }: ResolutionRequest): Result<readonly LockedPackage[]> {
  if (root === undefined) return ok(lock.manifest.members.flatMap((member) => localEntry(lock, member) ?? []));
  const entry = localEntry(lock, root);
  if (entry !== undefined) return ok([entry]);
  const projects = lock.packages.filter(({ source }) => isLocal(source.kind)).map(({ name }) => `\`${name}\``);
  return fail({
    code: 'F0922',
    severity: 'error',
    blame: 'input',
    message: `\`${lock.file}\` does not know the project \`${root}\``,
    span: lock.spanAtTop(['version']),
    facts: [['projects in the lock', projects.join(', ') || 'none']],
    hints: ['run `uv lock` in its directory'],
  });
}

function localEntry(lock: UvLock, name: DistributionName): LockedPackage | undefined {
  const named = lock.byName.get(name) ?? [];
  return named.find(({ source }) => isLocal(source.kind)) ?? named[0];
}

function isLocal(kind: string): boolean {
  return kind === 'editable' || kind === 'virtual' || kind === 'directory';
}

function unknownParts(lock: UvLock, roots: readonly LockedPackage[], request: ResolutionRequest): readonly Diagnostic[] {
  // Groups and extras without requirements are only mentioned in the metadata.
  const extras = new Set(roots.flatMap((root) => [...root.extras.keys(), ...(root.metadata?.providesExtras ?? [])]));
  const groups = new Set(roots.flatMap((root) => [...root.groups.keys(), ...(root.metadata?.requiresDev.keys() ?? [])]));
  if (request.root === undefined) for (const group of lock.manifest.groups.keys()) groups.add(group);
  const [only] = request.root === undefined ? [] : roots;
  return [
    ...request.extras.filter((extra) => !extras.has(extra)).map((extra) => ['extra', extra, [...extras]] as const),
    ...request.groups.filter((group) => !groups.has(group)).map((group) => ['dependency group', group, [...groups]] as const),
  ].map(([kind, name, known]): Diagnostic => ({
    code: 'F0922',
    severity: 'error',
    blame: 'input',
    message:
      only === undefined
        ? `no project of \`${lock.file}\` has the ${kind} \`${name}\``
        : `\`${only.name}\` has no ${kind} \`${name}\` in \`${lock.file}\``,
    span: only === undefined ? lock.spanAtTop(['manifest']) : lock.spanOf(only),
    facts: [[`${kind}s`, known.map((item) => `\`${item}\``).join(', ') || 'none']],
    hints: [partHint(name, { kind, isOther: (kind === 'extra' ? groups : extras).has(name) })],
  }));
}

function partHint(name: DistributionName, part: { readonly kind: 'extra' | 'dependency group'; readonly isOther: boolean }): string {
  if (!part.isOther) return 'name one of these, or run `uv lock` if it was added to `pyproject.toml` since';
  return part.kind === 'extra'
    ? `it is a dependency group: write it behind the output, as in \`NAME:env/${name}\``
    : `it is an extra: write it behind the name, as in \`NAME[${name}]:env\``;
}

function conflicting(lock: UvLock, activated: ReadonlySet<string>): readonly Diagnostic[] {
  return lock.conflicts.flatMap((set, index): readonly Diagnostic[] => {
    const active = set.filter((member) => activated.has(conflictName(member)));
    if (active.length < 2) return [];
    const names = active.map(({ package: name, extra, group }) =>
      extra !== undefined ? `extra \`${extra}\` of \`${name}\`` : group !== undefined ? `group \`${group}\` of \`${name}\`` : `\`${name}\``,
    );
    return [
      {
        code: 'F0923',
        severity: 'error',
        blame: 'input',
        message: `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are declared to conflict`,
        span: lock.spanAtTop(['conflicts', index]),
        hints: ['ask for one of them at a time: each gets its own environment'],
      },
    ];
  });
}

/** A walk of a sound lock never finds two; should it, nothing may be installed. */
function sameNames(lock: UvLock, reached: readonly ReachedPackage[]): readonly Diagnostic[] {
  return installedTwice(
    reached.map(({ entry }) => entry),
    {
      spanOf: (entry) => lock.spanOf(entry),
      hint: 'run `uv lock`; if that changes nothing, declare what brings them in as `tool.uv.conflicts`',
    },
  );
}

function chooseAll(question: LockQuestion & { readonly lock: UvLock }, reached: readonly ReachedPackage[]): Result<Resolution> {
  const distributions: ResolvedDistribution[] = [];
  const problems: Diagnostic[] = [];
  for (const { entry, extras, dependencies } of reached) {
    const source = resolvedSource(question, entry);
    if (!source.ok) problems.push(...source.diagnostics);
    else {
      distributions.push({
        name: entry.name,
        version: entry.version,
        extras: [...extras].toSorted(),
        dependencies: [...dependencies].toSorted(),
        source: source.value,
        entry: entry.index,
        span: () => question.lock.spanOf(entry),
      });
    }
  }
  if (problems.length > 0) return fail(...problems);
  return ok({ distributions: distributions.toSorted((left, right) => (left.name < right.name ? -1 : 1)) });
}

function unreadableMarker(lock: PythonLock, { marker, message }: UnreadableMarker): Diagnostic {
  const start = lock.text.indexOf(JSON.stringify(marker));
  return {
    code: 'F0921',
    severity: 'error',
    blame: 'input',
    message: `\`${marker}\` is not a marker: ${message}`,
    ...(start === -1 ? {} : { span: { file: lock.file, text: lock.text, start, end: start + JSON.stringify(marker).length } }),
    hints: ['write the lock again; locks are not edited by hand'],
  };
}

function looseEdge(lock: UvLock, { from, edge }: LooseEdge): Diagnostic {
  const named = lock.byName.get(edge.name) ?? [];
  const subject = from === undefined ? `\`${lock.file}\`` : `\`${from.name}\``;
  return {
    code: 'F0921',
    severity: 'error',
    blame: 'input',
    message:
      named.length > 1
        ? `${subject} needs \`${edge.name}\`, and it cannot be told which entry is meant`
        : `${subject} needs \`${edge.name}\`, which is not in the lock`,
    span: from === undefined ? lock.spanAtTop(['manifest']) : lock.spanOf(from),
    related: named.map((entry) => ({ message: 'an entry of that name', span: lock.spanOf(entry) })),
    hints: ['run `uv lock`; locks are not written by hand'],
  };
}
