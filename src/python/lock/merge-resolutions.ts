import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { Resolution, ResolvedDistribution, ResolvedSource } from '../resolution.ts';

/** What one member's lock gives for an environment that several members share. */
export interface MemberResolution {
  /** `packages/pnt-cli` */
  readonly member: string;
  readonly resolution: Resolution;
}

/**
 * One environment out of several members' resolutions. Where they agree on a distribution it is taken once; where they do not, that
 * is an error that shows both locks, unless a member is preferred: then its choice counts wherever it has one.
 *
 * F0933: the locks disagree. F0934: the preferred member is none of them.
 */
export function mergeResolutions(options: {
  readonly members: readonly MemberResolution[];
  /** `undefined`: nobody wins. */
  readonly prefer: string | undefined;
}): Result<Resolution> {
  const { members, prefer } = options;
  if (prefer !== undefined && !members.some(({ member }) => member === prefer)) return fail(unknownPreference(members, prefer));
  const choices = new Map<DistributionName, Choice[]>();
  for (const { member, resolution } of members) {
    for (const distribution of resolution.distributions) {
      const known = choices.get(distribution.name);
      if (known === undefined) choices.set(distribution.name, [{ member, distribution }]);
      else known.push({ member, distribution });
    }
  }
  const problems: Diagnostic[] = [];
  const distributions: ResolvedDistribution[] = [];
  for (const found of choices.values()) {
    const [first] = found;
    if (first === undefined) continue;
    const other = found.find(({ distribution }) => !isSame(first.distribution, distribution));
    const preferred = found.find(({ member }) => member === prefer);
    if (other !== undefined && preferred === undefined) problems.push(disagreement(first, other));
    else distributions.push(united(other === undefined ? first : (preferred ?? first), found));
  }
  if (problems.length > 0) return fail(...problems);
  return ok({ distributions: distributions.toSorted((left, right) => (left.name < right.name ? -1 : 1)) });
}

interface Choice {
  readonly member: string;
  readonly distribution: ResolvedDistribution;
}

function isSame(left: ResolvedDistribution, right: ResolvedDistribution): boolean {
  return left.version === right.version && identityOf(left.source) === identityOf(right.source);
}

/** The bytes or the tree that would be installed. A project is the same whether it is asked for as editable or not. */
function identityOf(source: ResolvedSource): string {
  switch (source.kind) {
    case 'wheel':
    case 'sdist': {
      const { hash, location, filename } = source.artifact;
      const bytes = hash === undefined ? (location.kind === 'url' ? location.url : location.path) : `${hash.algorithm}:${hash.hex}`;
      return `${filename} ${bytes}`;
    }
    case 'git':
      return `${source.url} ${source.revision} ${source.subdirectory ?? ''}`;
    case 'directory':
    case 'virtual':
      return source.directory;
  }
}

/** The choice that counts, with what any of the members asks of it; to be installed if any member installs it. */
function united({ distribution }: Choice, all: readonly Choice[]): ResolvedDistribution {
  const installed = all.find(({ distribution: { source } }) => source.kind !== 'virtual');
  const source = distribution.source.kind === 'virtual' && installed !== undefined ? installed.distribution.source : distribution.source;
  return {
    ...distribution,
    source,
    extras: [...new Set(all.flatMap((choice) => choice.distribution.extras))].toSorted(),
    dependencies: [...new Set(all.flatMap((choice) => choice.distribution.dependencies))].toSorted(),
  };
}

function disagreement(left: Choice, right: Choice): Diagnostic {
  const { name } = left.distribution;
  const [mine, theirs] = [left.distribution.version ?? 'dynamic', right.distribution.version ?? 'dynamic'];
  const isVersion = mine !== theirs;
  return {
    code: 'F0933',
    severity: 'error',
    blame: 'input',
    message: isVersion
      ? `\`${name}\` is locked at ${mine} by \`${left.member}\` and at ${theirs} by \`${right.member}\``
      : `\`${name}\` ${mine} is another file for \`${left.member}\` than for \`${right.member}\``,
    span: left.distribution.span(),
    related: [{ message: `locked by \`${right.member}\``, span: right.distribution.span() }],
    facts: [
      [left.member, `${mine}, ${place(left.distribution.source)}`],
      [right.member, `${theirs}, ${place(right.distribution.source)}`],
    ],
    hints: [
      isVersion
        ? `lock one version in both: \`uv lock --upgrade-package ${name}==${mine}\``
        : 'run `uv lock` in the member whose lock is older: it then lists the files that were added since',
      'or set `prefer` of the environment in `ferrule.toml` to the member whose lock counts',
    ],
  };
}

function place(source: ResolvedSource): string {
  switch (source.kind) {
    case 'wheel':
    case 'sdist':
      return source.artifact.filename;
    case 'git':
      return `${source.url} at ${source.revision.slice(0, 12)}`;
    case 'directory':
    case 'virtual':
      return source.directory;
  }
}

function unknownPreference(members: readonly MemberResolution[], prefer: string): Diagnostic {
  return {
    code: 'F0934',
    severity: 'error',
    blame: 'input',
    message: `\`${prefer}\` is preferred but is none of the members of this environment`,
    facts: [['members', members.map(({ member }) => `\`${member}\``).join(', ')]],
    hints: ['name one of the members'],
  };
}
