import { resolve } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { textOf, type TomlTable } from '../project/toml-reader.ts';
import type { Resolution, ResolvedDistribution, ResolvedSource } from '../resolution.ts';
import { evaluateMarker, parseMarker } from '../version/marker.ts';
import { chooseArtifact } from './choose-artifact.ts';
import { checkCoverage, describe } from './covered-environment.ts';
import { installedTwice } from './installed-twice.ts';
import { MarkerAnswers, UnreadableMarker } from './lock-markers.ts';
import { lockedFile, readArtifact } from './locked-artifact.ts';
import type { Pylock, PylockPackage } from './pylock.ts';
import type { LockQuestion } from './resolve-lock.ts';
import { noFileWords, unfitFacts } from './resolved-source.ts';

type PylockQuestion = LockQuestion & { readonly lock: Pylock };

/**
 * Which entries of a `pylock.toml` count: those whose marker holds (PEP 751, installation). The request's root says nothing here,
 * such a lock is for one project.
 */
export function resolvePylock(question: PylockQuestion): Result<Resolution> {
  const { lock, interpreter } = question;
  const answers = new MarkerAnswers(interpreter.markers);
  const unions = [{ key: 'environments', markers: lock.supported }];
  const outside = checkCoverage({ ...lock, unions }, { interpreter, answers });
  if (outside !== undefined) return fail(outside);
  const unknown = unknownParts(question);
  if (unknown.length > 0) return fail(...unknown);
  const entries = lock.packages.filter((entry) => isWanted(question, entry));
  const problems = [...sameNames(lock, entries)];
  const distributions: ResolvedDistribution[] = [];
  const names = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const source = sourceOf(question, entry);
    if (!source.ok) problems.push(...source.diagnostics);
    else {
      distributions.push({
        name: entry.name,
        version: entry.version,
        extras: [],
        dependencies: [...new Set(entry.dependencies)].filter((name) => names.has(name)).toSorted(),
        source: source.value,
        entry: entry.index,
        span: () => lock.spanOf(entry),
      });
    }
  }
  if (problems.length > 0) return fail(...problems);
  return ok({ distributions: distributions.toSorted((left, right) => (left.name < right.name ? -1 : 1)) });
}

function unknownParts({ lock, request }: PylockQuestion): readonly Diagnostic[] {
  const parts = [
    ...request.extras.filter((extra) => !lock.extras.includes(extra)).map((extra) => ['extra', extra, lock.extras] as const),
    ...request.groups.filter((group) => !lock.groups.includes(group)).map((group) => ['dependency group', group, lock.groups] as const),
  ];
  return parts.map(([kind, name, known]): Diagnostic => ({
    code: 'F0922',
    severity: 'error',
    blame: 'input',
    message: `\`${lock.file}\` was not made for the ${kind} \`${name}\``,
    span: lock.spanAtTop([kind === 'extra' ? 'extras' : 'dependency-groups']),
    facts: [[`${kind}s`, known.map((item) => `\`${item}\``).join(', ') || 'none']],
    hints: ['name one of these, or write the lock again with it'],
  }));
}

/** The default groups are what a lock gives to who names none: what a project requires may be one of them (PEP 751). */
function isWanted({ lock, interpreter, request }: PylockQuestion, { marker }: PylockPackage): boolean {
  if (marker === undefined) return true;
  const parsed = parseMarker(marker);
  if (!parsed.ok) throw new UnreadableMarker(marker, parsed.message);
  return evaluateMarker({
    marker: parsed.marker,
    environment: interpreter.markers,
    extras: new Set(request.extras),
    dependencyGroups: new Set([...(request.withProject ? lock.defaultGroups : []), ...request.groups]),
  });
}

function sameNames(lock: Pylock, entries: readonly PylockPackage[]): readonly Diagnostic[] {
  return installedTwice(entries, {
    spanOf: (entry) => lock.spanOf(entry),
    hint: 'write the lock again: the markers of the two entries must exclude each other',
  });
}

function sourceOf(question: PylockQuestion, entry: PylockPackage): Result<ResolvedSource> {
  const { lock } = question;
  const { source } = entry;
  switch (source.kind) {
    case 'directory':
      return ok({
        kind: 'directory',
        directory: resolve(lock.directory, pathOf(source.table)),
        editable: source.table['editable'] === true,
      });
    case 'vcs':
      return vcsSource(lock, entry, source.table);
    case 'archive':
      return archiveSource(lock, entry, source.table);
    case 'files':
      return fileSource(question, entry, source);
  }
}

function vcsSource(lock: Pylock, entry: PylockPackage, table: TomlTable): Result<ResolvedSource> {
  const revision = textOf(table, 'commit-id');
  const url = textOf(table, 'url') ?? textOf(table, 'path');
  if (table['type'] !== 'git' || revision === undefined || url === undefined) {
    return fail(malformed(lock, entry, 'must be a git repository with its `url` and `commit-id`'));
  }
  return ok({ kind: 'git', url, revision, subdirectory: textOf(table, 'subdirectory'), lfs: false });
}

function archiveSource(lock: Pylock, entry: PylockPackage, table: TomlTable): Result<ResolvedSource> {
  const context = { directory: lock.directory, index: undefined, fallback: undefined };
  const file = lockedFile(table, context);
  const artifact = file === undefined ? undefined : readArtifact(file, context);
  if (artifact?.hash === undefined) return fail(malformed(lock, entry, 'must have an archive with `url` or `path`, and `hashes`'));
  if (artifact.filename.endsWith('.whl')) return ok({ kind: 'wheel', artifact });
  return ok({ kind: 'sdist', artifact, subdirectory: textOf(table, 'subdirectory') });
}

function fileSource(
  question: PylockQuestion,
  entry: PylockPackage,
  { sdist, wheels }: PylockPackage['source'] & { readonly kind: 'files' },
): Result<ResolvedSource> {
  const { lock, interpreter, tags } = question;
  const context = { directory: lock.directory, index: entry.registry, fallback: undefined };
  const candidates = {
    name: entry.name,
    wheels: wheels.flatMap((wheel) => lockedFile(wheel, context) ?? []),
    sdist: lockedFile(sdist, context),
  };
  const choice = chooseArtifact(candidates, question);
  if (choice.kind === 'wheel') return ok({ kind: 'wheel', artifact: readArtifact(choice.file, context) });
  if (choice.kind === 'sdist') return ok({ kind: 'sdist', artifact: readArtifact(choice.file, context), subdirectory: undefined });
  const words = noFileWords(entry, lock.spanOf(entry), choice.reason);
  if (choice.reason !== 'wheels-unfit') return fail(words);
  return fail({ ...words, facts: unfitFacts(candidates.wheels, { interpreter: describe(interpreter), best: tags.tags[0] ?? '' }) });
}

function malformed(lock: Pylock, entry: PylockPackage, message: string): Diagnostic {
  return {
    code: 'F0921',
    severity: 'error',
    blame: 'input',
    message: `the entry of \`${entry.name}\` ${message}`,
    span: lock.spanOf(entry),
    hints: ['write the lock again; locks are not edited by hand'],
  };
}

function pathOf(table: TomlTable): string {
  const path = textOf(table, 'path') ?? '.';
  const subdirectory = textOf(table, 'subdirectory');
  return subdirectory === undefined ? path : `${path}/${subdirectory}`;
}
