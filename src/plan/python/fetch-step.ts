import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import { digestOf } from '../../model/digest.ts';
import type { Artifact } from '../../python/artifact.ts';
import type { ArtifactFetcher } from '../../python/fetch/artifact-fetcher.ts';
import { unpackWheel } from '../../python/wheel/unpack-wheel.ts';
import { rememberedWheel } from '../../python/wheel/wheel-memory.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { PythonStep, StepPreparation } from './step.ts';

/** A wheel from an index, a direct address or a path: fetched, checked, and unpacked into the store. */
export class FetchStep implements PythonStep {
  readonly #artifact: Artifact;
  readonly #fetcher: ArtifactFetcher;
  readonly #store: DirectoryStore;

  constructor(options: { readonly artifact: Artifact; readonly fetcher: ArtifactFetcher; readonly store: DirectoryStore }) {
    this.#artifact = options.artifact;
    this.#fetcher = options.fetcher;
    this.#store = options.store;
  }

  async prepare(): Promise<Result<StepPreparation>> {
    const { hash, filename } = this.#artifact;
    const store = this.#store;
    const known = hash?.algorithm === 'sha256' ? rememberedWheel(store, hash.hex) : undefined;
    if (known !== undefined) return ok({ kind: 'known', result: { kind: 'wheel', wheel: known, archive: undefined } });
    return ok({
      kind: 'run',
      key: digestOf(`fetch wheel ${JSON.stringify([filename, hash, this.#artifact.location])}`),
      run: async () => {
        const fetched = await this.#fetcher.fetch(this.#artifact);
        if (!fetched.ok) return fetched;
        const wheel = await unpackWheel({ store, ...fetched.value, filename });
        return wheel.ok ? ok({ kind: 'wheel', wheel: wheel.value, archive: undefined }, wheel.warnings) : wheel;
      },
    });
  }
}
