import { resolve } from 'node:path';
import { type Diagnostic, fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import type { ResolvedSource } from '../resolution.ts';
import {
  type ArtifactCandidates,
  chooseArtifact,
  forbidsBuild,
  type MissingReason,
  type NamedFile,
  tagsOfWheels,
} from './choose-artifact.ts';
import { describe } from './covered-environment.ts';
import type { LockedPackage, UvLock } from './lock.ts';
import { type ArtifactContext, filenameOf, type LockedFile, lockedFile, readArtifact } from './locked-artifact.ts';
import type { LockedSource } from './locked-source.ts';
import type { LockQuestion } from './resolve-lock.ts';

type UvQuestion = LockQuestion & { readonly lock: UvLock };

/** Which file, tree or commit a distribution is taken from. F0921: a file without the hash it must have. F0926: no file fits. */
export function resolvedSource(question: UvQuestion, entry: LockedPackage): Result<ResolvedSource> {
  const { source } = entry;
  const { directory } = question.lock;
  switch (source.kind) {
    case 'virtual':
      return ok({ kind: 'virtual', directory: resolve(directory, source.path) });
    case 'directory':
    case 'editable':
      if (forbidsBuild(question.choice, entry.name)) return fail(forbidden(question, entry));
      return ok({ kind: 'directory', directory: resolve(directory, source.path), editable: source.kind === 'editable' });
    case 'git':
      if (source.path !== undefined) return fail(fileInRepository(question.lock, entry));
      if (forbidsBuild(question.choice, entry.name)) return fail(forbidden(question, entry));
      return ok({ kind: 'git', url: source.url, revision: source.revision, subdirectory: source.subdirectory, lfs: source.lfs });
    case 'registry':
    case 'url':
    case 'path':
      return chosen(question, { entry, context: contextOf(source, directory) });
  }
}

function contextOf(source: LockedSource & { readonly kind: 'registry' | 'url' | 'path' }, directory: string): ArtifactContext {
  switch (source.kind) {
    case 'registry':
      // Files of an index that is a directory are named from there.
      if (source.isDirectory) return { directory: resolve(directory, source.index), index: undefined, fallback: undefined };
      return { directory, index: source.index, fallback: undefined };
    case 'url':
      return { directory, index: undefined, fallback: source.url };
    case 'path':
      return { directory, index: undefined, fallback: source.path };
  }
}

interface Candidate {
  readonly entry: LockedPackage;
  readonly context: ArtifactContext;
}

function chosen(question: UvQuestion, candidate: Candidate): Result<ResolvedSource> {
  const { entry, context } = candidate;
  const candidates: ArtifactCandidates<LockedFile> = {
    name: entry.name,
    wheels: entry.wheels.flatMap((wheel) => lockedFile(wheel, context) ?? []),
    sdist: sdistOf(candidate),
  };
  const choice = chooseArtifact(candidates, question);
  if (choice.kind === 'none') return fail(noFile(question, { entry, candidates, reason: choice.reason }));
  const artifact = readArtifact(choice.file, context);
  if (artifact.hash === undefined && entry.source.kind !== 'registry') return fail(withoutHash(question.lock, entry));
  if (choice.kind === 'wheel') return ok({ kind: 'wheel', artifact });
  const subdirectory = entry.source.kind === 'url' ? entry.source.subdirectory : undefined;
  return ok({ kind: 'sdist', artifact, subdirectory });
}

/** A direct archive may have its hash in `sdist` while its place is that of the source. */
function sdistOf({ entry, context }: Candidate): LockedFile | undefined {
  if (entry.sdist !== undefined) return lockedFile(entry.sdist, context);
  const isArchive = entry.source.kind === 'url' || entry.source.kind === 'path';
  return isArchive && entry.wheels.length === 0 && !filenameOf(context.fallback ?? '').endsWith('.whl')
    ? lockedFile({}, context)
    : undefined;
}

const WORDS = { code: 'F0926', severity: 'error', blame: 'input' } as const;

function forbidden({ lock }: UvQuestion, entry: LockedPackage): Diagnostic {
  return noFileWords(entry, lock.spanOf(entry), 'sdist-forbidden');
}

interface Missing {
  readonly entry: LockedPackage;
  readonly candidates: ArtifactCandidates<LockedFile>;
  readonly reason: MissingReason;
}

function noFile({ lock, interpreter, tags }: UvQuestion, { entry, candidates, reason }: Missing): Diagnostic {
  const words = noFileWords(entry, lock.spanOf(entry), reason);
  if (reason !== 'wheels-unfit') return words;
  return { ...words, facts: unfitFacts(candidates.wheels, { interpreter: describe(interpreter), best: tags.tags[0] ?? '' }) };
}

/** At most so many tags are shown. */
const SHOWN_TAGS = 6;

/** What there is, and what was wanted. */
export function unfitFacts(
  wheels: readonly NamedFile[],
  wanted: { readonly interpreter: string; readonly best: string },
): readonly (readonly [string, string])[] {
  const tags = tagsOfWheels(wheels);
  const shown = tags.slice(0, SHOWN_TAGS).map((tag) => `\`${tag}\``);
  const rest = tags.length > SHOWN_TAGS ? ` and ${tags.length - SHOWN_TAGS} more` : '';
  return [
    ['the interpreter is', wanted.interpreter],
    ['best it could use', `\`${wanted.best}\``],
    ['wheels there are', `${shown.join(', ')}${rest}`],
  ];
}

export function noFileWords(
  subject: { readonly name: string; readonly version: string | undefined },
  span: Span,
  reason: MissingReason,
): Diagnostic {
  const name = `\`${subject.name}${subject.version === undefined ? '' : ` ${subject.version}`}\``;
  switch (reason) {
    case 'nothing':
      return { ...WORDS, message: `the lock has no file of ${name}`, span, hints: ['run `uv lock`'] };
    case 'wheels-unfit':
      return {
        ...WORDS,
        message: `no wheel of ${name} fits the interpreter, and the lock has no source distribution`,
        span,
        hints: [
          'choose another interpreter in `.python-version`',
          'name the platform in `tool.uv.required-environments` and run `uv lock`: it then looks for a version that has a wheel',
        ],
      };
    case 'wheels-forbidden':
      return {
        ...WORDS,
        message: `wheels of ${name} are forbidden by \`no-binary\`, and the lock has no source distribution`,
        span,
        hints: ['take it out of `tool.uv.no-binary-package`'],
      };
    case 'sdist-forbidden':
      return {
        ...WORDS,
        message: `${name} would have to be built, which \`no-build\` forbids`,
        span,
        hints: ['take it out of `no-build-package` (or `no-build` away) in `[tool.uv]`, or choose an interpreter that it has a wheel for'],
      };
  }
}

function withoutHash(lock: UvLock, entry: LockedPackage): Diagnostic {
  return {
    code: 'F0921',
    severity: 'error',
    blame: 'input',
    message: `the file of \`${entry.name}\` must have a \`hash\``,
    span: lock.spanOf(entry),
    hints: ['run `uv lock`; locks are not written by hand'],
  };
}

function fileInRepository(lock: UvLock, entry: LockedPackage): Diagnostic {
  return {
    ...WORDS,
    message: `\`${entry.name}\` is an archive inside of a git repository, which is not supported`,
    span: lock.spanOf(entry),
    hints: ['depend on the project itself, or on the address of the archive'],
  };
}
