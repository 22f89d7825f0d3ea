import type { DistributionName } from '../distribution-name.ts';
import type { ArtifactChoice } from '../project/uv-settings.ts';
import type { SupportedTags } from '../version/supported-tags.ts';
import { type BuildTag, compareBuildTags, parseWheelFilename } from '../wheel-filename.ts';

/** A file of a lock that was not looked at yet but for its name: a lock has thousands. */
export interface NamedFile {
  readonly filename: string;
}

/** The files that a lock has of one distribution. */
export interface ArtifactCandidates<F extends NamedFile> {
  readonly name: DistributionName;
  readonly wheels: readonly F[];
  readonly sdist: F | undefined;
}

export type ChosenArtifact<F extends NamedFile> =
  | { readonly kind: 'wheel'; readonly file: F }
  | { readonly kind: 'sdist'; readonly file: F }
  | { readonly kind: 'none'; readonly reason: MissingReason };

/** `wheels-unfit`: there are wheels, for other interpreters or platforms. */
export type MissingReason = 'nothing' | 'wheels-unfit' | 'wheels-forbidden' | 'sdist-forbidden';

/**
 * uv's choice: the best wheel that the interpreter can use, else the source distribution; `no-binary` and `no-build` take one of
 * the two away.
 */
export function chooseArtifact<F extends NamedFile>(
  candidates: ArtifactCandidates<F>,
  { tags, choice }: { readonly tags: SupportedTags; readonly choice: ArtifactChoice },
): ChosenArtifact<F> {
  const isWithoutWheels = choice.noBinary || choice.noBinaryPackages.has(candidates.name);
  const isWithoutBuild = forbidsBuild(choice, candidates.name);
  const wheel = isWithoutWheels ? undefined : bestWheel(candidates.wheels, tags);
  if (wheel !== undefined) return { kind: 'wheel', file: wheel };
  if (candidates.sdist !== undefined && !isWithoutBuild) return { kind: 'sdist', file: candidates.sdist };
  if (candidates.sdist !== undefined) return { kind: 'none', reason: 'sdist-forbidden' };
  if (candidates.wheels.length === 0) return { kind: 'none', reason: 'nothing' };
  return { kind: 'none', reason: isWithoutWheels ? 'wheels-forbidden' : 'wheels-unfit' };
}

export function forbidsBuild(choice: ArtifactChoice, name: DistributionName): boolean {
  return choice.noBuild || choice.noBuildPackages.has(name);
}

/** The highest by tag, then by build tag; of equals the first that is listed. */
function bestWheel<F extends NamedFile>(wheels: readonly F[], tags: SupportedTags): F | undefined {
  let best: { readonly file: F; readonly priority: number; readonly build: BuildTag | undefined } | undefined;
  for (const file of wheels) {
    const priority = priorityOf(file.filename, tags);
    if (priority === undefined || (best !== undefined && priority < best.priority)) continue;
    const name = parseWheelFilename(file.filename);
    if (name === undefined) continue;
    const order = best === undefined ? 1 : priority - best.priority || compareBuildTags(name.build, best.build);
    if (order > 0) best = { file, priority, build: name.build };
  }
  return best?.file;
}

/** Of the last three parts alone: most wheels are for somebody else, and need no closer look. */
function priorityOf(filename: string, tags: SupportedTags): number | undefined {
  const [platforms, abis, pythons] = filename.slice(0, -'.whl'.length).split('-').toReversed();
  if (platforms === undefined || abis === undefined || pythons === undefined) return undefined;
  return tags.priority({ pythons: pythons.split('.'), abis: abis.split('.'), platforms: platforms.split('.') });
}

/** `cp312-cp312-manylinux_2_28_x86_64`, each once, in order of the files. */
export function tagsOfWheels(wheels: readonly NamedFile[]): readonly string[] {
  const tags = wheels.flatMap(({ filename }) => {
    const name = parseWheelFilename(filename);
    return name === undefined ? [] : [`${name.pythons.join('.')}-${name.abis.join('.')}-${name.platforms.join('.')}`];
  });
  return [...new Set(tags)];
}
