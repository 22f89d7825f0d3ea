import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What stands on this machine for the packages of nixpkgs. All paths are real ones: no link on the way. */
export interface HostPlaces {
  readonly node: string;
  /** A toolchain's own directory, not the one with rustup's proxies. */
  readonly rust: string;
  readonly python: string;
  /** Prefixes by version, such as `3.12`; {@link python} among them. */
  readonly pythons: Readonly<Record<string, string>>;
  readonly tools: readonly string[];
  readonly bash: string;
  /** Directories with `.pc` files. */
  readonly pkgConfig: readonly string[];
}

let known: HostPlaces | undefined;

/** Looks around, once. Throws when there is no Rust or no Python. */
export function hostPlaces(): HostPlaces {
  return (known ??= lookAround());
}

function lookAround(): HostPlaces {
  const python = pythonAt('python3');
  const found = [python, ...otherPythons()];
  return {
    node: dirname(dirname(realpathSync(process.execPath))),
    rust: realpathSync(ask('rustc', ['--print', 'sysroot'])),
    python: python.prefix,
    pythons: Object.fromEntries(found.toReversed().map(({ version, prefix }) => [version, prefix])),
    tools: ['/usr/bin', '/bin'],
    bash: realpathSync('/bin/bash'),
    pkgConfig: ask('pkg-config', ['--variable', 'pc_path', 'pkg-config'])
      .trim()
      .split(':')
      .filter((directory) => existsSync(directory)),
  };
}

/** What the sandbox has to show for {@link hostPlaces} to work in it, as Nix's `sandbox-paths`. */
export function sandboxPaths({ node, rust, pythons }: HostPlaces): readonly string[] {
  const system = ['/usr', '/bin', '/lib', '/lib64', '/etc/alternatives', '/etc/ld.so.cache'].filter((path) => existsSync(path));
  const own = [node, rust, ...Object.values(pythons)].filter((path) => path !== '/usr' && !path.startsWith('/usr/'));
  return [...system, ...new Set(own)];
}

/** Writes the package set of this machine into a directory: `host-packages.nix` and what it reads. A flake sees them once git knows them. */
export function writeHostPackages(directory: string, places: HostPlaces): void {
  copyFileSync(join(dirname(fileURLToPath(import.meta.url)), 'host-packages.nix'), join(directory, 'host-packages.nix'));
  writeFileSync(join(directory, 'host-places.json'), `${JSON.stringify(places, undefined, 2)}\n`);
}

interface FoundPython {
  readonly version: string;
  readonly prefix: string;
}

function otherPythons(): readonly FoundPython[] {
  const versions = join(process.env['PYENV_ROOT'] ?? join(process.env['HOME'] ?? '/', '.pyenv'), 'versions');
  if (!existsSync(versions)) return [];
  const programs = readdirSync(versions).map((name) => join(versions, name, 'bin/python3'));
  return programs.filter((program) => existsSync(program)).map((program) => pythonAt(program));
}

function pythonAt(program: string): FoundPython {
  const [version, prefix] = ask(program, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.base_prefix)']).split('\n');
  if (version === undefined || prefix === undefined) throw new Error(`\`${program}\` does not say what it is`);
  return { version, prefix: realpathSync(prefix) };
}

function ask(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`\`${program}\` cannot be had: ${error?.message ?? stderr}`);
  return stdout.trim();
}
