import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { BuildRequest } from '../plan/build-request.ts';
import type { CommandName, COMMANDS } from './command-table.ts';
import { sha256Of } from '../model/digest.ts';
import { type CommonOption, NO_OPTIONS, type OptionValues } from './options.ts';

/** What surrounds the program, taken once at the start. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly workingDirectory: string;
}

export interface CommonSettings {
  /** Absolute; `-C`. */
  readonly directory: string;
  /** Absolute. */
  readonly storeDirectory: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

export interface BuildSettings
  extends
    CommonSettings,
    Omit<BuildRequest, 'directory' | 'storeDirectory' | 'environment' | 'sink' | 'signal' | 'now' | 'question' | 'host'> {
  readonly engine: 'local' | 'nix';
}

/** What `ferrule why` is asked. */
export interface WhySettings extends CommonSettings {
  /** As typed. */
  readonly against: string | undefined;
  readonly revision: string | undefined;
  readonly cached: boolean;
  readonly build: BuildSettings;
}

export interface RunSettings extends BuildSettings {
  /** `--script`; `undefined`: the one there is. */
  readonly script: string | undefined;
}

export interface ShowSettings extends CommonSettings {
  readonly names: boolean;
  readonly targets: boolean;
}

/** What `ferrule init` is asked. */
export interface InitSettings extends CommonSettings {
  readonly print: boolean;
}

export interface StoreCollectionSettings extends CommonSettings {
  readonly maxBytes: number | undefined;
  readonly maxAgeMs: number | undefined;
  readonly dryRun: boolean;
}

export interface StoreVerificationSettings extends CommonSettings {
  readonly repair: boolean;
}

/** The values a command reads: the common ones and its own. */
type ValuesFor<Name extends CommandName> = Pick<OptionValues, CommonOption | (typeof COMMANDS)[Name]['options'][number]>;

/** Takes what is left of the values once every option is taken out; an option that was forgotten does not compile here. */
function nothingForgotten(rest: Readonly<Record<string, never>>): void {
  void rest;
}

export function commonSettings(values: Pick<OptionValues, CommonOption>, surroundings: Surroundings): CommonSettings {
  // `color` is taken by the terminal, which is there before any command is known.
  const { directory, store, json, verbose, quiet, color: _, ...rest } = values;
  nothingForgotten(rest);
  const absolute = resolve(surroundings.workingDirectory, directory ?? '.');
  return {
    directory: absolute,
    storeDirectory: storeDirectory(store, { ...surroundings, workingDirectory: absolute }),
    json,
    verbose,
    quiet,
  };
}

/** `--store`, `FERRULE_STORE`, or `ferrule` in the user's cache directory. */
export function storeDirectory(option: string | undefined, { environment, workingDirectory }: Surroundings): string {
  const chosen = option ?? environment['FERRULE_STORE'];
  if (chosen !== undefined && chosen !== '') return resolve(workingDirectory, chosen);
  const cache = environment['XDG_CACHE_HOME'];
  if (cache !== undefined && isAbsolute(cache)) return join(cache, 'ferrule');
  return join(environment['HOME'] ?? homedir(), '.cache', 'ferrule');
}

export function buildSettings(values: ValuesFor<'build'>, targets: readonly string[], surroundings: Surroundings): BuildSettings {
  const { directory, store, json, verbose, quiet, color, ...own } = values;
  const { output, profile, target, features, allFeatures, noDefaultFeatures, jobs, ...running } = own;
  const { keepGoing, engine, sandbox, keepSandbox, offline, timeout, verifyDeterminism, record, ...rest } = running;
  nothingForgotten(rest);
  const common = commonSettings({ directory, store, json, verbose, quiet, color }, surroundings);
  return {
    ...common,
    targets,
    output: output === undefined ? undefined : resolve(common.directory, output),
    purpose: 'build',
    profile,
    target,
    features,
    allFeatures,
    noDefaultFeatures,
    jobs,
    keepGoing,
    engine: engine === 'nix' ? 'nix' : 'local',
    sandbox,
    keepSandbox,
    offline,
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    verifyDeterminism,
    ...(record === undefined ? {} : { record: resolve(common.directory, record) }),
  };
}

export function checkSettings(values: ValuesFor<'check'>, targets: readonly string[], surroundings: Surroundings): BuildSettings {
  // Every failure is worth knowing: going on is what `check` does.
  const { only, failFast, partition, junit, runner, coverage, lcov, cobertura, keepGoing: _, ...building } = values;
  const settings = buildSettings({ ...building, keepGoing: !failFast, output: undefined, verifyDeterminism: false }, targets, surroundings);
  const checks = {
    only,
    ...(partition === undefined ? {} : { partition }),
    ...(junit === undefined ? {} : { junit: resolve(settings.directory, junit) }),
    ...(settings.engine === 'nix' ? { engine: settings.engine } : {}),
    ...(runner === undefined ? {} : { runner }),
    ...(coverage || lcov !== undefined || cobertura !== undefined
      ? {
          coverage: {
            ...(lcov === undefined ? {} : { lcov: resolve(settings.directory, lcov) }),
            ...(cobertura === undefined ? {} : { cobertura: resolve(settings.directory, cobertura) }),
          },
        }
      : {}),
  };
  return { ...settings, purpose: 'check', checks };
}

/** The settings of what is done again and again: of a build, or with `--check` of checks. */
export function watchSettings(values: ValuesFor<'watch'>, targets: readonly string[], surroundings: Surroundings): BuildSettings {
  const { check, ...rest } = values;
  const { only: _, ...building } = rest;
  return check
    ? checkSettings({ ...NO_OPTIONS, ...rest }, targets, surroundings)
    : buildSettings({ ...NO_OPTIONS, ...building, keepGoing: true }, targets, surroundings);
}

/** What `ferrule develop` is asked. */
export interface DevelopSettings extends BuildSettings {
  readonly printEnv: boolean;
}

/** `target` undefined: everything that is selected. */
export function developSettings(values: ValuesFor<'develop'>, target: string | undefined, surroundings: Surroundings): DevelopSettings {
  const { printEnv, ...building } = values;
  const targets = target === undefined ? [] : [target];
  const { directory, ...settings } = buildSettings({ ...NO_OPTIONS, ...building }, targets, surroundings);
  const name = sha256Of(JSON.stringify([directory, targets, building.profile ?? ''])).slice(0, 16);
  return { ...settings, directory, purpose: 'develop', output: join(settings.storeDirectory, 'develop', name), printEnv };
}

export function runSettings(values: ValuesFor<'run'>, target: string, surroundings: Surroundings): RunSettings {
  const { script, ...building } = values;
  return {
    ...buildSettings({ ...building, output: undefined, record: undefined, engine: undefined }, [target], surroundings),
    purpose: 'run',
    script,
  };
}

/** What `ferrule report` is asked. */
export interface ReportSettings extends CommonSettings {
  /** Absolute path of the page. */
  readonly output: string;
  /** Absolute path of the trace; `undefined`: none. */
  readonly trace: string | undefined;
}

export function reportSettings(values: ValuesFor<'report'>, surroundings: Surroundings): ReportSettings {
  const { output, trace, ...rest } = values;
  const common = commonSettings(rest, surroundings);
  return {
    ...common,
    output: resolve(common.directory, output ?? 'report.html'),
    trace: trace === undefined ? undefined : resolve(common.directory, trace),
  };
}

/** What `ferrule graph` is asked. */
export interface GraphSettings extends CommonSettings {
  readonly dot: boolean;
  readonly build: BuildSettings;
}

export function graphSettings(values: ValuesFor<'graph'>, target: string, surroundings: Surroundings): GraphSettings {
  const { dot, ...building } = values;
  const build = buildSettings({ ...NO_BUILD_OPTIONS, ...building, sandbox: undefined }, [target], surroundings);
  const { directory, storeDirectory: store, json, verbose, quiet } = build;
  return { directory, storeDirectory: store, json, verbose, quiet, dot, build };
}

export function whySettings(values: ValuesFor<'why'>, target: string, surroundings: Surroundings): WhySettings {
  const { against, revision, cached, ...building } = values;
  const build = buildSettings({ ...NO_BUILD_OPTIONS, ...building }, [target], surroundings);
  const { directory, storeDirectory: store, json, verbose, quiet } = build;
  return { directory, storeDirectory: store, json, verbose, quiet, against, revision, cached, build };
}

/** Options of a build that a command which builds nothing does not have. */
const NO_BUILD_OPTIONS = {
  engine: undefined,
  output: undefined,
  record: undefined,
  jobs: undefined,
  keepGoing: false,
  keepSandbox: false,
  timeout: undefined,
  verifyDeterminism: false,
} as const;

/** What `ferrule lock` is asked. */
export interface LockSettings extends CommonSettings, Pick<BuildSettings, 'offline' | 'sandbox'> {
  readonly upgrade: boolean;
  readonly check: boolean;
}

export function lockSettings(values: ValuesFor<'lock'>, surroundings: Surroundings): LockSettings {
  const { upgrade, check, offline, sandbox, ...common } = values;
  return { ...commonSettings(common, surroundings), upgrade, check, offline, sandbox };
}

/** What `ferrule locks` is asked. */
export interface LocksSettings extends CommonSettings {
  readonly check: boolean;
  readonly all: boolean;
}

export function locksSettings(values: ValuesFor<'locks'>, surroundings: Surroundings): LocksSettings {
  const { check, all, ...common } = values;
  return { ...commonSettings(common, surroundings), check, all };
}

/** What `ferrule nix export` and `ferrule nix check` are asked. */
export interface NixExportSettings extends CommonSettings, Pick<BuildSettings, 'offline' | 'sandbox'> {
  readonly check: boolean;
}

export function nixExportSettings(values: ValuesFor<'nix export'>, check: boolean, surroundings: Surroundings): NixExportSettings {
  const { offline, ...common } = values;
  return { ...commonSettings(common, surroundings), offline, sandbox: undefined, check };
}

export function initSettings(values: ValuesFor<'init'>, surroundings: Surroundings): InitSettings {
  const { print, ...common } = values;
  return { ...commonSettings(common, surroundings), print };
}

export function showSettings(values: ValuesFor<'show'>, surroundings: Surroundings): ShowSettings {
  const { names, targets, ...common } = values;
  return { ...commonSettings(common, surroundings), names, targets };
}

const DAY_MS = 24 * 60 * 60 * 1000;

export function storeCollectionSettings(values: ValuesFor<'store gc'>, surroundings: Surroundings): StoreCollectionSettings {
  const { maxSize, maxAge, dryRun, ...common } = values;
  return {
    ...commonSettings(common, surroundings),
    maxBytes: maxSize,
    maxAgeMs: maxAge === undefined ? undefined : maxAge * DAY_MS,
    dryRun,
  };
}

export function storeVerificationSettings(values: ValuesFor<'store verify'>, surroundings: Surroundings): StoreVerificationSettings {
  const { repair, ...common } = values;
  return { ...commonSettings(common, surroundings), repair };
}

/** What `ferrule cache push` is asked. */
export interface CachePushSettings extends CommonSettings {
  /** `undefined`: every cache that may be pushed to. */
  readonly to: string | undefined;
  readonly resultsOnly: boolean;
  readonly dryRun: boolean;
}

export function cachePushSettings(values: ValuesFor<'cache push'>, surroundings: Surroundings): CachePushSettings {
  const { to, resultsOnly, dryRun, ...common } = values;
  return { ...commonSettings(common, surroundings), to, resultsOnly, dryRun };
}
