import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../src/model/digest.ts';
import type { Toolchain } from '../../src/rust/toolchain.ts';
import { type CargoRun, cargoArguments } from './fixture.ts';
import { type CargoCall, parseVerboseLog } from './verbose-log.ts';

/** What real cargo did in a fresh target directory. */
export interface Recording {
  readonly calls: readonly CargoCall[];
  /** What each script printed, by its OUT_DIR. */
  readonly scriptOutputs: ReadonlyMap<string, string>;
  readonly targetDirectory: string;
}

/** The toolchain of this machine, as planning wants it; its tree digest is of no interest here. */
export function machineToolchain(): Toolchain {
  const sysroot = rustcPrints('--print', 'sysroot');
  const verbose = `${rustcPrints('-vV')}\n`;
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(verbose)?.[1] ?? '';
  const cargo = join(sysroot, 'bin/cargo');
  return {
    sysroot,
    cargo,
    rustc: join(sysroot, 'bin/rustc'),
    rustcVerboseVersion: verbose,
    rustcVersion: field('release'),
    cargoVersion: execFileSync(cargo, ['-V'], { encoding: 'utf8' }).split(' ')[1] ?? '',
    host: field('host'),
    tree: digestOf(''),
  };
}

function rustcPrints(...words: readonly string[]): string {
  return execFileSync('rustc', words, { encoding: 'utf8' }).trimEnd();
}

/** Where and with which cargo. */
export interface CargoPlace {
  readonly toolchain: Toolchain;
  readonly cargoHome: string;
}

/** The variables of the user: what cargo needs to be itself, and the run's own. */
export function userEnvironment({ toolchain, cargoHome }: CargoPlace, run: CargoRun): Record<string, string> {
  return {
    PATH: `${toolchain.sysroot}/bin:/usr/local/bin:/usr/bin:/bin`,
    HOME: homedir(),
    CARGO_HOME: cargoHome,
    ...run.environment,
  };
}

/** The cargo home of this machine, for what comes from a registry. */
export function machineCargoHome(): string {
  return process.env['CARGO_HOME'] ?? join(homedir(), '.cargo');
}

/**
 * Runs cargo with `-vv`, or reads what an earlier run of the same command in the same directory left in `cache`. Throws with
 * cargo's own words when the command fails.
 */
export function recordCargo(options: {
  readonly place: CargoPlace;
  readonly workspace: string;
  readonly run: CargoRun;
  readonly targetDirectory: string;
  readonly keep: boolean;
}): Recording {
  const { place, workspace, run, targetDirectory, keep } = options;
  const { toolchain } = place;
  const log = `${targetDirectory}/verbose.log`;
  if (!keep || !existsSync(log)) {
    rmSync(targetDirectory, { recursive: true, force: true });
    mkdirSync(targetDirectory, { recursive: true });
    const words = [...cargoArguments(run), '-vv', '--offline', '--color=always'];
    const environment = {
      ...userEnvironment(place, run),
      CARGO_TARGET_DIR: targetDirectory,
      CARGO_BUILD_JOBS: '2',
      RUSTC: toolchain.rustc,
      RUSTDOC: `${toolchain.sysroot}/bin/rustdoc`,
    };
    const done = spawnSync(toolchain.cargo, words, { cwd: workspace, env: environment, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (done.status !== 0) throw new Error(`cargo ${words.join(' ')} failed in ${workspace}:\n${done.stderr.slice(-4000)}`);
    writeFileSync(log, done.stderr);
  }
  const calls = parseVerboseLog(readFileSync(log, 'utf8')).map(withInherited);
  return { calls, scriptOutputs: scriptOutputsOf(calls), targetDirectory };
}

/** clippy's driver inherits its arguments from `cargo clippy`, and cargo does not print what it did not set itself. */
function withInherited(call: CargoCall): CargoCall {
  const isDriven = call.arguments[0]?.endsWith('/clippy-driver') === true;
  return isDriven ? { ...call, environment: { ...call.environment, CLIPPY_ARGS: '' } } : call;
}

/** What each script of the calls printed, by its OUT_DIR. */
export function scriptOutputsOf(calls: readonly CargoCall[]): ReadonlyMap<string, string> {
  const outputs = new Map<string, string>();
  for (const { environment } of calls) {
    const directory = environment['OUT_DIR'];
    if (directory === undefined || environment['CARGO_CRATE_NAME'] !== undefined) continue;
    outputs.set(directory, readFileSync(join(directory, '../output'), 'utf8'));
  }
  return outputs;
}
