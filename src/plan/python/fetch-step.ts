import { type Diagnostic, fail, ok, type Result, type Span } from '../../diagnostics/diagnostic.ts';
import { digestOf } from '../../model/digest.ts';
import type { Artifact } from '../../python/artifact.ts';
import type { ArtifactFetcher } from '../../python/fetch/artifact-fetcher.ts';
import type { UnpackThreads } from '../../python/wheel/unpack-threads.ts';
import { contentOf } from '../../record/run-record.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import { rememberedWheel } from '../../python/wheel/wheel-memory.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { PythonStep, StepPreparation } from './step.ts';

/** A wheel from an index, a direct address or a path: fetched, checked, and unpacked into the store. */
export class FetchStep implements PythonStep {
  readonly artifact: Artifact;
  readonly #span: (() => Span) | undefined;
  readonly #fetcher: Pick<ArtifactFetcher, 'fetch'>;
  readonly #threads: UnpackThreads;
  readonly #store: DirectoryStore;
  /** Found by {@link known}, for the {@link prepare} that follows. */
  #known: UnpackedWheel | undefined;

  constructor(options: {
    readonly artifact: Artifact;
    /** Finds its entry in the lock; `undefined`: it is in none. */
    readonly span: (() => Span) | undefined;
    readonly fetcher: Pick<ArtifactFetcher, 'fetch'>;
    readonly threads: UnpackThreads;
    readonly store: DirectoryStore;
  }) {
    this.artifact = options.artifact;
    this.#span = options.span;
    this.#fetcher = options.fetcher;
    this.#threads = options.threads;
    this.#store = options.store;
  }

  /** The wheel, where it was unpacked before. */
  known(): UnpackedWheel | undefined {
    const { hash } = this.artifact;
    this.#known = hash?.algorithm === 'sha256' ? rememberedWheel(this.#store, hash.hex) : undefined;
    return this.#known;
  }

  async prepare(): Promise<Result<StepPreparation>> {
    const { hash, filename, location } = this.artifact;
    const store = this.#store;
    const known = this.#known ?? this.known();
    this.#known = undefined;
    const key = digestOf(`fetch wheel ${JSON.stringify([filename, hash, location])}`);
    if (known !== undefined) return ok({ kind: 'known', key, result: { kind: 'wheel', wheel: known, archive: undefined } });
    return ok({
      kind: 'run',
      key,
      ingredients: () => ({
        arguments: ['fetch', filename],
        environment: {},
        inputs: hash === undefined ? {} : { [filename]: contentOf(hash.hex) },
        platform: {},
      }),
      run: async () => {
        const fetched = await this.#fetcher.fetch(this.artifact);
        if (!fetched.ok) return fail(...fetched.diagnostics.map((diagnostic) => this.#placed(diagnostic)));
        const wheel = await this.#threads.unpack({ store, ...fetched.value, filename });
        return wheel.ok ? ok({ kind: 'wheel', wheel: wheel.value, archive: undefined }, wheel.warnings) : wheel;
      },
    });
  }

  /** Finding the place is slow, so it is left to when there is something to say. */
  #placed(diagnostic: Diagnostic): Diagnostic {
    return diagnostic.span === undefined && this.#span !== undefined ? { ...diagnostic, span: this.#span() } : diagnostic;
  }
}
