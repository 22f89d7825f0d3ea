import type { Artifact } from '../artifact.ts';
import type { DistributionName } from '../distribution-name.ts';
import type { ArtifactChoice } from '../project/uv-settings.ts';
import type { SupportedTags } from '../version/supported-tags.ts';
import { compareBuildTags, parseWheelFilename, type WheelFilename } from '../wheel-filename.ts';

/** A wheel, and what its name says. */
interface NamedWheel {
  readonly artifact: Artifact;
  readonly name: WheelFilename;
}

/** The files that a lock has of one distribution. */
export interface ArtifactCandidates {
  readonly name: DistributionName;
  readonly wheels: readonly Artifact[];
  readonly sdist: Artifact | undefined;
}

export type ChosenArtifact =
  | { readonly kind: 'wheel'; readonly artifact: Artifact }
  | { readonly kind: 'sdist'; readonly artifact: Artifact }
  | {
      readonly kind: 'none';
      /** `wheels-unfit`: there are wheels, for other interpreters or platforms. */
      readonly reason: 'nothing' | 'wheels-unfit' | 'wheels-forbidden' | 'sdist-forbidden';
    };

/**
 * uv's choice: the best wheel that the interpreter can use, else the source distribution; `no-binary` and `no-build` take one of
 * the two away.
 */
export function chooseArtifact(
  candidates: ArtifactCandidates,
  { tags, choice }: { readonly tags: SupportedTags; readonly choice: ArtifactChoice },
): ChosenArtifact {
  const isWithoutWheels = choice.noBinary || choice.noBinaryPackages.has(candidates.name);
  const isWithoutBuild = forbidsBuild(choice, candidates.name);
  const wheel = isWithoutWheels ? undefined : bestWheel(candidates.wheels, tags);
  if (wheel !== undefined) return { kind: 'wheel', artifact: wheel };
  if (candidates.sdist !== undefined && !isWithoutBuild) return { kind: 'sdist', artifact: candidates.sdist };
  if (candidates.sdist !== undefined) return { kind: 'none', reason: 'sdist-forbidden' };
  if (candidates.wheels.length === 0) return { kind: 'none', reason: 'nothing' };
  return { kind: 'none', reason: isWithoutWheels ? 'wheels-forbidden' : 'wheels-unfit' };
}

export function forbidsBuild(choice: ArtifactChoice, name: DistributionName): boolean {
  return choice.noBuild || choice.noBuildPackages.has(name);
}

/** The highest by tag, then by build tag; of equals the first that is listed. */
function bestWheel(wheels: readonly Artifact[], tags: SupportedTags): Artifact | undefined {
  let best: (NamedWheel & { readonly priority: number }) | undefined;
  for (const artifact of wheels) {
    const name = parseWheelFilename(artifact.filename);
    const priority = name === undefined ? undefined : tags.priority(name);
    if (name === undefined || priority === undefined) continue;
    const order = best === undefined ? 1 : priority - best.priority || compareBuildTags(name.build, best.name.build);
    if (order > 0) best = { artifact, name, priority };
  }
  return best?.artifact;
}

/** `cp312-cp312-manylinux_2_28_x86_64`, each once, in order of the files. */
export function tagsOfWheels(wheels: readonly Artifact[]): readonly string[] {
  const tags = wheels.flatMap(({ filename }) => {
    const name = parseWheelFilename(filename);
    return name === undefined ? [] : [`${name.pythons.join('.')}-${name.abis.join('.')}-${name.platforms.join('.')}`];
  });
  return [...new Set(tags)];
}
