import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { hostPlaces, type HostPlaces, sandboxPaths } from './host-packages.ts';
import { type NixVersion, nixPrograms } from './programs.ts';

/** How a command ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  /** Default: the rig's own directory, which is empty but for `nix` and `home`. */
  readonly cwd?: string;
  /** Added to {@link Nix.environment}. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface NixOptions {
  readonly version: NixVersion;
  /** Lines of `nix.conf` besides, or instead of, the rig's own. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A Nix of its own: an empty store at `/nix/store` that only commands started through it see, with nothing of the machine's Nix and without
 * any substituter. Builds run in Nix's sandbox, in `/build`.
 */
export interface Nix {
  readonly version: NixVersion;
  /** Such as `2.34.8`. */
  readonly release: string;
  /** Nix's name of this machine, such as `x86_64-linux`: pure evaluation has no `builtins.currentSystem`. */
  readonly system: string;
  /** What this machine has instead of nixpkgs; the sandbox shows it. */
  readonly places: HostPlaces;
  /** The whole environment of its commands; `nix` is first on the `PATH`. The home directory is the user's, for cargo and rustup. */
  readonly environment: Readonly<Record<string, string>>;
  /** Words to put before a command line, so that the command sees this store: to run Ferrule with it, or a program that was built. */
  readonly through: readonly [string, ...(readonly string[])];
  /** Where the store is, seen from outside. */
  readonly storePath: string;
  /** A path in the store as seen from outside: `/nix/store/…-x/bin` to a path that can be read by this process. */
  readonly outside: (path: string) => string;
  /** Runs `nix` to its end. */
  readonly run: (words: readonly string[], place?: Place) => Promise<Ended>;
  /** Runs any program to its end. */
  readonly enter: (command: readonly [string, ...(readonly string[])], place?: Place) => Promise<Ended>;
  readonly dispose: () => void;
}

/** Throws when that Nix cannot be had, or bubblewrap, which lays the store over `/nix`. */
export async function startNix({ version, settings = {} }: NixOptions): Promise<Nix> {
  const { directory: programs, release } = nixPrograms(version);
  const places = hostPlaces();
  const root = mkdtempSync(join(tmpdir(), 'ferrule-nix-'));
  for (const name of ['nix', 'home', 'etc']) mkdirSync(join(root, name));
  const lines = { ...ownSettings(places), 'build-hook': version === 'current' ? `${programs}/nix __build-remote` : undefined, ...settings };
  const text = Object.entries(lines).flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}\n`]));
  writeFileSync(join(root, 'etc/nix.conf'), text.join(''));
  const environment = environmentOf(root, programs);
  const through = ['bwrap', '--dev-bind', '/', '/', '--bind', join(root, 'nix'), '/nix', '--'] as const;
  const enter = async (command: readonly [string, ...(readonly string[])], place: Place = {}): Promise<Ended> =>
    await end([...through, ...command], { cwd: place.cwd ?? root, env: { ...environment, ...place.env } });
  const run: Nix['run'] = async (words, place) => await enter(['nix', ...words], place);
  const outside = (path: string): string => join(root, path);
  const dispose = (): void => removeStore(root);
  const tried = await enter(['nix-store', '--init']);
  if (tried.status !== 0) throw new Error(`the Nix of the tests does not start: ${tried.stderr}`);
  const system = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux`;
  return { version, release, system, places, environment, through, storePath: outside('/nix/store'), outside, run, enter, dispose };
}

function ownSettings(places: HostPlaces): Readonly<Record<string, string | undefined>> {
  return {
    'experimental-features': 'nix-command flakes',
    sandbox: 'true',
    'sandbox-fallback': 'false',
    'sandbox-build-dir': '/build',
    'sandbox-paths': sandboxPaths(places).join(' '),
    'build-users-group': '',
    'max-jobs': 'auto',
    substituters: '',
    builders: '',
    'flake-registry': '',
    'warn-dirty': 'false',
  };
}

/** Caches and settings of Nix are the rig's; what it leaves in a cache would answer for another store. */
function environmentOf(root: string, programs: string): Readonly<Record<string, string>> {
  const { NIX_SSL_CERT_FILE: certificates, ...variables } = process.env;
  const others = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined || name.startsWith('NIX_') ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(others),
    ...(certificates === undefined ? {} : { NIX_SSL_CERT_FILE: certificates }),
    NIX_CONF_DIR: join(root, 'etc'),
    XDG_CACHE_HOME: join(root, 'home/cache'),
    XDG_CONFIG_HOME: join(root, 'home/config'),
    XDG_DATA_HOME: join(root, 'home/data'),
    XDG_STATE_HOME: join(root, 'home/state'),
    PATH: [programs, process.env['PATH'] ?? ''].join(delimiter),
  };
}

async function end(
  [program, ...words]: readonly [string, ...(readonly string[])],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const child = spawn(program, words, { ...place, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { status, ...said };
}

/** What Nix keeps is read-only. */
function removeStore(root: string): void {
  spawnSync('chmod', ['-R', 'u+w', root]);
  spawnSync('rm', ['-rf', root]);
}
