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
import { planRun } from '../plan/plan-run.ts';
import { RunContext } from '../plan/run-context.ts';
import { type Digest, sha256Of } from '../model/digest.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import type { Repository } from '../repository/repository.ts';
import { isWithin } from '../source/path-within.ts';
import type { TreeEntry } from '../store/store.ts';
import { ENVIRONMENT_FILE, environmentDigest } from './environment-file.ts';
import type { NixLibrary } from './nix-library.ts';
import { evaluationFailed, noNix, noSystem, realisationFailed } from './nix-diagnostics.ts';
import { callNix } from './nix-process.ts';
import { NixProgress } from './nix-progress.ts';
import { type MadePlan, makeNixPlan } from './make-plan.ts';
import type { NixOutput } from './plan-file.ts';
import { fixedOutputPath } from './store-path.ts';
import { NIX_SYSTEMS, nixSystem } from './systems.ts';

/** Settings that every call of Nix gets, whatever the machine's own are. */
const FEATURES = ['--extra-experimental-features', 'nix-command flakes'] as const;

/** `ferrule build --engine nix`: plans as ever, and lets Nix build the derivations that a flake would have. */
export async function runNixBuild(request: BuildRequest, library: NixLibrary, machine: NodeJS.Process): Promise<BuildReport> {
  const start = request.now();
  const context = new RunContext(request, () => request.now() - start);
  const progress = new NixProgress(context);
  try {
    const built = await build({ context, library, machine, progress });
    return {
      ok: built !== undefined,
      run: randomBytes(6).toString('hex'),
      elapsedMs: request.now() - start,
      targets: built ?? [],
      actions: progress.counts(),
      diagnostics: context.diagnostics,
    };
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

/** `undefined`: something failed, and the context has been told what. */
async function build(run: NixRun): Promise<readonly BuiltTarget[] | undefined> {
  const { context, machine } = run;
  const { store } = context;
  const { environment, now } = context.request;
  const system = nixSystem(machine.platform, machine.arch);
  const programs = nixPrograms(environment['PATH'] ?? '');
  if (system === undefined || programs === undefined) {
    context.say(system === undefined ? noSystem(machine) : noNix());
    return undefined;
  }
  const planned = await planRun(context);
  if (planned === undefined) return undefined;
  const host = NIX_SYSTEMS[system] ?? '';
  const made = context.take(makeNixPlan({ store, runs: [{ system, host, planned, checks: [] }], mayLeaveOut: false, environment, now }));
  if (made === undefined) return undefined;
  const outputs = Object.entries(made.plan.systems[system]?.outputs ?? {});
  const directory = writeEngine({ run, made, system, outputs: outputs.map(([name]) => name), repository: planned.repository });
  context.stage('run');
  run.progress.begin(made.plan);
  if (!(await addDownloads({ run, made, programs }))) return undefined;
  const derivations = await instantiate({ run, directory, programs });
  if (derivations === undefined) return undefined;
  const links = linksFor(context.request, outputs);
  const paths = await realise({ run, derivations, programs, links, caches: planned.repository.config.caches });
  if (paths === undefined) return undefined;
  return outputs.map(([, output], index) => builtTarget({ context, output, entry: paths[index] ?? '', link: links[index] }));
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
  readonly outputs: readonly string[];
  readonly repository: Repository;
}): string {
  const { run, made, system, outputs, repository } = options;
  const { library, context } = run;
  const plan = JSON.stringify(made.plan);
  const { packages } = repository.config.nix;
  const engine = JSON.stringify({
    system,
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
  if (request.purpose === 'run') return outputs.map(() => undefined);
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
