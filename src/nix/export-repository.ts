import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { cachesNotInFlake } from '../cache/cache-diagnostics.ts';
import { substituterOf } from '../cache/nix-settings.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type BuildRequest, NOTHING_ASKED, type RunSurroundings } from '../plan/build-request.ts';
import type { EventSink } from '../engine/events.ts';
import { type PlannedRun, planRun } from '../plan/plan-run.ts';
import { RunContext } from '../plan/run-context.ts';
import { discoverRepository } from '../repository/discover.ts';
import type { Repository } from '../repository/repository.ts';
import { exportTargets } from './export-targets.ts';
import { flakeText, nixConfigText } from './flake-text.ts';
import { makeNixPlan, type SystemRun } from './make-plan.ts';
import { stalePlan } from './nix-diagnostics.ts';
import { formatPlan } from './plan-text.ts';
import type { NixPlan } from './plan-file.ts';
import type { NixLibrary } from './nix-library.ts';
import { NIX_SYSTEMS } from './systems.ts';

export interface ExportRequest extends RunSurroundings {
  /** Write nothing: only say whether the files are what they would be. */
  readonly check: boolean;
  readonly library: NixLibrary;
}

export interface ExportReport {
  readonly ok: boolean;
  /** Absolute; `undefined`: there is no repository. */
  readonly root: string | undefined;
  /** Files that were written, or with `check` would have been; relative to the root. */
  readonly changed: readonly string[];
  /** `undefined`: it could not be made. */
  readonly plan: NixPlan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** `ferrule nix export`: writes what a flake needs. Throws only `StoreFailure` and internal errors. */
export async function exportRepository(request: ExportRequest): Promise<ExportReport> {
  const start = request.now();
  const elapsed = (): number => request.now() - start;
  const contexts: RunContext[] = [];
  const open = (
    asked: Partial<Pick<BuildRequest, 'directory' | 'targets' | 'host' | 'purpose'>> & { readonly sink?: EventSink },
  ): RunContext => {
    const context = new RunContext({ ...NOTHING_ASKED, ...request, ...asked }, elapsed);
    contexts.push(context);
    return context;
  };
  try {
    const context = open({});
    const { diagnostics } = context;
    const failed = { ok: false, root: undefined, changed: [], plan: undefined, diagnostics };
    const repository = context.take(await discoverRepository({ directory: request.directory, directories: context.directories }));
    const targets = repository === undefined ? undefined : context.take(await exportTargets({ context, repository }));
    if (repository === undefined || targets === undefined) return failed;
    const runs: SystemRun[] = [];
    for (const [system, host] of Object.entries(NIX_SYSTEMS)) {
      if (repository.config.nix.systems?.includes(system) === false) continue;
      const plan = async (asked: Parameters<typeof open>[0]): Promise<PlannedRun | undefined> => {
        const planning = open({ ...asked, host, sink: () => undefined });
        const planned = await planRun(planning);
        for (const diagnostic of planning.diagnostics) if (!isKnown(diagnostics, diagnostic)) context.say(diagnostic);
        return planned;
      };
      const planned = await plan({ targets });
      const checked = planned === undefined ? undefined : await plan({ purpose: 'check', directory: repository.root });
      if (planned === undefined || checked === undefined) return { ...failed, root: repository.root };
      runs.push({ system, host, planned, checked });
    }
    const made = context.take(
      makeNixPlan({ store: context.store, runs, mayLeaveOut: true, environment: request.environment, now: request.now }),
    );
    if (made === undefined) return { ...failed, root: repository.root };
    for (const warning of cachesLeftOut(repository)) context.say(warning);
    const changed = changedFiles(filesOf({ repository, plan: made.plan, library: request.library }), repository.root);
    if (request.check && changed.size > 0) context.say(stalePlan([...changed.keys()]));
    if (!request.check) for (const [path, text] of changed) writeWhole(join(repository.root, path), text);
    return { ok: !request.check || changed.size === 0, root: repository.root, changed: [...changed.keys()], plan: made.plan, diagnostics };
  } finally {
    for (const context of contexts) context.close();
  }
}

/** Each system says the same about the same manifests. */
function isKnown(diagnostics: readonly Diagnostic[], diagnostic: Diagnostic): boolean {
  const text = JSON.stringify(diagnostic);
  return diagnostics.some((known) => JSON.stringify(known) === text);
}

/** What is to stand in the repository, by path. A `flake.nix` that is there is the user's. */
function filesOf(options: {
  readonly repository: Repository;
  readonly plan: NixPlan;
  readonly library: NixLibrary;
}): ReadonlyMap<string, string> {
  const { repository, plan, library } = options;
  const files = new Map([
    ['nix/ferrule.json', formatPlan(plan)],
    ['nix/ferrule.nix', readFileSync(library.ferrule, 'utf8')],
    ['nix/ferrule-runner.mjs', readFileSync(library.runner, 'utf8')],
  ]);
  if (Object.values(plan.nodes).some(({ distribution }) => distribution !== undefined)) {
    files.set('nix/ferrule-python.mjs', readFileSync(library.pythonRunner, 'utf8'));
  }
  if (!existsSync(join(repository.root, 'flake.nix'))) {
    files.set('flake.nix', flakeText({ name: basename(repository.root), plan, caches: repository.config.caches }));
  }
  return files;
}

/** A `flake.nix` of the user's that does not say what `ferrule.toml` says about caches. */
function cachesLeftOut({ root, config }: Repository): readonly Diagnostic[] {
  const path = join(root, 'flake.nix');
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const missing = config.caches.filter(
    (cache) => !text.includes(substituterOf(cache)) || !cache.publicKeys.every((key) => text.includes(key)),
  );
  return missing.length === 0 ? [] : [cachesNotInFlake(missing, nixConfigText(config.caches))];
}

function changedFiles(files: ReadonlyMap<string, string>, root: string): ReadonlyMap<string, string> {
  return new Map([...files].filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text));
}

/** Nobody reads half of it. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}
