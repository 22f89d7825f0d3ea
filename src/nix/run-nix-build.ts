import { randomBytes } from 'node:crypto';
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { BuildReport, BuiltTarget } from '../plan/build-report.ts';
import type { BuildRequest } from '../plan/build-request.ts';
import { runWithCaches } from '../cache/run-with-caches.ts';
import { findProgram } from '../plan/find-program.ts';
import { resultPaths } from '../plan/link-results.ts';
import { type CheckSummary, skippedCheck } from '../plan/checks/summary.ts';
import { type PlannedRun, planRun } from '../plan/plan-run.ts';
import { RunContext } from '../plan/run-context.ts';
import { type Digest, type Sha256, sha256Of } from '../model/digest.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import type { Repository } from '../repository/repository.ts';
import { isWithin } from '../source/path-within.ts';
import type { TreeEntry } from '../store/store.ts';
import { checkSummary } from './check-summary.ts';
import { describePlan, type DescribedPlan } from './described-plan.ts';
import { ENVIRONMENT_FILE, environmentDigest } from './environment-file.ts';
import type { NixLibrary } from './nix-library.ts';
import { evaluationFailed, noNix, realisationFailed } from './nix-diagnostics.ts';
import { callNix } from './nix-process.ts';
import { NixProgress } from './nix-progress.ts';
import type { MadePlan } from './make-plan.ts';
import type { LoweredCheck } from './lower-checks.ts';
import type { NixOutput } from './plan-file.ts';
import { recordNixRun } from './record-nix-run.ts';
import { fixedOutputPath } from './store-path.ts';

/** Settings that every call of Nix gets, whatever the machine's own are. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes'] as const;

/** `ferrule build` and `ferrule check` with `--engine nix`: plans as ever, and lets Nix build the derivations that a flake would have. */
export async function runNixBuild(request: BuildRequest, library: NixLibrary, machine: NodeJS.Process): Promise<BuildReport> {
  const start = request.now();
  const context = new RunContext(request, () => request.now() - start);
  const progress = new NixProgress(context);
  try {
    const programs = nixPrograms(request.environment['PATH'] ?? '');
    if (programs === undefined) context.say(noNix());
    const planned = programs === undefined ? undefined : await planRun(context);
    const described = planned === undefined ? undefined : describePlan({ context, library, machine }, planned);
    const isPlanned = planned !== undefined && described !== undefined && programs !== undefined;
    const built = isPlanned ? await build({ context, library, machine, progress }, { planned, described, programs }) : {};
    const report: BuildReport = {
      ok: built.targets !== undefined,
      run: randomBytes(6).toString('hex'),
      elapsedMs: request.now() - start,
      targets: built.targets ?? [],
      actions: progress.counts(),
      ...(request.purpose === 'check' ? { checks: built.checks ?? [] } : {}),
      diagnostics: context.diagnostics,
    };
    if (!isPlanned) return report;
    const isRecorded = recordNixRun({ context, described, progress, report, root: planned.repository.root, startedAt: start });
    return isRecorded ? report : { ...report, ok: false };
  } finally {
    context.close();
  }
}

interface NixRun {
  readonly context: RunContext;
  readonly library: NixLibrary;
  readonly machine: Pick<NodeJS.Process, 'platform' | 'arch'>;
  readonly progress: NixProgress;
}

interface Built {
  /** `undefined`: something failed, and the context has been told what. */
  readonly targets?: readonly BuiltTarget[];
  /** `undefined`: it did not come so far. */
  readonly checks?: readonly CheckSummary[];
}

async function build(
  run: NixRun,
  planning: { readonly planned: PlannedRun; readonly described: DescribedPlan; readonly programs: NixPrograms },
): Promise<Built> {
  const { context } = run;
  const { planned, programs } = planning;
  const { made, system, nodes } = planning.described;
  const isCheck = context.request.purpose === 'check';
  const kind = isCheck ? 'checks' : 'packages';
  const { outputs: packages = {}, checks = {} } = made.plan.systems[system] ?? {};
  const outputs = Object.entries(isCheck ? checks : packages);
  const names = outputs.map(([name]) => name);
  const directory = writeEngine({ run, made, system, kind, outputs: names, repository: planned.repository });
  context.stage('run');
  run.progress.begin(made.plan, (name) => keyIn(nodes, name));
  if (!(await addDownloads({ run, made, programs }))) return {};
  const derivations = outputs.length === 0 ? [] : await instantiate({ run, directory, programs });
  if (derivations === undefined) return {};
  const links = linksFor(context.request, outputs);
  const paths =
    derivations.length === 0 ? [] : await realise({ run, derivations, programs, links, caches: planned.repository.config.caches });
  if (isCheck) {
    const isThrough = paths !== undefined;
    return await checkedRun({ run, planned, made: made.checks[system] ?? [], outputs, derivations, programs, isThrough });
  }
  if (paths === undefined) return {};
  const targets = outputs.map(([, output], index) => builtTarget({ context, output, entry: paths[index] ?? '', link: links[index] }));
  return { targets };
}

/** How the checks ended, whether all was built or not; what the policy demands of them. */
async function checkedRun(options: {
  readonly run: NixRun;
  readonly planned: PlannedRun;
  readonly made: readonly LoweredCheck[];
  /** Of the plan, each with its derivation. */
  readonly outputs: readonly (readonly [name: string, output: NixOutput])[];
  readonly derivations: readonly string[];
  readonly programs: NixPrograms;
  readonly isThrough: boolean;
}): Promise<Built> {
  const { run, planned, made, outputs, derivations, programs, isThrough } = options;
  const { stdout } = derivations.length === 0 ? { stdout: '' } : await nix(run, programs.store, ['--query', '--outputs', ...derivations]);
  const paths = stdout.split('\n').filter((line) => line.startsWith('/'));
  const pathOf = new Map(outputs.map(([, { node }], index) => [node, paths[index]]));
  const skipped = planned.checks.checks.flatMap(({ subject, name: check, skipped: reason }) =>
    reason === undefined ? [] : [skippedCheck({ subject, check, reason })],
  );
  const done = made.map((check) => checkSummary({ check, path: pathOf.get(check.output.node) ?? '', progress: run.progress }));
  const checks = [...done, ...skipped];
  const lacks = isThrough ? planned.checks.lacks(checks) : [];
  tell(run, ...lacks);
  return isThrough && lacks.length === 0 ? { targets: [], checks } : { checks };
}

function keyIn(nodes: DescribedPlan['nodes'], name: string): Sha256 {
  const node = nodes.get(name);
  if (node === undefined) throw new Error(`internal: \`${name}\` is not described`);
  return node.key;
}

interface NixPrograms {
  readonly store: string;
  readonly instantiate: string;
}

function nixPrograms(searchPath: string): NixPrograms | undefined {
  const store = findProgram('nix-store', searchPath);
  const instantiate = findProgram('nix-instantiate', searchPath);
  return store === undefined || instantiate === undefined ? undefined : { store, instantiate };
}

/** Lays out what Nix evaluates: by the plan's content, so that the same plan is the same file. */
function writeEngine(options: {
  readonly run: NixRun;
  readonly made: MadePlan;
  readonly system: string;
  readonly kind: 'packages' | 'checks';
  readonly outputs: readonly string[];
  readonly repository: Repository;
}): string {
  const { run, made, system, kind, outputs, repository } = options;
  const { library, context } = run;
  const plan = JSON.stringify(made.plan);
  const { packages } = repository.config.nix;
  const engine = JSON.stringify({
    system,
    kind,
    outputs,
    root: repository.root,
    sources: made.sources,
    packages: packages === undefined ? null : join(repository.root, packages),
    flake: existsSync(join(repository.root, 'flake.nix')) ? repository.root : null,
  });
  const directory = join(context.store.directory, 'nix', sha256Of(`${plan}\n${engine}`).slice(0, 32));
  mkdirSync(directory, { recursive: true });
  const files: Readonly<Record<string, string | Buffer>> = {
    'ferrule.json': plan,
    'engine.json': engine,
    'ferrule.nix': readFileSync(library.ferrule),
    'engine.nix': readFileSync(library.engine),
    'ferrule-runner.mjs': readFileSync(library.runner),
    'ferrule-python.mjs': readFileSync(library.pythonRunner),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

/** What cargo has downloaded need not be downloaded again: it is put where Nix would have put it. `false`: that failed. */
async function addDownloads({
  run,
  made,
  programs,
}: {
  readonly run: NixRun;
  readonly made: MadePlan;
  readonly programs: NixPrograms;
}): Promise<boolean> {
  const storeDirectory = run.context.request.environment['NIX_STORE_DIR'] ?? '/nix/store';
  const scratch = run.context.store.scratch();
  try {
    const flat: string[] = [];
    const directories: string[] = [];
    for (const { fetch, at } of made.present) {
      const method = fetch.kind === 'git' ? 'nar' : 'flat';
      const name = fetch.kind === 'crate' ? `${fetch.name}-${fetch.version}.crate` : fetch.name;
      const sha256 = fetch.kind === 'git' ? fetch.narSha256 : fetch.sha256;
      if (!existsSync(at) || existsSync(fixedOutputPath({ name, sha256, method, storeDirectory }))) continue;
      if (at.endsWith(`/${name}`)) {
        (method === 'nar' ? directories : flat).push(at);
        continue;
      }
      const named = join(scratch.path, name);
      if (method === 'nar') directories.push(copyOf(at, named));
      else {
        if (!existsSync(named)) copyFileSync(at, named, constants.COPYFILE_FICLONE);
        flat.push(named);
      }
    }
    const added = await Promise.all([
      ...(flat.length === 0 ? [] : [nix(run, programs.store, ['--add-fixed', 'sha256', ...flat])]),
      ...(directories.length === 0 ? [] : [nix(run, programs.store, ['--add-fixed', '--recursive', 'sha256', ...directories])]),
    ]);
    const failed = added.find(({ status }) => status !== 0);
    if (failed !== undefined) tell(run, realisationFailed(failed.messages, []));
    return failed === undefined;
  } finally {
    scratch.dispose();
  }
}

async function instantiate(options: {
  readonly run: NixRun;
  readonly directory: string;
  readonly programs: NixPrograms;
}): Promise<readonly string[] | undefined> {
  const { run, directory, programs } = options;
  const root = join(directory, 'derivation');
  const answer = await nix(run, programs.instantiate, [join(directory, 'engine.nix'), '--add-root', root, '--indirect']);
  if (answer.status === 0) return answer.stdout.split('\n').filter((line) => line !== '');
  tell(run, evaluationFailed(answer.messages));
  return undefined;
}

/** Builds everything, and points the links, which are Nix's roots, at it. The paths in the store, in order. */
async function realise(options: {
  readonly run: NixRun;
  readonly derivations: readonly string[];
  readonly programs: NixPrograms;
  readonly links: readonly (string | undefined)[];
  readonly caches: readonly CacheConfig[];
}): Promise<readonly string[] | undefined> {
  const { run, derivations, programs, links, caches } = options;
  const { keepGoing, jobs, offline, environment, signal } = run.context.request;
  const flags = ['--realise', ...(keepGoing ? ['--keep-going'] : []), ...(jobs === undefined ? [] : ['--max-jobs', String(jobs)])];
  const answer = await runWithCaches({
    caches: offline ? undefined : caches,
    environment,
    run: async (words, onMessage) => await nix(run, programs.store, [...flags, ...words, ...derivations], onMessage),
    isFinal: () => signal.aborted || run.progress.failures().length > 0,
    say: (warning) => run.context.say(warning),
  });
  if (answer.status !== 0) {
    run.progress.giveUp();
    tell(run, ...run.progress.failures(), ...(run.progress.failures().length > 0 ? [] : [realisationFailed(answer.messages, [])]));
    return undefined;
  }
  const paths = answer.stdout.split('\n').filter((line) => line.startsWith('/'));
  for (const [index, link] of links.entries()) {
    const path = paths[index];
    if (link === undefined || path === undefined) continue;
    leaveTo(link, run.context.store.directory);
    const rooted = await nix(run, programs.store, ['--realise', path, '--add-root', link, '--indirect']);
    if (rooted.status !== 0) {
      tell(run, realisationFailed(rooted.messages, []));
      return undefined;
    }
  }
  run.progress.finish();
  return paths;
}

/** Nix replaces no links but its own: one into our store gives way. */
function leaveTo(link: string, storeDirectory: string): void {
  const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink && isWithin(readlinkSync(link), storeDirectory)) unlinkSync(link);
}

function nix(
  run: NixRun,
  program: string,
  words: readonly string[],
  onMessage: (text: string) => void = () => undefined,
): ReturnType<typeof callNix> {
  const { environment, directory, signal } = run.context.request;
  return callNix({
    program,
    arguments: [...words, ...FEATURES, '--log-format', 'internal-json', '-v'],
    environment,
    directory,
    signal,
    onEvent: (event) => {
      run.progress.take(event);
      if (event.kind === 'message') onMessage(event.text);
    },
  });
}

function tell(run: NixRun, ...diagnostics: readonly Diagnostic[]): void {
  if (run.context.request.signal.aborted) return;
  for (const diagnostic of diagnostics) run.context.say(diagnostic);
}

/** `result` for one output, `result-NAME` for several, or where the user says; none where nothing is linked. */
function linksFor(request: BuildRequest, outputs: readonly (readonly [string, NixOutput])[]): readonly (string | undefined)[] {
  if (request.purpose === 'run' || request.purpose === 'check') return outputs.map(() => undefined);
  const named = outputs.map(([, { target: name, output }]) => ({ name, output }));
  return resultPaths(request.output ?? join(request.directory, 'result'), named);
}

function builtTarget(options: {
  readonly context: RunContext;
  readonly output: NixOutput;
  readonly entry: string;
  readonly link: string | undefined;
}): BuiltTarget {
  const { context, output, entry, link } = options;
  return {
    name: output.target,
    kind: output.kind,
    output: output.output,
    path: link ?? entry,
    entry,
    programs: output.programs.map((program) => `${entry}/bin/${program}`),
    digest: existsSync(join(entry, ENVIRONMENT_FILE)) ? environmentDigest(entry) : treeOf(context, entry),
  };
}

function treeOf(context: RunContext, entry: string): Digest {
  const files = new Map<string, TreeEntry>();
  enterFiles(context, { directory: entry, path: '', files });
  return context.store.makeTree(files);
}

function enterFiles(
  context: RunContext,
  place: { readonly directory: string; readonly path: string; readonly files: Map<string, TreeEntry> },
): void {
  for (const entry of readdirSync(place.directory, { withFileTypes: true })) {
    const directory = join(place.directory, entry.name);
    const path = place.path === '' ? entry.name : `${place.path}/${entry.name}`;
    if (entry.isDirectory()) enterFiles(context, { ...place, directory, path });
    else place.files.set(path, fileEntry(context, directory));
  }
}

function fileEntry(context: RunContext, path: string): TreeEntry {
  const state = lstatSync(path);
  if (state.isSymbolicLink()) return { kind: 'symlink', target: readlinkSync(path) };
  const executable = (state.mode & 0o111) !== 0;
  return { kind: 'file', digest: context.store.copyFile(path, { executable }), executable };
}

/** Nix names a path after what it is added from. */
function copyOf(directory: string, target: string): string {
  cpSync(directory, target, { recursive: true, verbatimSymlinks: true });
  return target;
}
