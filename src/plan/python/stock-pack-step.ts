import { join } from 'node:path';
import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { generatedPackage, packEditable, type PackingRequest } from '../../python/maturin/pack-extension.ts';
import type { UnpackedWheel } from '../../python/wheel.ts';
import { keepWheel } from '../../python/wheel/keep-wheel.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { ExtensionOutcome } from '../extension-outcome.ts';
import { damageFound } from '../input-damage.ts';
import { packingDisk } from './memory-disk.ts';
import type { PackStepOptions } from './pack-step.ts';
import type { StockWheel } from './stock-wheel.ts';
import type { PythonStep, StepPreparation, StepResult, StepSurroundings } from './step.ts';

export interface StockPackStepOptions extends PackStepOptions {
  readonly wheel: StockWheel;
}

/** The wheel of a library whose Python side is generated: maturin packs it. */
export class StockPackStep implements PythonStep {
  readonly #options: StockPackStepOptions;

  constructor(options: StockPackStepOptions) {
    this.#options = options;
  }

  async prepare(surroundings: StepSurroundings): Promise<Result<StepPreparation>> {
    const { extension, label, editable, wheel } = this.#options;
    const outcome = surroundings.found.extension(extension);
    if (outcome === undefined) return fail(damageFound({ what: `what was compiled for ${label}`, paths: [], severity: 'error' }));
    const prepared = await wheel.prepare(surroundings, outcome);
    if (!editable || !prepared.ok) return prepared;
    const preparation = prepared.value;
    if (preparation.kind === 'run') {
      const run = async (): Promise<Result<StepResult>> => {
        const result = await preparation.run();
        return result.ok ? this.#editable(result.value, outcome, surroundings) : result;
      };
      return ok({ ...preparation, run }, prepared.warnings);
    }
    const result = this.#editable(preparation.result, outcome, surroundings);
    return result.ok ? ok({ ...preparation, result: result.value }, result.warnings) : result;
  }

  /** Python files where they lie, and the generated package from the wheel; a wheel without others' Python files as it is. */
  #editable(made: StepResult, outcome: ExtensionOutcome, { memory }: StepSurroundings): Result<StepResult> {
    if (made.kind !== 'wheel') throw new Error('internal: maturin has packed no wheel');
    const { store, project, extension, interpreter, purpose, repositoryRoot: ignoreRoot } = this.#options;
    const { crate } = extension;
    const disk = packingDisk(memory, store);
    const request: PackingRequest = {
      project,
      crate,
      code: outcome.code,
      interpreter,
      purpose,
      ignoreRoot,
      outDirectories: new Map(),
      disk,
    };
    const generated = generatedPackage(request);
    if (!generated.ok) return generated;
    if (generated.value === undefined) return ok({ kind: 'editable', project: { wheel: made.wheel, sources: [], modules: {} } });
    const packed = packEditable(request);
    if (!packed.ok) return packed;
    const { sources, filename, files } = packed.value;
    const kept = keepWheel({ store, files, filename });
    if (!kept.ok) return kept;
    const modules = { [generated.value]: packagePath(store, made.wheel, generated.value) };
    return ok({ kind: 'editable', project: { wheel: kept.value, sources, modules } }, packed.warnings);
  }
}

function packagePath(store: DirectoryStore, wheel: UnpackedWheel, dotted: string): string {
  const tree = store.treePath(wheel.tree);
  if (tree === undefined) throw new Error(`internal: the wheel with ${dotted} is not in the store`);
  return join(tree, 'site', ...dotted.split('.'), '__init__.py');
}
