import { spawnSync } from 'node:child_process';
import { oracleTools } from '../oracle.ts';

let version: string | undefined;

/** The full version of the interpreter that uv runs with. */
export function oraclePython(): string {
  version ??= spawnSync(oracleTools().python, ['-c', 'import platform; print(platform.python_version())'], {
    encoding: 'utf8',
  }).stdout.trim();
  return version;
}
