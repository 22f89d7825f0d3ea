import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CargoRun } from './fixture.ts';
import { type CargoPlace, userEnvironment } from './oracle.ts';

/** A real program as its registry has it, with the lock it ships. */
export interface RegistryProgram {
  readonly name: string;
  readonly version: string;
  readonly runs: readonly CargoRun[];
}

const DEV: readonly CargoRun[] = [{ command: 'build' }];

export const REGISTRY_PROGRAMS: readonly RegistryProgram[] = [
  { name: 'ripgrep', version: '15.2.0', runs: [{ command: 'build' }, { command: 'build', profile: 'release' }, { command: 'test' }, { command: 'build', target: '$HOST' }] },
  { name: 'hyperfine', version: '1.20.0', runs: DEV },
  { name: 'fd-find', version: '10.3.0', runs: DEV },
  { name: 'tokei', version: '12.1.2', runs: DEV },
  { name: 'just', version: '1.43.0', runs: DEV },
  { name: 'bat', version: '0.26.0', runs: DEV },
];

/**
 * A writable copy of a program's source below `directory`, its dependencies fetched. The registry is only asked for what the
 * cargo home does not have yet.
 */
export function unpackProgram(options: { readonly program: RegistryProgram; readonly directory: string; readonly place: CargoPlace }): string {
  const { program, directory, place } = options;
  const environment = userEnvironment(place, { command: 'build' });
  const cargo = (words: readonly string[], cwd: string): void => {
    const done = spawnSync(place.toolchain.cargo, words, { cwd, env: environment, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`cargo ${words.join(' ')} failed: ${done.stderr.slice(-2000)}`);
  };
  if (!existsSync(join(directory, 'Cargo.lock'))) {
    if (sourceOf(program, place) === undefined) cargo(['info', `${program.name}@${program.version}`], '/');
    const source = sourceOf(program, place);
    if (source === undefined) throw new Error(`${program.name} ${program.version} is not in ${place.cargoHome}`);
    rmSync(directory, { recursive: true, force: true });
    cpSync(source, directory, { recursive: true });
    chmodSync(dirname(directory), 0o755);
  }
  const workspace = realpathSync(directory);
  cargo(['fetch', '--locked'], workspace);
  return workspace;
}

function sourceOf({ name, version }: RegistryProgram, { cargoHome }: CargoPlace): string | undefined {
  const sources = join(cargoHome, 'registry/src');
  if (!existsSync(sources)) return undefined;
  return readdirSync(sources)
    .map((index) => join(sources, index, `${name}-${version}`))
    .find((path) => existsSync(path));
}
