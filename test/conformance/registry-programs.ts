import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CargoRun, Fixture } from './fixture.ts';
import { EMPTY_MAIN, manifest } from './manifest-text.ts';
import { type CargoPlace, userEnvironment } from './oracle.ts';

/** A real program as its registry has it, with the lock it ships. */
export interface RegistryProgram {
  readonly name: string;
  readonly version: string;
  readonly runs: readonly CargoRun[];
}

/** Crates whose scripts compile, search, generate or speak to each other, in one program; needs a C compiler and python3. */
export const REGISTRY_CRATES: Fixture = {
  name: 'crates with demanding scripts',
  files: {
    'Cargo.toml': manifest(
      'demanding',
      `[dependencies]
aws-lc-sys = "0.32"
cxx = "1"
libsqlite3-sys = { version = "0.35", features = ["bundled"] }
libz-sys = { version = "1", features = ["static"] }
openssl-sys = { version = "0.9", optional = true }
pyo3 = { version = "0.26", features = ["abi3-py39", "extension-module"] }
ring = "0.17"
serde = { version = "1", features = ["derive"] }
tikv-jemallocator = "0.6"
zstd-sys = "2"
[build-dependencies]
cxx-build = "1"
prost-build = "0.14"
`,
    ),
    'build.rs': EMPTY_MAIN,
    'src/main.rs': EMPTY_MAIN,
  },
  runs: [{ command: 'build' }],
};

const DEV: readonly CargoRun[] = [{ command: 'build' }];

export const REGISTRY_PROGRAMS: readonly RegistryProgram[] = [
  {
    name: 'ripgrep',
    version: '15.2.0',
    runs: [{ command: 'build' }, { command: 'build', profile: 'release' }, { command: 'test' }, { command: 'build', target: '$HOST' }],
  },
  { name: 'hyperfine', version: '1.20.0', runs: DEV },
  { name: 'fd-find', version: '10.3.0', runs: DEV },
  { name: 'tokei', version: '12.1.2', runs: DEV },
  { name: 'just', version: '1.43.0', runs: DEV },
  { name: 'bat', version: '0.26.0', runs: DEV },
  { name: 'cargo-nextest', version: '0.9.103', runs: DEV },
];

/**
 * A writable copy of a program's source below `directory`, its dependencies fetched. The registry is only asked for what the
 * cargo home does not have yet.
 */
export function unpackProgram(options: {
  readonly program: RegistryProgram;
  readonly directory: string;
  readonly place: CargoPlace;
}): string {
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
