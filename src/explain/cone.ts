import { chainLengths } from '../engine/critical-path.ts';
import type { NodeId } from '../engine/events.ts';
import { parseSha256 } from '../model/digest.ts';
import type { BuildRequest } from '../plan/build-request.ts';
import { ElapsedTimes } from '../plan/elapsed-times.ts';
import { planRun, type PlannedRun } from '../plan/plan-run.ts';
import { FetchStep } from '../plan/python/fetch-step.ts';
import { scheduledPython } from '../plan/python/work.ts';
import { directDependencies, requestedTargets } from '../plan/record-run.ts';
import { RunContext } from '../plan/run-context.ts';
import { RunSources } from '../plan/run-sources.ts';
import { plansOf, unitPlaces } from '../plan/run-works.ts';
import { rustGraph, type RustNode } from '../plan/rust-graph.ts';
import { fail, ok, type Result } from '../diagnostics/diagnostic.ts';
import { RunHistory } from '../record/run-history.ts';
import { packageSource, type PackageKind } from './cone-source.ts';
import { lastBuildOf, localRuns, neverAsked } from './earlier-runs.ts';
import { nodesOf, parseSubject, type Subject } from './find-target.ts';
import { type LockShare, lockShares } from './lock-share.ts';
import { labelPackage, labelVersion } from './match-nodes.ts';
import { coneOf } from './run-state.ts';

/** Everything a target is made from. */
export interface Cone {
  readonly target: string;
  /** Units, wheels and environments. */
  readonly units: number;
  readonly packages: readonly ConePackage[];
  /** Addresses of git repositories. */
  readonly repositories: readonly string[];
  /** Of the machine: `library libssl.so.3`, `tool cmake`. */
  readonly machine: readonly string[];
  /** Labels of build scripts that need something of the machine which is not there. */
  readonly lacking: readonly string[];
  /** Of crates' archives and wheels, as far as the lock or the disk says. */
  readonly downloadBytes: number;
  /** Of what was compiled, in the last run; `undefined`: there was none. */
  readonly builtBytes: number | undefined;
  /** Milliseconds all units took when each last ran here. */
  readonly workMs: number;
  /** Of the longest chain. */
  readonly chainMs: number;
  /** Units that never ran here: they count for nothing in the times. */
  readonly unmeasured: number;
  readonly locks: readonly LockShare[];
}

/** A package of a cone, all its units together. */
export interface ConePackage {
  readonly name: string;
  /** `undefined`: it has none, as an environment. */
  readonly version: string | undefined;
  readonly kind: PackageKind;
  readonly units: number;
  /** Milliseconds its units took; `undefined`: never measured. */
  readonly elapsedMs: number | undefined;
  /** Of its archive; `undefined`: it has none, or it is not known. */
  readonly bytes: number | undefined;
  /** Positions of the packages it is directly built from. */
  readonly dependencies: readonly number[];
}

/** Plans a target and says what it takes. Nothing is built. Diagnostics: F0751 to F0753, F1086, and those of planning. */
export async function targetCone(options: { readonly target: string; readonly build: BuildRequest }): Promise<Result<Cone>> {
  const subject = parseSubject(options.target);
  if (!subject.ok) return subject;
  const start = options.build.now();
  const context = new RunContext({ ...options.build, targets: [options.target] }, () => options.build.now() - start);
  try {
    const planned = await planRun(context);
    if (planned === undefined) return fail(...context.diagnostics);
    return await new ConeOfRun({ context, planned, subject: subject.value }).measure();
  } finally {
    context.close();
  }
}

interface ConeNode {
  readonly id: NodeId;
  readonly label: string;
  readonly dependencies: readonly NodeId[];
  /** `undefined`: never measured. */
  readonly elapsedMs: number | undefined;
  readonly rust: RustNode | undefined;
  /** Of the wheel it fetches. */
  readonly bytes: number | undefined;
  readonly verb: string;
}

class ConeOfRun {
  readonly #context: RunContext;
  readonly #planned: PlannedRun;
  readonly #subject: Subject;
  readonly #nodes: readonly ConeNode[];
  readonly #inside: readonly ConeNode[];

  constructor(options: { readonly context: RunContext; readonly planned: PlannedRun; readonly subject: Subject }) {
    const { context, planned, subject } = options;
    this.#context = context;
    this.#planned = planned;
    this.#subject = subject;
    const elapsed = ElapsedTimes.load(context.store, planned.repository.root);
    const { python, checks } = planned;
    const graph = rustGraph({ plans: plansOf(planned), wanted: checks.wanted, lastElapsed: () => 0 });
    const offset = graph.nodes.length;
    const nodeOf = unitPlaces(graph.nodes);
    const others = scheduledPython({ nodes: python.nodes, offset, nodeOf, lastElapsed: () => 0 });
    this.#nodes = [...graph.scheduled, ...others].map(({ id, label, verb, needs }): ConeNode => {
      const rust = graph.nodes[id];
      const step = python.nodes[id - offset]?.step;
      const bytes = step instanceof FetchStep ? step.artifact.size : undefined;
      const dependencies = directDependencies(rust) ?? needs.map((need) => need.node);
      return { id, label, verb, dependencies, elapsedMs: elapsed.of(label), rust, bytes };
    });
    const targets = requestedTargets(planned, { graph, nodeOf, checkOffset: offset + python.nodes.length });
    const cone = coneOf(this.#nodes, nodesOf({ nodes: this.#nodes, targets }, subject));
    this.#inside = this.#nodes.filter(({ id }) => cone.has(id));
  }

  async measure(): Promise<Result<Cone>> {
    if (this.#inside.length === 0) return fail(neverAsked(this.#subject));
    const packages = this.#packages();
    const machine = this.#machine();
    const weighted = this.#nodes.map(({ dependencies, elapsedMs }) => ({ dependencies, estimateMs: elapsedMs ?? 0 }));
    const lengths = chainLengths(weighted);
    const { store } = this.#context;
    return ok({
      target: this.#subject.text,
      units: this.#inside.length,
      packages,
      repositories: [...new Set(this.#inside.flatMap(({ rust }) => repositoryOf(rust)))].toSorted(),
      ...machine,
      downloadBytes: packages.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
      builtBytes: this.#builtBytes(),
      workMs: this.#inside.reduce((sum, { elapsedMs }) => sum + (elapsedMs ?? 0), 0),
      chainMs: Math.max(0, ...this.#inside.map(({ id }) => lengths[id] ?? 0)),
      unmeasured: this.#inside.filter(({ elapsedMs, rust }) => elapsedMs === undefined && !isOverridden(rust)).length,
      locks: await lockShares({ planned: this.#planned, store, packages }),
    });
  }

  #packages(): readonly ConePackage[] {
    const positions = new Map<string, number>();
    for (const node of this.#inside) if (!positions.has(packageOf(node))) positions.set(packageOf(node), positions.size);
    return [...positions].map(([id, position]): ConePackage => {
      const nodes = this.#inside.filter((node) => packageOf(node) === id);
      const [first] = nodes;
      if (first === undefined) throw new Error(`internal: package \`${id}\` has no unit`);
      const below = nodes.flatMap((node) => node.dependencies).flatMap((node) => this.#nodes[node] ?? []);
      const dependencies = new Set(below.flatMap((node) => positions.get(packageOf(node)) ?? []));
      dependencies.delete(position);
      const measured = nodes.flatMap(({ elapsedMs }) => elapsedMs ?? []);
      return {
        name: first.rust?.unit.unit.package.name ?? labelPackage(first.label),
        version: first.rust?.unit.unit.package.version ?? labelVersion(first.label),
        ...packageSource(first),
        units: nodes.length,
        elapsedMs: measured.length === 0 ? undefined : measured.reduce((sum, one) => sum + one, 0),
        dependencies: [...dependencies].toSorted((left, right) => left - right),
      };
    });
  }

  #machine(): Pick<Cone, 'machine' | 'lacking'> {
    const { store, request } = this.#context;
    const { repository, lock } = this.#planned;
    const sources = new RunSources({ store, repository, lock, environment: request.environment, now: request.now });
    const machine = new Set<string>();
    const lacking: string[] = [];
    for (const { rust, label } of this.#inside) {
      const inputs = rust === undefined ? [] : sources.machineInputs(rust);
      if (inputs === undefined) lacking.push(label);
      for (const input of inputs ?? []) machine.add(input);
    }
    return { machine: [...machine].toSorted(), lacking };
  }

  /** Of the files that the units made in the last run of the target. */
  #builtBytes(): number | undefined {
    const { store } = this.#context;
    const record = lastBuildOf(localRuns(new RunHistory(store, this.#planned.repository.root)), this.#subject);
    if (record === undefined) return undefined;
    const cone = coneOf(record.nodes, nodesOf(record, this.#subject));
    const files = new Map<string, number>();
    for (const id of cone) {
      const hash = parseSha256(record.nodes[id]?.key ?? '');
      const result = hash === undefined ? undefined : store.getResult({ hash, size: 0 });
      for (const output of result?.outputs ?? []) if (output.kind === 'file') files.set(output.digest.hash, output.digest.size);
    }
    return [...files.values()].reduce((sum, size) => sum + size, 0);
  }
}

/** Identity of a node's package; what is no unit stands for itself. */
function packageOf({ rust, label }: ConeNode): string {
  return rust?.unit.unit.package.id ?? label;
}

function repositoryOf(rust: RustNode | undefined): readonly string[] {
  const source = rust?.unit.unit.package.source;
  return source?.kind === 'git' ? [source.url] : [];
}

/** Its result stands in cargo's configuration. */
function isOverridden(rust: RustNode | undefined): boolean {
  return rust?.unit.kind === 'run-script' && rust.unit.override !== undefined;
}
