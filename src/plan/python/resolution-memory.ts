import { sha256Of } from '../../model/digest.ts';
import type { Result } from '../../diagnostics/diagnostic.ts';
import type { Interpreter } from '../../python/interpreter.ts';
import type { PythonLock } from '../../python/lock/lock.ts';
import { entrySpan } from '../../python/lock/lock-spans.ts';
import type { Project } from '../../python/project/project.ts';
import type { ArtifactChoice } from '../../python/project/uv-settings.ts';
import type { Resolution, ResolutionRequest, ResolvedDistribution, ResolvedSource } from '../../python/resolution.ts';
import type { Store } from '../../store/store.ts';

export interface ResolutionQuestion {
  readonly store: Pick<Store, 'getNote' | 'putNote'>;
  readonly lock: Pick<PythonLock, 'kind' | 'directory' | 'file' | 'text'>;
  readonly request: ResolutionRequest;
  readonly interpreter: Interpreter;
  /** Part of the name: a `uv.toml` may say it, whose text no project has. */
  readonly choice: ArtifactChoice;
  readonly projectAt: (directory: string) => Promise<Result<Project>>;
}

const NAMESPACE = 'resolution';

/** Raised whenever a lock is followed in another way, or the note changes its shape. */
const FORMAT = 1;

/** Stands for the lock's own directory, wherever the checkout is. */
const OWN = '';

interface Note {
  readonly format: number;
  /** Directory and sha256 of each `pyproject.toml` that the lock was compared with. */
  readonly projects: readonly (readonly [directory: string, hash: string])[];
  readonly distributions: readonly Omit<ResolvedDistribution, 'span'>[];
}

/**
 * What the same lock gave for the same request and interpreter, for projects that say the same: neither parsed nor followed again.
 * `undefined`: that is not known.
 */
export async function rememberedResolution(question: ResolutionQuestion): Promise<Resolution | undefined> {
  const { store, lock, projectAt } = question;
  const text = [OWN, lock.directory].map((place) => store.getNote(NAMESPACE, keyOf(question, place))).find((note) => note !== undefined);
  const note: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isNote(note)) return undefined;
  for (const [directory, hash] of note.projects) {
    const project = await projectAt(placed(directory, lock));
    if (!project.ok || sha256Of(project.value.text) !== hash) return undefined;
  }
  return {
    distributions: note.distributions.map((distribution) => ({
      ...distribution,
      source: mapped(distribution.source, (directory) => placed(directory, lock)),
      span: () => entrySpan(lock, { index: distribution.entry, path: [] }),
    })),
  };
}

/** `projects`: every one that the lock was compared with, the one that is asked for among them. */
export function rememberResolution(
  question: ResolutionQuestion,
  found: { readonly resolution: Resolution; readonly projects: readonly Project[] },
): void {
  const { store, lock } = question;
  let isOwn = true;
  const portable = (directory: string): string => {
    if (directory === lock.directory) return OWN;
    isOwn = false;
    return directory;
  };
  const note: Note = {
    format: FORMAT,
    projects: found.projects.map(({ directory, text }) => [portable(directory), sha256Of(text)]),
    distributions: found.resolution.distributions.map(({ span: _span, source, ...rest }) => ({
      ...rest,
      source: mapped(source, portable),
    })),
  };
  store.putNote(NAMESPACE, keyOf(question, isOwn ? OWN : lock.directory), JSON.stringify(note));
}

/** `place`: where the lock is, if anything that is beside it matters. */
function keyOf({ lock, request, interpreter, choice }: ResolutionQuestion, place: string): string {
  const { noBinary, noBinaryPackages, noBuild, noBuildPackages } = choice;
  const files = [noBinary, [...noBinaryPackages], noBuild, [...noBuildPackages]];
  return JSON.stringify([FORMAT, place, lock.kind, sha256Of(lock.text), request, interpreter, files]);
}

function placed(directory: string, lock: ResolutionQuestion['lock']): string {
  return directory === OWN ? lock.directory : directory;
}

/** A source with its paths of this machine replaced. */
function mapped(source: ResolvedSource, replace: (path: string) => string): ResolvedSource {
  switch (source.kind) {
    case 'wheel':
    case 'sdist': {
      const { location } = source.artifact;
      if (location.kind === 'url') return source;
      return { ...source, artifact: { ...source.artifact, location: { kind: 'path', path: replace(location.path) } } };
    }
    case 'directory':
    case 'virtual':
      return { ...source, directory: replace(source.directory) };
    case 'git':
      return source;
  }
}

/** Notes prove themselves by a checksum, and the format's number says that this version wrote it. */
function isNote(value: unknown): value is Note {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT;
}
