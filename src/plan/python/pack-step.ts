import { fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { type Digest, digestOf, type Sha256, sha256Of } from '../../model/digest.ts';
import type { Interpreter } from '../../python/interpreter.ts';
import type { PackingProject } from '../../python/maturin/packing-project.ts';
import { packEditable, packExtension, type PackedWheel, type PackingRequest } from '../../python/maturin/pack-extension.ts';
import { librariesToGraft } from '../../python/maturin/platform-tag.ts';
import { contentKey, keepWheel } from '../../python/wheel/keep-wheel.ts';
import { rememberedWheel } from '../../python/wheel/wheel-memory.ts';
import { writeWheelArchive } from '../../python/wheel-archive/write-wheel-archive.ts';
import { contentOf, type Ingredients } from '../../record/run-record.ts';
import type { WheelFile } from '../../python/wheel-archive/wheel-file.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { ExtensionPlan } from '../extension-plan.ts';
import { damageFound } from '../input-damage.ts';
import { packingDisk } from './memory-disk.ts';
import type { PythonStep, StepPreparation, StepResult, StepSurroundings, WheelFileContent } from './step.ts';
import type { StockWheel } from './stock-wheel.ts';

export interface PackStepOptions {
  readonly store: DirectoryStore;
  readonly label: string;
  readonly project: PackingProject;
  readonly extension: ExtensionPlan;
  readonly interpreter: Interpreter;
  readonly purpose: PackingRequest['purpose'];
  readonly editable: boolean;
  /** Absolute. */
  readonly repositoryRoot: string;
}

export interface OwnPackStepOptions extends PackStepOptions {
  /** Packs a wheel that has to take in libraries. */
  readonly grafting: StockWheel;
}

/** The wheel of a Rust extension: what was compiled, and the Python files beside it. Nothing is compiled here. */
export class PackStep implements PythonStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: OwnPackStepOptions;

  constructor(options: OwnPackStepOptions) {
    this.options = options;
  }

  async prepare(surroundings: StepSurroundings): Promise<Result<StepPreparation>> {
    const { store, extension, editable, grafting } = this.options;
    const { memory } = surroundings;
    const outcome = surroundings.found.extension(extension);
    if (outcome === undefined)
      return fail(damageFound({ what: `what was compiled for ${this.options.label}`, paths: [], severity: 'error' }));
    const outDirectories = new Map(
      [...outcome.scriptOutputs].flatMap(([crate, tree]) => {
        const path = store.treePath(tree);
        return path === undefined ? [] : [[crate, path] as const];
      }),
    );
    const { project, interpreter, purpose, repositoryRoot: ignoreRoot } = this.options;
    const { settings } = project;
    const isGrafted = !editable && librariesToGraft({ code: outcome.code, interpreter, settings, purpose }).length > 0;
    if (isGrafted) return await grafting.prepare(surroundings, outcome);
    const disk = packingDisk(memory, store);
    const request = { project, crate: extension.crate, code: outcome.code, interpreter, purpose, ignoreRoot, outDirectories, disk };
    if (!editable)
      return this.#prepared(packExtension(request), (wheel, packed) => ({ kind: 'wheel', wheel, archive: this.#archive(packed) }));
    const packed = packEditable(request);
    const { sources = [], modules = {} } = packed.ok ? packed.value : {};
    return this.#prepared(packed, (wheel) => ({ kind: 'editable', project: { wheel, sources, modules } }));
  }

  /** The wheel is kept under the digest of its files: packing the same again finds it. */
  #prepared(
    packed: Result<PackedWheel>,
    result: (wheel: Extract<StepResult, { kind: 'wheel' }>['wheel'], packed: PackedWheel) => StepResult,
  ): Result<StepPreparation> {
    if (!packed.ok) return packed;
    const { store } = this.options;
    const { filename, files } = packed.value;
    const key = contentKey(files, filename);
    const known = rememberedWheel(store, key);
    const stepKey = digestOf(`packed wheel ${key}`);
    if (known !== undefined) return ok({ kind: 'known', key: stepKey, result: result(known, packed.value) }, packed.warnings);
    const run = async (): Promise<Result<StepResult>> => {
      const kept = keepWheel({ store, files, filename });
      return kept.ok ? ok(result(kept.value, packed.value), kept.warnings) : kept;
    };
    const ingredients = (): Ingredients => ({
      arguments: ['pack', filename],
      environment: {},
      inputs: Object.fromEntries([...files].map(([path, file]) => [`wheel/${path}`, contentOf(hashOf(file))])),
      platform: {},
    });
    return ok({ kind: 'run', key: stepKey, ingredients, run }, packed.warnings);
  }

  #archive(packed: PackedWheel): () => WheelFileContent {
    const { store } = this.options;
    return () => {
      const read = (digest: Digest): Uint8Array => {
        const bytes = store.readBlob(digest);
        if (bytes === undefined) throw new Error(`internal: a file of ${packed.filename} is not in the store`);
        return bytes;
      };
      const bytes = writeWheelArchive({ files: packed.files, distInfo: packed.distInfo, read });
      return { filename: packed.filename, digest: store.putBlob(bytes) };
    };
  }
}

function hashOf(file: WheelFile): Sha256 {
  return file.kind === 'blob' ? file.digest.hash : sha256Of(file.bytes);
}
