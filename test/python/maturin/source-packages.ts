import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { oracleTools } from '../oracle.ts';
import { cargoEnvironment } from './cargo-environment.ts';

/** A package of the index whose source distribution is built by maturin. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** What is special about it. */
  readonly about: string;
}

export const SOURCE_PACKAGES: readonly SourcePackage[] = [
  { name: 'rpds-py', version: '2026.9.1', about: 'no Python of its own, a stub beside the manifest' },
  { name: 'orjson', version: '3.13.0', about: 'Python in `pysrc`, C code, include for sdists only' },
  { name: 'jiter', version: '0.19.0', about: 'a crate in a workspace below' },
  { name: 'watchfiles', version: '1.3.0', about: 'extension within the package, abi3' },
  { name: 'cryptography', version: '50.0.2', about: 'extension four levels deep, hundred files, OpenSSL' },
  { name: 'pydantic-core', version: '2.50.4', about: 'python-source, profile-guided command' },
  { name: 'tokenizers', version: '0.23.3', about: 'extras that name each other, abi3, C++' },
  { name: 'safetensors', version: '0.8.0', about: 'many extras' },
  { name: 'nh3', version: '0.3.7', about: 'abi3 for an old Python' },
  { name: 'blake3', version: '1.0.11', about: 'no settings at all' },
  { name: 'ormsgpack', version: '1.13.1', about: 'python-source with stubs' },
  { name: 'hf-xet', version: '1.8.0', about: 'name with a dash, large graph' },
  { name: 'cramjam', version: '2.14.0', about: 'version from the crate, src layout, stub package' },
  { name: 'ruff', version: '0.17.5', about: 'programs, exclude, strip' },
  { name: 'typos', version: '1.52.0', about: 'a program in a workspace, manifest-path' },
  { name: 'zizmor', version: '1.32.0', about: 'a program of a large workspace, include for sdists only' },
  { name: 'uv', version: '0.13.5', about: 'two programs and Python beside them' },
];

/** Packages with Rust inside that are not compared here, and why. */
export const NOT_COMPARED: readonly { readonly name: string; readonly why: string }[] = [
  {
    name: 'bcrypt',
    why: 'built by setuptools-rust, not by maturin: `ferrule build` gives its backend Rust (test/python/extension/setuptools-rust.test.ts)',
  },
  { name: 'polars-runtime-32', why: '2.1.0 has a git dependency (color-backtrace), which the registry does not have' },
  { name: 'granian', why: '2.8.9 has a git dependency (interprocess)' },
  { name: 'uv', why: '0.13.9 needs a version of astral-tokio-tar that the index in use here does not have yet; 0.13.5 is in the list' },
  { name: 'rust-just', why: '1.59.0 carries a Cargo.lock that does not fit its manifest: cargo refuses it with --locked' },
];

/** Unpacks the source distribution of a package into a directory, unless it is there already; the project's real path. Throws with what pip says. */
export function sourcesOf(subject: SourcePackage, directory: string): string {
  const place = join(directory, `${subject.name}-${subject.version}`);
  mkdirSync(place, { recursive: true });
  if (readdirSync(place).length === 0) {
    const archive = download(subject, join(directory, 'archives', subject.name));
    must('tar', ['-xzf', archive, '-C', place]);
  }
  const [top] = readdirSync(place);
  if (top === undefined) throw new Error(`the archive of ${subject.name} is empty`);
  return realpathSync(join(place, top));
}

/** pip asks the project's backend for its metadata, so maturin has to be on the path; cargo fetches the crates on the way. */
function download(subject: SourcePackage, directory: string): string {
  mkdirSync(directory, { recursive: true });
  const { python, directory: tools } = oracleTools();
  const words = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-binary', ':all:'];
  const requirement = `${subject.name}==${subject.version}`;
  const environment = { ...process.env, ...cargoEnvironment(), PATH: [join(tools, 'bin'), process.env['PATH']].join(delimiter) };
  must(python, [...words, '--no-build-isolation', '--dest', directory, requirement], environment);
  const [archive] = readdirSync(directory);
  if (archive === undefined) throw new Error(`pip has downloaded nothing of ${requirement}`);
  return join(directory, archive);
}

function must(program: string, words: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}\n${stdout}${stderr}`);
}
