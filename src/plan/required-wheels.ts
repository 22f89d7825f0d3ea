import { type Diagnostic, fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import type { ChosenRequirement } from '../python/build/build-requirements.ts';
import type { ArtifactFetcher } from '../python/fetch/artifact-fetcher.ts';
import { rememberedWheel } from '../python/wheel/wheel-memory.ts';
import { unpackWheel } from '../python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../python/wheel.ts';
import type { DirectoryStore } from '../store/directory-store.ts';

export interface WheelSources {
  readonly fetcher: Pick<ArtifactFetcher, 'fetch'>;
  readonly store: DirectoryStore;
}

/** Build requirements as unpacked wheels, fetched now unless they were before, in the order given. */
export async function requiredWheels(
  chosen: readonly ChosenRequirement[],
  sources: WheelSources,
): Promise<Result<readonly UnpackedWheel[]>> {
  const wheels: UnpackedWheel[] = [];
  const problems: Diagnostic[] = [];
  for (const wheel of await Promise.all(chosen.map(async (each) => await unpacked(each, sources)))) {
    if (wheel.ok) wheels.push(wheel.value);
    else problems.push(...wheel.diagnostics);
  }
  return problems.length === 0 ? ok(wheels) : fail(...problems);
}

async function unpacked({ wheel }: ChosenRequirement, { fetcher, store }: WheelSources): Promise<Result<UnpackedWheel>> {
  const known = wheel.hash?.algorithm === 'sha256' ? rememberedWheel(store, wheel.hash.hex) : undefined;
  if (known !== undefined) return ok(known);
  const fetched = await fetcher.fetch(wheel);
  return fetched.ok ? await unpackWheel({ store, ...fetched.value, filename: wheel.filename }) : fetched;
}
