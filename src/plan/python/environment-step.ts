import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { CompositionPolicy, EnvironmentPart, PartOrigin } from '../../python/environment.ts';
import type { EnvironmentPlan } from '../../python/environment/environment-plan.ts';
import { planEnvironment } from '../../python/environment/plan-environment.ts';
import { writeEnvironment } from '../../python/environment/write-environment.ts';
import type { InstalledInterpreter } from '../../python/interpreter.ts';
import { contentOf, type Ingredients } from '../../record/run-record.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';
import type { Findings, PythonNodeId, PythonStep, StepPreparation, StepResult, StepSurroundings } from './step.ts';

/** A distribution of an environment: which node brings it. */
export interface PlannedPart {
  readonly node: PythonNodeId;
  readonly kind: 'wheel' | 'editable';
  /** `version` undefined: it is dynamic, and the wheel says it. */
  readonly origin: Omit<PartOrigin, 'version'> & { readonly version: string | undefined };
}

/** An environment composed from wheels that are in the store. */
export class EnvironmentStep implements PythonStep {
  /** What it was planned to do: other engines are told of it. */
  readonly options: EnvironmentStepOptions;

  constructor(options: EnvironmentStepOptions) {
    this.options = options;
  }

  async prepare({ found }: StepSurroundings): Promise<Result<StepPreparation>> {
    const { store, name, interpreter, policy } = this.options;
    const parts = this.options.parts.map((part) => resolvedPart(part, found));
    const plan = planEnvironment({ request: { name, interpreter, parts, policy }, store });
    if (!plan.ok) return plan;
    const { key } = plan.value;
    if (store.environmentPath(key) !== undefined) {
      return ok({ kind: 'known', key, result: this.#finish(plan.value, parts) }, plan.warnings);
    }
    const ingredients = (): Ingredients => ({
      arguments: ['compose', name],
      environment: {},
      inputs: Object.fromEntries(parts.map(partInput)),
      platform: { python: interpreter.interpreter.version.full },
    });
    return ok({ kind: 'run', key, ingredients, run: async () => ok(this.#finish(plan.value, parts)) }, plan.warnings);
  }

  #finish(plan: EnvironmentPlan, parts: readonly EnvironmentPart[]): StepResult {
    const { store, projects } = this.options;
    const { directory, digest, key } = writeEnvironment({ store, plan });
    const own = parts.filter((part) => projects.includes(part.origin.name)).map((part) => part.wheel.facts.entryPoints);
    const scripts = own.flatMap(({ console, gui }) => [...console, ...gui]).map((point) => point.name);
    const link = (path: string): void => store.linkEnvironment(key, path);
    return { kind: 'environment', environment: { digest, directory, link, scripts } };
  }
}

export interface EnvironmentStepOptions {
  readonly store: DirectoryStore;
  readonly name: string;
  /** The projects it is for: their scripts are what it offers. */
  readonly projects: readonly PartOrigin['name'][];
  readonly interpreter: InstalledInterpreter;
  readonly parts: readonly PlannedPart[];
  readonly policy: CompositionPolicy;
}

/** A distribution among the inputs of an environment. */
function partInput({ origin, wheel }: EnvironmentPart): readonly [path: string, content: string] {
  return [`distribution/${origin.name} ${origin.version}`, contentOf(wheel.tree.hash)];
}

/** A part once the node that brings it has finished. */
export function resolvedPart({ node, kind, origin }: PlannedPart, found: Pick<Findings, 'wheel' | 'editable'>): EnvironmentPart {
  if (kind === 'wheel') {
    const wheel = found.wheel(node);
    return { kind, wheel, origin: { ...origin, version: origin.version ?? wheel.facts.version } };
  }
  const { wheel, sources, modules } = found.editable(node);
  const whose = { ...origin, version: origin.version ?? wheel.facts.version };
  // An extension module without Python beside it: nothing can be used where it lies, and its wheel is whole.
  if (sources.length === 0 && Object.keys(modules).length === 0) return { kind: 'wheel', wheel, origin: whose };
  return { kind, wheel, sources, modules, origin: whose };
}
