import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import { unportable } from '../../python/maturin/wheel-portability.ts';
import type { Store } from '../../store/store.ts';
import type { PythonNodeId, PythonStep, StepPreparation, StepSurroundings } from './step.ts';

/** The output `wheel`: a directory with the archive of a wheel that was built here. */
export class WheelFileStep implements PythonStep {
  readonly #store: Store;
  readonly #isAudited: boolean;
  /** The node that makes the archive. */
  readonly wheel: PythonNodeId;

  constructor(options: {
    readonly store: Store;
    readonly wheel: PythonNodeId;
    /** Who made it has chosen its platform tag with care. */
    readonly isAudited: boolean;
  }) {
    this.#store = options.store;
    this.#isAudited = options.isAudited;
    this.wheel = options.wheel;
  }

  async prepare({ found }: StepSurroundings): Promise<Result<StepPreparation>> {
    const { filename, digest } = found.archive(this.wheel);
    const tree = this.#store.makeTree(new Map([[filename, { kind: 'file', digest, executable: false }]]));
    const warning = this.#isAudited ? undefined : unportable(filename, found.wheel(this.wheel));
    return ok({ kind: 'known', key: undefined, result: { kind: 'tree', tree } }, warning === undefined ? [] : [warning]);
  }
}
