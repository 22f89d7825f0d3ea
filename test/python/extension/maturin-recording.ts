import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineToolchain, type Recording, scriptOutputsOf } from '../../conformance/oracle.ts';
import { parseVerboseLog } from '../../conformance/verbose-log.ts';
import { oracleTools } from '../oracle.ts';

/** What maturin had cargo do for one project, and the wheel it made of it. */
export interface MaturinRecording extends Recording {
  /** Absolute path. */
  readonly wheel: string;
}

/** Runs `maturin build` with a cargo that writes down every process it starts. Throws with maturin's words when it fails. */
export function recordMaturin(options: {
  /** Directory of the `pyproject.toml`. */
  readonly project: string;
  /** For the target directory, the wheel and the log; used again when it holds them. */
  readonly directory: string;
  /** Of the interpreter to build for. */
  readonly python: string;
  readonly words?: readonly string[];
}): MaturinRecording {
  const { project, directory, python, words = [] } = options;
  const tools = oracleTools();
  const toolchain = machineToolchain();
  const targetDirectory = join(directory, 'target');
  const log = join(directory, 'verbose.log');
  const wheels = join(directory, 'wheels');
  const done = join(directory, 'done');
  if (!existsSync(done)) {
    mkdirSync(directory, { recursive: true });
    const cargo = join(directory, 'cargo');
    const verbose = `case "$1" in rustc) shift; exec '${toolchain.cargo}' rustc -vv --color=always "$@" 2>>'${log}';; esac`;
    writeFileSync(cargo, `#!/bin/sh\n${verbose}\nexec '${toolchain.cargo}' "$@"\n`);
    chmodSync(cargo, 0o755);
    const made = spawnSync(tools.maturin, ['build', '--interpreter', python, '--target-dir', targetDirectory, '--out', wheels, ...words], {
      cwd: project,
      env: {
        PATH: `${toolchain.sysroot}/bin:/usr/local/bin:/usr/bin:/bin`,
        HOME: process.env['HOME'] ?? '/',
        CARGO: cargo,
        CARGO_BUILD_JOBS: '2',
        RUSTC: toolchain.rustc,
        RUSTDOC: `${toolchain.sysroot}/bin/rustdoc`,
      },
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const said = existsSync(log) ? readFileSync(log, 'utf8').slice(-4000) : '';
    if (made.status !== 0) throw new Error(`maturin failed in ${project}:\n${made.stderr}\n${said}`);
    writeFileSync(done, made.stderr);
  }
  const calls = parseVerboseLog(readFileSync(log, 'utf8'));
  const wheel = /Built wheel .*? to (.*\.whl)/.exec(readFileSync(done, 'utf8'))?.[1] ?? '';
  return { calls, scriptOutputs: scriptOutputsOf(calls), targetDirectory, wheel };
}
