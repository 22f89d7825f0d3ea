import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { askCargo, type CargoAnswers } from './ask-cargo.ts';
import { cargoHomeOf } from './cargo-home.ts';
import { ConfigLookup } from './cargo-config-lookup.ts';
import { type CargoConfig, loadCargoConfig } from './cargo-config.ts';
import { type CargoLock, parseCargoLock } from './cargo-lock.ts';
import { cargoRange } from './cargo-range.ts';
import { configEnvironment } from './config-environment.ts';
import type { PlatformFacts, RustFacts } from '../facts.ts';
import { joinPackages } from './join-packages.ts';
import { ManifestReader } from './manifest.ts';
import { planningReads } from './planning-reads.ts';
import { platformFacts } from './platform-facts.ts';
import type { ProcessRunner } from './process.ts';
import { profileDirectory, profileRoot } from './profile-root.ts';
import type { ReadSet } from './read-set.ts';
import { requestedTarget } from './requested-target.ts';
import type { CargoSelection } from '../selection.ts';
import { sourceAnchorFor } from './source-anchor.ts';
import type { Toolchain } from '../toolchain.ts';

export interface FactsRequest {
  /** Directory with the `Cargo.lock`. */
  readonly workspaceRoot: string;
  readonly repositoryRoot: string;
  readonly selection: CargoSelection;
  readonly toolchain: Toolchain;
  /** The user's environment, unfiltered: `CARGO_*` and `RUSTFLAGS` count, and cargo needs `HOME` and `PATH`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Forbids the network. */
  readonly offline: boolean;
  readonly run: ProcessRunner;
  /** One line of text each time cargo has something to tell while it fetches. */
  readonly onProgress: (text: string) => void;
}

export interface GatheredFacts {
  readonly facts: RustFacts;
  readonly read: ReadSet;
}

/** Asks cargo and rustc everything that planning needs. Starts three processes at once (four with a target), builds nothing. */
export async function gatherFacts(asked: FactsRequest): Promise<Result<GatheredFacts>> {
  const request = { ...asked, workspaceRoot: realpathSync(asked.workspaceRoot), repositoryRoot: realpathSync(asked.repositoryRoot) };
  const range = cargoRange(request.toolchain);
  if (!range.ok) return range;
  const lock = readLock(request.workspaceRoot);
  if (!lock.ok) return lock;
  const settings = readSettings(request);
  if (!settings.ok) return settings;
  const answers = await askEveryone(request, settings.value);
  if (!answers.ok) return answers;
  const warnings = [...(range.warnings ?? []), ...(settings.warnings ?? []), ...(answers.warnings ?? [])];
  return combine({ request, settings: settings.value, lock: lock.value, answers: answers.value, warnings });
}

interface Settings {
  readonly config: CargoConfig;
  readonly lookup: ConfigLookup;
  /** `undefined`: none was asked for. */
  readonly target: string | undefined;
}

/** Reads cargo's configuration, and from it and the selection which target is meant. */
function readSettings(request: FactsRequest): Result<Settings> {
  const { environment, workspaceRoot: directory } = request;
  const config = loadCargoConfig({ directory, cargoHome: cargoHomeOf(environment) });
  if (!config.ok) return config;
  const lookup = new ConfigLookup({ config: config.value, environment, directory });
  const target = requestedTarget({ selection: request.selection, config: lookup, toolchain: request.toolchain });
  if (!target.ok) return target;
  return ok({ config: config.value, lookup, target: target.value }, wrapperWarnings(lookup));
}

interface Answers extends CargoAnswers {
  readonly host: PlatformFacts;
  readonly target: PlatformFacts | undefined;
}

async function askEveryone(request: FactsRequest, settings: Settings): Promise<Result<Answers>> {
  const { toolchain } = request;
  const { target } = settings;
  const triples = target === undefined || target === toolchain.host ? [toolchain.host] : [toolchain.host, target];
  const selection = target === undefined ? request.selection : { ...request.selection, target };
  const [cargo, host, platform] = await Promise.all([
    askCargo({ ...request, selection, triples }),
    askPlatform({ request, settings, triple: toolchain.host, explicit: false }),
    target === undefined ? undefined : askPlatform({ request, settings, triple: target, explicit: true }),
  ]);
  if (!host.ok) return host;
  if (platform !== undefined && !platform.ok) return platform;
  if (!cargo.ok) return cargo;
  return ok({ ...cargo.value, host: host.value, target: platform?.value }, [...(host.warnings ?? []), ...(platform?.warnings ?? [])]);
}

function askPlatform(options: {
  readonly request: FactsRequest;
  readonly settings: Settings;
  readonly triple: string;
  readonly explicit: boolean;
}): Promise<Result<PlatformFacts>> {
  const { request, settings, triple, explicit } = options;
  const { RUSTC_LOG: _log, RUSTC_BOOTSTRAP: _bootstrap, ...environment } = request.environment;
  const takesRustflags = explicit || settings.target === undefined;
  return platformFacts({
    ...request,
    environment,
    directory: request.workspaceRoot,
    triple,
    explicit,
    takesRustflags,
    config: settings.lookup,
  });
}

function combine(options: {
  readonly request: FactsRequest;
  readonly settings: Settings;
  readonly lock: CargoLock;
  readonly answers: Answers;
  readonly warnings: readonly Diagnostic[];
}): Result<GatheredFacts> {
  const { request, settings, answers } = options;
  const { metadata } = answers;
  const { profile, rustcArguments = [], driver, coverage } = request.selection;
  const graph = joinPackages({ graph: answers.graph, metadata, lock: options.lock, toolchain: request.toolchain });
  if (!graph.ok) return graph;
  const anchor = sourceAnchorFor({ repositoryRoot: request.repositoryRoot, workspaceRoot: metadata.workspaceRoot, graph: graph.value });
  const manifest = new ManifestReader().table(join(metadata.workspaceRoot, 'Cargo.toml'));
  const facts: RustFacts = {
    graph: graph.value,
    toolchain: request.toolchain,
    workspaceRoot: metadata.workspaceRoot,
    sourceAnchor: anchor.directory,
    requestedTarget: settings.target,
    profileName: profile,
    profileRoot: profileRoot({ profile, manifest, config: settings.lookup }),
    profileDirectory: profileDirectory(profile),
    host: answers.host,
    targets: answers.target === undefined ? {} : { [answers.target.triple]: answers.target },
    configEnvironment: configEnvironment(settings.lookup, anchor.directory),
    packageDependencies: metadata.dependencies,
    ...(rustcArguments.length === 0 ? {} : { rootArguments: rustcArguments }),
    ...(driver === undefined ? {} : { driver }),
    ...(coverage === undefined ? {} : { coverage }),
  };
  const read = planningReads({
    metadata,
    directory: request.workspaceRoot,
    configFiles: settings.config.looked,
  });
  const warnings = [...options.warnings, ...anchor.warnings, ...unusedLock(request.workspaceRoot, metadata.workspaceRoot)];
  return ok({ facts, read }, warnings);
}

function readLock(workspaceRoot: string): Result<CargoLock> {
  const path = join(workspaceRoot, 'Cargo.lock');
  if (existsSync(path)) return parseCargoLock(readFileSync(path, 'utf8'), path);
  return fail({
    code: 'F0204',
    severity: 'error',
    blame: 'input',
    message: `\`${workspaceRoot}\` has no \`Cargo.lock\``,
    hints: ['run `cargo generate-lockfile` there and commit the file'],
  });
}

/** A lock that cargo does not read: its directory belongs to a workspace above. */
function unusedLock(workspaceRoot: string, cargoRoot: string): readonly Diagnostic[] {
  if (workspaceRoot === cargoRoot) return [];
  return [
    {
      code: 'F0218',
      severity: 'warning',
      blame: 'input',
      message: `cargo does not use \`${join(workspaceRoot, 'Cargo.lock')}\`: the package belongs to the workspace at \`${cargoRoot}\``,
      hints: ['delete the file, or add an empty `[workspace]` table to the manifest beside it'],
    },
  ];
}

/** Compiler wrappers are for other caches; they are not run, and that is said once. */
function wrapperWarnings(config: ConfigLookup): readonly Diagnostic[] {
  const wrappers = [
    config.variable('RUSTC_WRAPPER') ?? config.program(['build', 'rustc-wrapper']),
    config.variable('RUSTC_WORKSPACE_WRAPPER') ?? config.program(['build', 'rustc-workspace-wrapper']),
  ];
  return wrappers.flatMap((wrapper): readonly Diagnostic[] =>
    wrapper === undefined || wrapper === ''
      ? []
      : [
          {
            code: 'F0220',
            severity: 'warning',
            blame: 'input',
            message: `the compiler wrapper \`${wrapper}\` is not used: Ferrule caches every unit itself`,
          },
        ],
  );
}
