import { spawnSync } from 'node:child_process';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { BuildSubject } from './build-failure.ts';
import { type ProjectManifest, tableAt } from './build-system.ts';

/** What tells a backend the version that it would else ask git for, which builds do not see. */
export type VersionTeller =
  /** setuptools-scm, hatch-vcs, and all that stand on vcs-versioning. */
  'SETUPTOOLS_SCM_PRETEND_VERSION' | 'PDM_BUILD_SCM_VERSION';

/** The variable by which a project's backend takes its version; `undefined`: it does not ask git. */
export function versionTeller({ buildSystem, document }: ProjectManifest): VersionTeller | undefined {
  if ((tableAt(document, 'tool', 'pdm', 'version') ?? {})['source'] === 'scm') return 'PDM_BUILD_SCM_VERSION';
  const plugins = /^(?:setuptools[-_.]scm|hatch[-_.]vcs|vcs[-_.]versioning)\b/i;
  const isDynamic = !('version' in (tableAt(document, 'project') ?? {}));
  return isDynamic && buildSystem.requires.some((requirement) => plugins.test(requirement.trim()))
    ? 'SETUPTOOLS_SCM_PRETEND_VERSION'
    : undefined;
}

/** A version that git's tags give, and what it was read from. */
export interface GitVersion {
  readonly version: string;
  /** Absolute paths whose change may change the version. */
  readonly watched: readonly string[];
}

/**
 * The version of a checkout by setuptools-scm's default scheme: the tag itself, or behind it the next version as `.devN+gCOMMIT`, with
 * `.dirty` (and no date, which would differ each day) for a changed checkout. `environment`: git's, with the user's `PATH`. F0993.
 */
export function gitVersion(options: {
  readonly directory: string;
  readonly subject: BuildSubject;
  readonly environment: Readonly<Record<string, string>>;
}): Result<GitVersion> {
  const { directory, environment, subject } = options;
  const git = (...words: readonly string[]): string | undefined => {
    const done = spawnSync('git', ['-C', directory, ...words], { env: environment, encoding: 'utf8' });
    return done.status === 0 ? done.stdout.trim() : undefined;
  };
  const gitDirectory = git('rev-parse', '--absolute-git-dir');
  const commit = git('rev-parse', 'HEAD');
  if (gitDirectory === undefined || commit === undefined) return fail(noVersion(subject, 'there is no git repository with a commit'));
  const described = git('describe', '--dirty', '--tags', '--long', '--abbrev=40', '--match', '*[0-9]*');
  if (described === undefined && git('rev-parse', '--is-shallow-repository') === 'true') {
    return fail(noVersion(subject, 'the clone is shallow and has no tag'));
  }
  const position = described === undefined ? untagged(git) : parseDescription(described);
  if (position === undefined) return fail(noVersion(subject, `the tag has no version: \`${described ?? ''}\``));
  const watched = ['HEAD', 'refs', 'packed-refs', 'index'].map((name) => `${gitDirectory}/${name}`);
  return ok({ version: versionAt(position, commit), watched });
}

interface Position {
  readonly tag: string;
  /** Commits behind the tag. */
  readonly distance: number;
  readonly dirty: boolean;
}

function untagged(git: (...words: readonly string[]) => string | undefined): Position {
  const dirty = git('status', '--porcelain', '--untracked-files=no') !== '';
  return { tag: '0.0', distance: Number(git('rev-list', '--count', 'HEAD') ?? 0), dirty };
}

/** `v1.2.3-4-g0123…[-dirty]` */
function parseDescription(text: string): Position | undefined {
  const match = /^(?<tag>.+)-(?<distance>\d+)-g[0-9a-f]+(?<dirty>-dirty)?$/.exec(text)?.groups;
  // As setuptools-scm reads tags: a name and `v` may stand before the version.
  const tag = /^(?:[\w-]+-)?[vV]?(?<version>\d+(?:\.\d+)*(?:[._-]?(?:a|b|rc|alpha|beta|post|dev)[._-]?\d*)*)(?:\+.*)?$/.exec(
    match?.['tag'] ?? '',
  );
  const version = tag?.groups?.['version'];
  return version === undefined ? undefined : { tag: version, distance: Number(match?.['distance']), dirty: match?.['dirty'] !== undefined };
}

function versionAt({ tag, distance, dirty }: Position, commit: string): string {
  if (distance === 0 && !dirty) return tag;
  const next = tag.replace(/(?<last>\d+)(?!.*\d)/, (last) => String(Number(last) + 1));
  return `${next}.dev${distance}+g${commit.slice(0, 9)}${dirty ? '.dirty' : ''}`;
}

function noVersion(subject: BuildSubject, why: string): Diagnostic {
  return {
    code: 'F0993',
    severity: 'error',
    blame: 'input',
    message: `the version of \`${subject.label}\` comes from git, which does not tell it`,
    ...(subject.span === undefined ? {} : { span: subject.span }),
    facts: [['reason', why]],
    hints: [
      'fetch the tags (`git fetch --tags --unshallow`), or give the version: `environment = { SETUPTOOLS_SCM_PRETEND_VERSION = "1.0" }` in an override of `ferrule.toml`',
    ],
  };
}
