import type { NodeId } from '../engine/events.ts';
import { parseSha256 } from '../model/digest.ts';
import type { Ingredients, RecordedTarget } from '../record/run-record.ts';
import { engineFor } from './attempt.ts';
import { jobPool } from './job-pool.ts';
import type { PlannedRun } from './plan-run.ts';
import { directDependencies, requestedTargets, toolchainsOf } from './record-run.ts';
import type { RunContext } from './run-context.ts';
import { type RunWorks, runWorks } from './run-works.ts';

/** What a run would do if it were started now. */
export interface Forecast {
  readonly toolchains: Readonly<Record<string, string>>;
  readonly targets: readonly RecordedTarget[];
  readonly nodes: readonly ForecastNode[];
}

export interface ForecastNode {
  readonly label: string;
  readonly verb: string;
  /** Positions of the nodes it is directly built from. */
  readonly dependencies: readonly NodeId[];
  readonly state: ForecastState;
  /** Hexadecimal; for `open` and what is behind it: if everything below came out as it did before. */
  readonly key: string | undefined;
  /** `undefined`: those of the key are written down, or nothing can be told. */
  readonly ingredients: Ingredients | undefined;
}

/**
 * | state | meaning |
 * |---|---|
 * | `known` | its result is there |
 * | `run` | it has to run, whatever the others give |
 * | `open` | something it is built from has to run; nothing of its own is new, so it need not run if that comes out the same |
 * | `blocked` | something it is built from has to run, and until then nothing can be told |
 * | `failed` | it cannot even be prepared; the context has been told why |
 */
export type ForecastState = 'known' | 'run' | 'open' | 'blocked' | 'failed';

/**
 * Completes and looks up every action without running any. Where one has to run, what it gave in an earlier run stands in for what it is
 * going to give: so what changed in the nodes behind it shows by itself.
 */
export async function forecastRun(options: {
  readonly context: RunContext;
  readonly planned: PlannedRun;
  /** Hexadecimal key of the node in the run that the forecast is held against; `undefined`: it was not in it. */
  readonly earlierKey: (node: { readonly label: string; readonly verb: string }) => string | undefined;
}): Promise<Forecast | undefined> {
  const { context, planned, earlierKey } = options;
  using pool = jobPool({ store: context.store, jobs: 1 });
  const engine = engineFor({ context, repository: planned.repository, pool });
  if (context.take(engine) === undefined || !engine.ok) return undefined;
  try {
    const works = runWorks({ context, planned, engine: engine.value, earlier: undefined, recalls: false });
    const nodes = await new Forecaster({ works, earlierKey }).run();
    works.sources.save();
    return { toolchains: toolchainsOf(planned), targets: requestedTargets(planned, works), nodes };
  } finally {
    engine.value.stop();
  }
}

class Forecaster {
  readonly #works: RunWorks;
  readonly #earlierKey: (node: { readonly label: string; readonly verb: string }) => string | undefined;
  readonly #found = new Map<NodeId, Promise<ForecastNode>>();

  constructor(options: {
    readonly works: RunWorks;
    readonly earlierKey: (node: { readonly label: string; readonly verb: string }) => string | undefined;
  }) {
    this.#works = options.works;
    this.#earlierKey = options.earlierKey;
  }

  async run(): Promise<readonly ForecastNode[]> {
    return await Promise.all(this.#works.scheduled.map(async ({ id }) => await this.#node(id)));
  }

  #node(id: NodeId): Promise<ForecastNode> {
    let found = this.#found.get(id);
    if (found === undefined) {
      found = this.#look(id);
      this.#found.set(id, found);
    }
    return found;
  }

  async #look(id: NodeId): Promise<ForecastNode> {
    const { scheduled, graph } = this.#works;
    const node = scheduled[id];
    if (node === undefined) throw new Error(`internal: there is no node ${id}`);
    const { label, verb } = node;
    const below = await Promise.all(node.needs.map(async (need) => (await this.#node(need.node)).state));
    const rust = graph.nodes[id];
    const dependencies = directDependencies(rust) ?? node.needs.map((need) => need.node);
    const about = { label, verb, dependencies };
    const isFailed = below.includes('failed');
    const isOpen = below.some((state) => state !== 'known');
    const nothing = { key: undefined, ingredients: undefined };
    if (isFailed || (isOpen && rust === undefined) || below.includes('blocked')) return { ...about, ...nothing, state: 'blocked' };
    const found = rust === undefined ? await this.#lookStep(id) : await this.#lookRust(id, about);
    return { ...about, ...found, state: found.state === 'known' && isOpen ? 'open' : found.state };
  }

  async #lookRust(id: NodeId, node: Pick<ForecastNode, 'label' | 'verb'>): Promise<Pick<ForecastNode, 'state' | 'key' | 'ingredients'>> {
    const { kind, key, action } = await this.#works.work.forecast(id);
    if (kind !== 'cached') {
      const earlier = this.#earlierKey(node);
      const hash = earlier === undefined ? undefined : parseSha256(earlier);
      this.#works.work.assume(id, hash === undefined ? undefined : { hash, size: 0 });
    }
    const state = kind === 'cached' ? 'known' : kind;
    return { state, key: key?.hash, ingredients: action === undefined ? undefined : this.#works.ingredients.of(action) };
  }

  async #lookStep(id: NodeId): Promise<Pick<ForecastNode, 'state' | 'key' | 'ingredients'>> {
    const { checkOffset, checkWork, pythonWork } = this.#works;
    const { kind, key, ingredients } = await (id < checkOffset ? pythonWork : checkWork).forecast(id);
    return { state: kind === 'cached' ? 'known' : kind, key: key?.hash, ingredients };
  }
}
