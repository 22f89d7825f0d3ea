import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic, Result } from '../../../src/diagnostics/diagnostic.ts';
import type { RunEvent } from '../../../src/engine/events.ts';
import { schedule } from '../../../src/engine/scheduler.ts';
import { chooseEngine } from '../../../src/plan/choose-engine.ts';
import { type ExtensionOptions, type ExtensionPlan, planExtension } from '../../../src/plan/extension-plan.ts';
import { type ExtensionOutcome, extensionOutcome } from '../../../src/plan/extension-outcome.ts';
import { hostEnvironment } from '../../../src/plan/host-environment.ts';
import { jobPool } from '../../../src/plan/job-pool.ts';
import { RunSources } from '../../../src/plan/run-sources.ts';
import { rustGraph } from '../../../src/plan/rust-graph.ts';
import { RustWork } from '../../../src/plan/rust-work.ts';
import type { WorkspacePlan } from '../../../src/plan/workspace-plan.ts';
import { NO_SETTINGS } from '../../../src/python/maturin/settings.ts';
import { readDirectories, RecordedDirectories } from '../../../src/repository/directory-listings.ts';
import { discoverRepository } from '../../../src/repository/discover.ts';
import type { Repository } from '../../../src/repository/repository.ts';
import { findToolchain } from '../../../src/rust/cargo/find-toolchain.ts';
import { runProcess } from '../../../src/rust/cargo/node-process.ts';
import { IngredientLog } from '../../../src/record/ingredient-notes.ts';
import { type DirectoryStore, openStore } from '../../../src/store/directory-store.ts';
import { cpython } from './interpreters.ts';

/** What cargo needs of the user's variables. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: homedir(),
  ...(process.env['CARGO_HOME'] === undefined ? {} : { CARGO_HOME: process.env['CARGO_HOME'] }),
};

export type Wishes = Partial<Omit<ExtensionOptions, 'directory' | 'repositoryRoot' | 'store' | 'run' | 'now'>>;

/** Plans the package in a directory below a repository's root; what is not wished for is maturin's default on Python 3.11. */
export async function plannedExtension(options: {
  readonly store: DirectoryStore;
  readonly root: string;
  readonly directory: string;
  readonly wishes?: Wishes;
}): Promise<Result<ExtensionPlan>> {
  const { store, root, directory, wishes } = options;
  const toolchain = await findToolchain({ directory, environment: ENVIRONMENT, run: runProcess, store });
  if (!toolchain.ok) return toolchain;
  return await planExtension({
    directory,
    repositoryRoot: root,
    wanted: { kind: 'module' },
    settings: NO_SETTINGS,
    moduleName: undefined,
    interpreter: cpython(11),
    profile: undefined,
    editable: false,
    target: undefined,
    features: [],
    toolchain: toolchain.value,
    environment: ENVIRONMENT,
    offline: false,
    store,
    run: runProcess,
    onProgress: () => undefined,
    now: () => Date.now(),
    ...wishes,
  });
}

export interface BuiltPlans {
  readonly events: readonly RunEvent[];
  readonly diagnostics: readonly Diagnostic[];
  /** Key of each unit's action, by plan and unit; `undefined`: it was never prepared. */
  readonly keys: ReadonlyMap<WorkspacePlan, readonly (string | undefined)[]>;
  /** What the build script of a package printed on standard output. */
  readonly saidBy: (plan: WorkspacePlan, pkg: string) => string;
  readonly outcomeOf: (extension: ExtensionPlan) => ExtensionOutcome | undefined;
}

/** Runs plans as one graph, as a run of the program would. */
export async function buildPlans(options: {
  readonly store: DirectoryStore;
  readonly root: string;
  readonly plans: readonly WorkspacePlan[];
  readonly sandbox?: 'off';
  readonly onEvent?: (event: RunEvent) => void;
}): Promise<BuiltPlans> {
  const { store, root, plans } = options;
  const repository = await repositoryAt(root);
  const started = Date.now();
  const now = (): number => Date.now() - started;
  const jobs = 2;
  using pool = jobPool({ store, jobs });
  const chosen = chooseEngine({
    store,
    jobserver: pool.jobserver,
    sandbox: options.sandbox ?? 'auto',
    searchPath: ENVIRONMENT['PATH'] ?? '',
    repositoryRoot: repository.root,
    timeoutMs: undefined,
    now,
  });
  if (!chosen.ok) throw new Error(JSON.stringify(chosen.diagnostics));
  const engine = chosen.value;
  const graph = rustGraph({ plans, lastElapsed: () => undefined });
  const sources = new RunSources({ store, repository, lock: undefined, environment: ENVIRONMENT, now: () => Date.now() });
  const events: RunEvent[] = [];
  const sink = (event: RunEvent): void => {
    events.push(event);
    options.onEvent?.(event);
  };
  const work = new RustWork({
    nodes: graph.nodes,
    sources,
    store,
    engine,
    host: hostEnvironment(ENVIRONMENT),
    passEnvironment: [],
    keepSandbox: false,
    verifyDeterminism: false,
    isStopped: () => false,
    isLastAttempt: true,
    paths: () => (text) => text,
    sink,
    now,
    onElapsed: () => undefined,
    ingredients: new IngredientLog({ store, filesOf: () => undefined }),
    recalls: true,
  });
  const signal = new AbortController().signal;
  try {
    await schedule({ nodes: graph.scheduled, work, tokens: pool, lookahead: jobs + 2, keepGoing: false, signal, sink, now });
  } finally {
    engine.stop();
    sources.save();
  }
  const nodesOf = (plan: WorkspacePlan): typeof graph.nodes => graph.nodes.filter((node) => node.workspace === plan);
  return {
    events,
    diagnostics: events.flatMap((event) => (event.type === 'diagnostic' ? [event.diagnostic] : [])),
    keys: new Map(plans.map((plan) => [plan, nodesOf(plan).map((node) => work.keyOf(node.id)?.hash)])),
    saidBy: (plan, pkg) => {
      const node = nodesOf(plan).find(({ unit }) => unit.kind === 'run-script' && unit.unit.package.name === pkg);
      const key = node === undefined ? undefined : work.keyOf(node.id);
      const result = key === undefined ? undefined : store.getResult(key);
      return (result === undefined ? undefined : store.readBlob(result.stdout))?.toString('utf8') ?? `${pkg} did not run`;
    },
    outcomeOf: (extension) => extensionOutcome({ extension, nodes: nodesOf(extension.plan), work, store }),
  };
}

/** A store of a test's own. */
export function storeAt(directory: string): DirectoryStore {
  return openStore({ directory: join(directory, 'store'), now: () => Date.now(), processId: process.pid });
}

async function repositoryAt(root: string): Promise<Repository> {
  const found = await discoverRepository({ directory: root, directories: new RecordedDirectories(readDirectories) });
  if (!found.ok) throw new Error(JSON.stringify(found.diagnostics));
  return found.value;
}
