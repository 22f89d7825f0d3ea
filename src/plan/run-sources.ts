import { ok, type Result } from '../diagnostics/diagnostic.ts';
import type { FerruleLock } from '../repository/ferrule-lock.ts';
import type { Repository } from '../repository/repository.ts';
import { openSourceMemory, type SourceMemory } from '../source/source-memory.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import { BASE_ENVIRONMENT } from './host-environment.ts';
import { type MachineIdentity, machineIdentity } from './machine-identity.ts';
import { PackageTrees } from './package-trees.ts';
import type { RustNode } from './rust-graph.ts';
import type { FoundSources, RustSources } from './rust-work.ts';
import { unitReaches, type UnitReach } from './unit-reach.ts';
import type { Unit } from '../rust/unit.ts';
import type { WorkspacePlan } from './workspace-plan.ts';

export interface RunSourcesOptions {
  readonly store: DirectoryStore;
  readonly repository: Repository;
  readonly lock: FerruleLock | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What actions read that no action makes: package files, the toolchain, and what of the machine their keys must know. */
export class RunSources implements RustSources {
  readonly #memory: SourceMemory;
  readonly #trees: PackageTrees;
  readonly #machine: MachineIdentity;
  readonly #reaches = new Map<WorkspacePlan, (unit: Unit) => UnitReach>();

  constructor(options: RunSourcesOptions) {
    const { store, repository, lock, now } = options;
    this.#memory = openSourceMemory({ store, repositoryRoot: repository.root, now });
    this.#trees = new PackageTrees({ store, repositoryRoot: repository.root, memory: this.#memory, lock });
    this.#machine = machineIdentity({ store, path: BASE_ENVIRONMENT.PATH, os: process.platform, arch: process.arch });
  }

  async sourcesOf(node: RustNode): Promise<Result<FoundSources>> {
    const { workspace, unit: planned } = node;
    const files = await this.#trees.filesOf({ plan: workspace, unit: planned.unit, reach: this.#reach(workspace)(planned.unit), inputs: [] });
    if (!files.ok) return files;
    const { os, arch, compilers } = this.#machine;
    const usesCompilers = planned.kind === 'run-script' || planned.links;
    return ok(
      {
        sources: {
          trees: [files.value.tree],
          toolchain: workspace.facts.toolchain.tree,
          files: new Map(),
          platform: { os, arch, ...(usesCompilers ? { compilers } : {}) },
        },
        reads: files.value.reads,
      },
      files.warnings,
    );
  }

  /** Writes down what was learnt about files. Call it once, at the end. */
  save(): void {
    this.#memory.save();
  }

  #reach(plan: WorkspacePlan): (unit: Unit) => UnitReach {
    let reach = this.#reaches.get(plan);
    if (reach === undefined) {
      reach = unitReaches(plan.facts.graph.units);
      this.#reaches.set(plan, reach);
    }
    return reach;
  }
}
