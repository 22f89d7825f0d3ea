import { join } from 'node:path';
import { type Diagnostic, ok, type Result } from '../diagnostics/diagnostic.ts';
import { printDiagnostics } from '../diagnostics/print.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import type { forecastRun } from '../plan/forecast.ts';
import type { NixLibrary } from '../nix/nix-library.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import type { Invocation } from './arguments.ts';
import type { CommandName } from './command-table.ts';
import type { BuildRunner } from './commands/build.ts';
import { type ExitStatus, failureStatus } from './exit-status.ts';
import { jsonDocument, jsonFailure } from './json-report.ts';
import type { CommonOption, OptionValues } from './options.ts';
import { packageVersion, readPackageFile } from './package-files.ts';
import type { FoundPlace } from './run-place.ts';
import type { BuildSettings, CommonSettings, RunSettings, Surroundings } from './settings.ts';
import type { Cleanup } from './start.ts';
import type { Terminal } from './terminal.ts';

/** What stands behind the commands; loaded only when a command needs it. */
export interface Pipeline {
  readonly loadBuildRunner: () => Promise<BuildRunner>;
  /** The same on Nix. */
  readonly loadNixRunner: () => Promise<BuildRunner>;
  /** What a run on Nix would do. */
  readonly forecastNix: typeof forecastRun;
  /** Files of the installed package that Nix reads. */
  readonly nixLibrary: NixLibrary;
}

/** What a command finds around it. */
export interface Host {
  readonly process: NodeJS.Process;
  readonly environment: Readonly<Record<string, string>>;
  readonly terminal: Terminal;
  readonly pipeline: Pipeline;
  readonly cleanup: Cleanup;
}

type CommandInvocation = Extract<Invocation, { readonly kind: 'command' }>;

interface Call extends Host {
  readonly arguments: readonly string[];
  readonly values: OptionValues;
  readonly surroundings: Surroundings;
}

/** Runs one command. Throws only `StoreFailure` and internal errors. */
export async function runCommand(invocation: CommandInvocation, host: Host): Promise<number> {
  const { environment, process } = host;
  const surroundings = { environment, workingDirectory: process.cwd() };
  return await RUNNERS[invocation.name]({ ...host, arguments: invocation.arguments, values: invocation.values, surroundings });
}

const RUNNERS: Readonly<Record<CommandName, (call: Call) => Promise<number>>> = {
  show: runShow,
  init: runInit,
  build: runBuild,
  check: runCheck,
  watch: runWatch,
  develop: runDevelop,
  run: runRun,
  why: runWhy,
  graph: runGraph,
  report: runReport,
  lock: runLock,
  locks: runLocks,
  'nix export': async (call) => await runNixExport(call, false),
  'nix check': async (call) => await runNixExport(call, true),
  'store gc': runStoreCollection,
  'store verify': runStoreVerification,
  'store stats': runStoreStatistics,
  'cache list': runCacheList,
  'cache show': runCacheShow,
  'cache push': runCachePush,
  explain: runExplain,
  doctor: runDoctor,
  man: runManual,
  completion: runCompletion,
};

async function runBuild(call: Call): Promise<ExitStatus> {
  const { buildSettings } = await import('./settings.ts');
  return await runRemembered(call, buildSettings(call.values, call.arguments, call.surroundings));
}

async function runCheck(call: Call): Promise<ExitStatus> {
  const { checkSettings } = await import('./settings.ts');
  return await runRemembered(call, checkSettings(call.values, call.arguments, call.surroundings));
}

const UNREPORTED: Diagnostic = {
  code: 'F1158',
  severity: 'error',
  blame: 'input',
  message: 'checks by the Nix daemon leave no JUnit report, and measure no coverage',
  hints: ['leave `--engine nix` out, or `--junit` and the options of coverage'],
};

const UNDRIVEN: Diagnostic = {
  code: 'F1078',
  severity: 'error',
  blame: 'input',
  message: 'the Nix daemon runs tests by their own harness, not by cargo-nextest',
  hints: ['leave out `--runner nextest`, or `--engine nix`'],
};

/** A run whose answer is remembered, so that asking again when nothing has changed costs next to nothing. */
async function runRemembered(call: Call, settings: BuildSettings): Promise<ExitStatus> {
  if (settings.engine === 'nix' && (settings.checks?.junit !== undefined || settings.checks?.coverage !== undefined))
    return reportFailure([UNREPORTED], { terminal: call.terminal, ...settings });
  if (settings.engine === 'nix' && settings.checks?.runner === 'nextest')
    return reportFailure([UNDRIVEN], { terminal: call.terminal, ...settings });
  const { process, environment, terminal, pipeline, cleanup, surroundings } = call;
  const [{ buildCommand }, { layOutAnswer, runQuestion }, { watchInterruption }, runner] = await Promise.all([
    import('./commands/build.ts'),
    import('./nothing-to-do.ts'),
    import('./interruption.ts'),
    call.values.engine === 'nix' ? pipeline.loadNixRunner() : pipeline.loadBuildRunner(),
  ]);
  const { signal } = watchInterruption(process, () => {
    cleanup.run();
    process.exit(130);
  });
  const words = { argv: process.argv.slice(2), version: packageVersion(), workingDirectory: surroundings.workingDirectory };
  const question = settings.engine === 'local' ? runQuestion(words) : undefined;
  const status = await buildCommand({
    settings,
    question,
    runner,
    terminal,
    environment,
    signal,
    now: Date.now,
    onOpen: (restore) => cleanup.set(restore),
  });
  if (status === 0) layOutAnswer({ words: { ...words, environment }, terminal });
  return status;
}

async function runRun({ process, environment, terminal, pipeline, cleanup, surroundings, ...call }: Call): Promise<number> {
  const [{ runProgram }, { runSettings }, { watchInterruption }, runner] = await Promise.all([
    import('./commands/run.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
    pipeline.loadBuildRunner(),
  ]);
  const interruption = watchInterruption(process, () => {
    cleanup.run();
    process.exit(130);
  });
  const [text = '', ...words] = call.arguments;
  const asked = runSettings(call.values, text, surroundings);
  const found = await placeToRun(asked, text, { environment, terminal, process });
  if (!found.ok) return reportFailure(found.diagnostics, { terminal, ...asked });
  const settings = { ...asked, directory: found.value.directory, targets: [found.value.target] };
  const onOpen = (restore: () => void): void => cleanup.set(restore);
  const { workingDirectory } = surroundings;
  return await runProgram({
    settings,
    words,
    workingDirectory,
    runner,
    terminal,
    environment,
    process,
    interruption,
    now: Date.now,
    onOpen,
  });
}

/** An ordinary target is left as it is, and what finds others is not loaded for it. */
async function placeToRun(
  settings: RunSettings,
  text: string,
  { environment, terminal, process }: Pick<Call, 'environment' | 'terminal' | 'process'>,
): Promise<Result<FoundPlace>> {
  const { parsePlaceName } = await import('../repository/place-name.ts');
  const place = parsePlaceName(text);
  if (place === undefined) return { ok: true, value: { directory: settings.directory, target: text } };
  if (!place.ok) return place;
  const { findPlace } = await import('./run-place.ts');
  using store = await openedStore(settings, process);
  const onProgress = (line: string): void => (settings.quiet ? undefined : terminal.err(`    Fetching ${line}\n`));
  return await findPlace({ ...settings, place: place.value, text, store: store.opened, environment, onProgress });
}

async function runWhy({ process, environment, terminal, pipeline, values, surroundings, ...call }: Call): Promise<ExitStatus> {
  const [{ whyCommand }, { whySettings }, { watchInterruption }] = await Promise.all([
    import('./commands/why.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
  ]);
  const { against, revision, cached, profile, target, features, allFeatures, noDefaultFeatures, offline, sandbox } = values;
  const building = { profile, target, features, allFeatures, noDefaultFeatures, offline, sandbox };
  const [subject = ''] = call.arguments;
  const settings = whySettings({ ...commonValues(values), ...building, against, revision, cached }, subject, surroundings);
  const { signal } = watchInterruption(process, () => process.exit(130));
  const { forecastNix } = pipeline;
  return await whyCommand({ target: subject, settings, forecastNix, terminal, environment, signal, now: Date.now });
}

async function runReport({ process, terminal, values, surroundings, ...call }: Call): Promise<ExitStatus> {
  const [{ reportCommand }, { reportSettings }, { readProgramFile }] = await Promise.all([
    import('./commands/report.ts'),
    import('./settings.ts'),
    import('./package-files.ts'),
  ]);
  const settings = reportSettings({ ...commonValues(values), output: values.output, trace: values.trace }, surroundings);
  using store = await openedStore(settings, process);
  const template = (): string => readProgramFile('report.html');
  return await reportCommand({ run: call.arguments[0], settings, store: store.opened, template, terminal });
}

async function runGraph({ process, environment, terminal, values, surroundings, ...call }: Call): Promise<ExitStatus> {
  const [{ graphCommand }, { graphSettings }, { watchInterruption }] = await Promise.all([
    import('./commands/graph.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
  ]);
  const { dot, profile, target, features, allFeatures, noDefaultFeatures, offline } = values;
  const building = { profile, target, features, allFeatures, noDefaultFeatures, offline };
  const [subject = ''] = call.arguments;
  const settings = graphSettings({ ...commonValues(values), ...building, dot }, subject, surroundings);
  const { signal } = watchInterruption(process, () => process.exit(130));
  return await graphCommand({ target: subject, settings, terminal, environment, signal, now: Date.now });
}

async function runWatch({ process, environment, terminal, pipeline, cleanup, surroundings, ...call }: Call): Promise<ExitStatus> {
  const [{ watchCommand }, { watchSettings }, { watchInterruption }, runner] = await Promise.all([
    import('./commands/watch.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
    pipeline.loadBuildRunner(),
  ]);
  const { signal } = watchInterruption(process, () => {
    cleanup.run();
    process.exit(130);
  });
  const settings = watchSettings(call.values, call.arguments, surroundings);
  const onOpen = (restore: () => void): void => cleanup.set(restore);
  const version = packageVersion();
  return await watchCommand({ settings, version, runner, terminal, environment, signal, now: Date.now, onOpen });
}

async function runDevelop({ process, environment, terminal, pipeline, cleanup, surroundings, ...call }: Call): Promise<number> {
  const [{ developCommand }, { developSettings }, { watchInterruption }, runner] = await Promise.all([
    import('./commands/develop.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
    pipeline.loadBuildRunner(),
  ]);
  const interruption = watchInterruption(process, () => {
    cleanup.run();
    process.exit(130);
  });
  const { target, words } = developWords(process.argv, call.arguments);
  const settings = developSettings(call.values, target, surroundings);
  const onOpen = (restore: () => void): void => cleanup.set(restore);
  const { workingDirectory } = surroundings;
  const version = packageVersion();
  return await developCommand({
    settings,
    words,
    version,
    workingDirectory,
    runner,
    terminal,
    environment,
    process,
    interruption,
    now: Date.now,
    onOpen,
  });
}

/** What stands before `--` and what behind it: both may be missing. */
function developWords(
  argv: readonly string[],
  words: readonly string[],
): { readonly target: string | undefined; readonly words: readonly string[] } {
  const dashes = argv.indexOf('--');
  const behind = dashes === -1 ? [] : argv.slice(dashes + 1);
  const before = words.slice(0, words.length - behind.length);
  return { target: before[0], words: behind };
}

async function runLock({ values, surroundings, terminal, environment, process, cleanup }: Call): Promise<ExitStatus> {
  const [{ lockCommand }, { lockSettings }, { watchInterruption }] = await Promise.all([
    import('./commands/lock.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
  ]);
  const { upgrade, check, offline, sandbox } = values;
  const settings = lockSettings({ ...commonValues(values), upgrade, check, offline, sandbox }, surroundings);
  const { signal } = watchInterruption(process, () => process.exit(130));
  return await lockCommand({ settings, terminal, environment, signal, now: Date.now, onOpen: (restore) => cleanup.set(restore) });
}

async function runLocks({ values, surroundings, terminal }: Call): Promise<ExitStatus> {
  const [{ locksCommand }, { locksSettings }] = await Promise.all([import('./commands/locks.ts'), import('./settings.ts')]);
  const settings = locksSettings({ ...commonValues(values), check: values.check, all: values.all }, surroundings);
  return await locksCommand({ settings, terminal });
}

async function runNixExport(call: Call, check: boolean): Promise<ExitStatus> {
  const [{ nixExportCommand }, { nixExportSettings }, { watchInterruption }] = await Promise.all([
    import('./commands/nix.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
  ]);
  const { values, surroundings, terminal, environment, process, cleanup, pipeline } = call;
  const settings = nixExportSettings({ ...commonValues(values), offline: values.offline }, check, surroundings);
  const { signal } = watchInterruption(process, () => process.exit(130));
  const onOpen = (restore: () => void): void => cleanup.set(restore);
  return await nixExportCommand({ settings, library: pipeline.nixLibrary, terminal, environment, signal, now: Date.now, onOpen });
}

async function runInit({ values, surroundings, terminal }: Call): Promise<ExitStatus> {
  const [{ initCommand }, { initSettings }] = await Promise.all([import('./commands/init.ts'), import('./settings.ts')]);
  const settings = initSettings({ ...commonValues(values), print: values.print }, surroundings);
  return await initCommand({ settings, terminal });
}

async function runShow({ values, surroundings, terminal, environment, process }: Call): Promise<ExitStatus> {
  const [{ showCommand }, { showSettings }, { listOutputs }] = await Promise.all([
    import('./commands/show.ts'),
    import('./settings.ts'),
    import('./list-outputs.ts'),
  ]);
  const settings = showSettings({ ...commonValues(values), names: values.names, targets: values.targets }, surroundings);
  using store = await openedStore(settings, process);
  const outputs = await listOutputs({ directory: settings.directory, store: store.opened, environment });
  if (!outputs.ok) return reportFailure(outputs.diagnostics, { terminal, ...settings });
  return showCommand({ outputs: outputs.value, settings, terminal });
}

async function runStoreCollection({ values, surroundings, terminal, process }: Call): Promise<ExitStatus> {
  const [{ collectCommand }, { storeCollectionSettings }, { readConfig }, { repositoryRoot }] = await Promise.all([
    import('./commands/store.ts'),
    import('./settings.ts'),
    import('../repository/config.ts'),
    import('../repository/discover.ts'),
  ]);
  const { maxSize, maxAge, dryRun } = values;
  const settings = storeCollectionSettings({ ...commonValues(values), maxSize, maxAge, dryRun }, surroundings);
  const config = await readConfig({ path: join(repositoryRoot(settings.directory), 'ferrule.toml'), file: 'ferrule.toml' });
  if (!config.ok) return reportFailure(config.diagnostics, { terminal, ...settings });
  using store = await openedStore(settings, process);
  return collectCommand({ store: store.opened, settings, terminal, budget: config.value.store.maxSize });
}

async function runStoreVerification({ values, surroundings, terminal, process }: Call): Promise<ExitStatus> {
  const [{ verifyCommand }, { storeVerificationSettings }] = await Promise.all([import('./commands/store.ts'), import('./settings.ts')]);
  const settings = storeVerificationSettings({ ...commonValues(values), repair: values.repair }, surroundings);
  using store = await openedStore(settings, process);
  return verifyCommand({ store: store.opened, settings, terminal });
}

async function runStoreStatistics({ values, surroundings, terminal, process }: Call): Promise<ExitStatus> {
  const [{ statisticsCommand }, { commonSettings }] = await Promise.all([import('./commands/store.ts'), import('./settings.ts')]);
  const settings = commonSettings(commonValues(values), surroundings);
  using store = await openedStore(settings, process);
  return statisticsCommand({ store: store.opened, settings, terminal });
}

async function runCacheList({ values, surroundings, terminal }: Call): Promise<ExitStatus> {
  const [{ listCachesCommand }, { commonSettings }] = await Promise.all([import('./commands/cache.ts'), import('./settings.ts')]);
  const settings = commonSettings(commonValues(values), surroundings);
  const caches = await configuredCaches(settings);
  return caches.ok
    ? listCachesCommand({ caches: caches.value, settings, terminal })
    : reportFailure(caches.diagnostics, { terminal, ...settings });
}

async function runCacheShow({ values, surroundings, terminal, environment, ...call }: Call): Promise<ExitStatus> {
  const [{ showCachesCommand }, { commonSettings }] = await Promise.all([import('./commands/cache.ts'), import('./settings.ts')]);
  const settings = commonSettings(commonValues(values), surroundings);
  const caches = await configuredCaches(settings);
  if (!caches.ok) return reportFailure(caches.diagnostics, { terminal, ...settings });
  return await showCachesCommand({ caches: caches.value, names: call.arguments, settings, terminal, environment });
}

async function runCachePush({
  values,
  surroundings,
  terminal,
  environment,
  process,
  cleanup,
  pipeline,
  ...call
}: Call): Promise<ExitStatus> {
  const [{ cachePushCommand }, { cachePushSettings }, { watchInterruption }, { findProgram }, { runProcess }] = await Promise.all([
    import('./commands/cache-push.ts'),
    import('./settings.ts'),
    import('./interruption.ts'),
    import('../plan/find-program.ts'),
    import('../rust/cargo/node-process.ts'),
  ]);
  const settings = cachePushSettings(
    { ...commonValues(values), to: values.to, resultsOnly: values.resultsOnly, dryRun: values.dryRun },
    surroundings,
  );
  const caches = await configuredCaches(settings);
  if (!caches.ok) return reportFailure(caches.diagnostics, { terminal, ...settings });
  const { signal } = watchInterruption(process, () => {
    cleanup.run();
    process.exit(130);
  });
  return await cachePushCommand({
    caches: caches.value,
    words: call.arguments,
    settings,
    terminal,
    environment,
    signal,
    run: runProcess,
    findProgram: (name) => findProgram(name, environment['PATH'] ?? ''),
    loadRunner: pipeline.loadNixRunner,
    now: Date.now,
    onOpen: (restore) => cleanup.set(restore),
  });
}

/** The binary caches that `ferrule.toml` names. */
async function configuredCaches(settings: CommonSettings): Promise<Result<readonly CacheConfig[]>> {
  const [{ readConfig }, { repositoryRoot }] = await Promise.all([import('../repository/config.ts'), import('../repository/discover.ts')]);
  const config = await readConfig({ path: join(repositoryRoot(settings.directory), 'ferrule.toml'), file: 'ferrule.toml' });
  return config.ok ? ok(config.value.caches) : config;
}

async function openedStore(settings: CommonSettings, process: NodeJS.Process): Promise<{ readonly opened: DirectoryStore } & Disposable> {
  const { openStore } = await import('../store/directory-store.ts');
  const opened = openStore({ directory: settings.storeDirectory, now: Date.now, processId: process.pid });
  return { opened, [Symbol.dispose]: () => opened.close() };
}

function commonValues({ directory, store, json, verbose, quiet, color }: OptionValues): Pick<OptionValues, CommonOption> {
  return { directory, store, json, verbose, quiet, color };
}

async function runExplain({ terminal, values, ...call }: Call): Promise<ExitStatus> {
  const { explainCode } = await import('./commands/explain.ts');
  const explained = explainCode(call.arguments[0] ?? '', readPackageFile('docs/errors.md'));
  if (!explained.ok) return reportFailure(explained.diagnostics, { terminal, ...values });
  terminal.out(values.json ? jsonDocument({ ok: true, text: explained.value }) : explained.value);
  return 0;
}

async function runManual({ terminal, values }: Call): Promise<ExitStatus> {
  const { manualPage } = await import('./manual-page.ts');
  const text = manualPage(packageVersion());
  terminal.out(values.json ? jsonDocument({ ok: true, text }) : text);
  return 0;
}

async function runCompletion({ terminal, ...call }: Call): Promise<ExitStatus> {
  const { completionScript, isShell } = await import('./commands/completion.ts');
  const [shell = ''] = call.arguments;
  if (!isShell(shell)) throw new Error(`internal: the parser let the shell \`${shell}\` through`);
  terminal.out(completionScript(shell));
  return 0;
}

async function runDoctor({ process, environment, terminal, values, surroundings }: Call): Promise<ExitStatus> {
  const [{ doctorCommand }, { commonSettings }, { runProcess }] = await Promise.all([
    import('./commands/doctor.ts'),
    import('./settings.ts'),
    import('../rust/cargo/node-process.ts'),
  ]);
  const settings = commonSettings(commonValues(values), surroundings);
  const { version: nodeVersion, platform } = process;
  return await doctorCommand({ settings, terminal, environment, run: runProcess, nodeVersion, platform });
}

/** Prints what went wrong, as text on stderr and, when asked for, as the JSON document; answers the status to exit with. */
export function reportFailure(
  diagnostics: readonly Diagnostic[],
  { terminal, json, quiet }: { readonly terminal: Terminal; readonly json: boolean; readonly quiet: boolean },
): ExitStatus {
  if (!(json && quiet)) terminal.err(printDiagnostics(diagnostics, { colour: terminal.colour.err }));
  if (json) terminal.out(jsonFailure(diagnostics));
  return failureStatus(diagnostics);
}
