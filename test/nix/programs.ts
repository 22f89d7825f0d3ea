import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installOnce } from '../install-once.ts';

/** `debian`: the one of the machine, 2.8 in Debian 12. `current`: the one of Debian's development branch, 2.34 or newer. */
export type NixVersion = 'debian' | 'current';

/** Where a Nix was found. */
export interface NixPrograms {
  /** Directory with `nix`, `nix-store` and the others. */
  readonly directory: string;
  /** As `nix --version` ends, such as `2.34.8`. */
  readonly release: string;
}

const NAMES = ['nix', 'nix-build', 'nix-env', 'nix-instantiate', 'nix-shell', 'nix-store'] as const;

/**
 * The versions to test with, for `describe.each`. Call it at the top level of a test file: the first time, the current one is downloaded.
 * Where no Debian mirror can be reached that one is left out, and the output says so; where one answers and it still cannot be
 * had, this throws under CI.
 */
export function nixVersions(): readonly NixVersion[] {
  try {
    nixPrograms('current');
    return ['debian', 'current'];
  } catch (error) {
    if (!(error instanceof CurrentNixMissing) || (error.mirrorAnswers && process.env['CI'] === 'true')) throw error;
    process.stderr.write(`NOT TESTED with a current Nix: ${error.message}\n`);
    return ['debian'];
  }
}

/** Throws when that version is not to be had. */
export function nixPrograms(version: NixVersion): NixPrograms {
  const directory = version === 'debian' ? machineNix() : join(installOnce('nix-current', installCurrent), 'bin');
  const { status, stdout, stderr, error } = spawnSync(join(directory, 'nix'), ['--version'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`\`${directory}/nix\` does not start: ${error?.message ?? stderr}`);
  return { directory, release: stdout.trim().split(' ').at(-1) ?? '' };
}

function machineNix(): string {
  const found = (process.env['PATH'] ?? '').split(delimiter).find((directory) => existsSync(join(directory, 'nix')));
  if (found === undefined) throw new Error('`nix` is not installed; on Debian: `apt-get install nix-bin`');
  return found;
}

class CurrentNixMissing extends Error {
  readonly mirrorAnswers: boolean;

  constructor(message: string, mirrorAnswers: boolean) {
    super(message);
    this.mirrorAnswers = mirrorAnswers;
  }
}

/**
 * `nix-bin` of Debian's development branch and the libraries it needs, unpacked into a directory and started by their own loader. apt is
 * told to keep everything in that directory, so the machine's packages stay as they are; it checks the archive's signatures as ever.
 */
function installCurrent(directory: string): void {
  const apt = privateApt(directory);
  const updated = apt(['update', '-qq']);
  if (updated.status !== 0) throw new CurrentNixMissing(`no package lists from a Debian mirror\n${updated.text}`, false);
  const simulated = apt(['--simulate', 'install', 'nix-bin']);
  const packages = simulated.text.split('\n').flatMap((line) => /^Inst ((?:nix-bin|zlib|lib)\S*)/.exec(line)?.[1] ?? []);
  if (!packages.includes('nix-bin')) throw new CurrentNixMissing(`\`nix-bin\` cannot be had\n${simulated.text}`, true);
  const downloads = join(directory, 'downloads');
  mkdirSync(downloads);
  const downloaded = apt(['download', '-qq', ...packages.filter((name) => !name.includes('perl'))], downloads);
  if (downloaded.status !== 0) throw new CurrentNixMissing(`\`nix-bin\` cannot be downloaded\n${downloaded.text}`, true);
  for (const archive of readdirSync(downloads)) must('dpkg-deb', ['--extract', join(downloads, archive), join(directory, 'root')]);
  must('rm', ['-r', downloads, join(directory, 'apt')]);
  writeLaunchers(directory);
}

function privateApt(directory: string): (words: readonly string[], place?: string) => { status: number | null; text: string } {
  const apt = join(directory, 'apt');
  for (const part of ['lists/partial', 'cache/archives/partial', 'etc/apt.conf.d', 'etc/preferences.d'])
    mkdirSync(join(apt, part), { recursive: true });
  writeFileSync(join(apt, 'status'), '');
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(
    join(apt, 'sources.list'),
    mirrors()
      .map((mirror) => `deb [signed-by=${keys}] ${mirror} sid main\n`)
      .join(''),
  );
  const configuration = join(apt, 'apt.conf');
  writeFileSync(
    configuration,
    `Dir::State "${apt}";\nDir::State::lists "${apt}/lists";\nDir::State::status "${apt}/status";\n` +
      `Dir::Cache "${apt}/cache";\nDir::Etc "${apt}/etc";\nDir::Etc::sourcelist "${apt}/sources.list";\nDir::Etc::sourceparts "-";\n` +
      'Acquire::Languages "none";\nAcquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\nAPT::Sandbox::User "root";\n',
  );
  return (words, place = apt) => {
    const environment = { ...process.env, APT_CONFIG: configuration, LC_ALL: 'C' };
    const { status, stdout, stderr, error } = spawnSync('apt-get', words, { cwd: place, env: environment, encoding: 'utf8' });
    return { status, text: error?.message ?? `${stdout}${stderr}` };
  };
}

/** The mirrors of the machine's own apt; none where there is no apt. */
function mirrors(): readonly string[] {
  const wanted = ['Created-By: Packages', 'Component: main'];
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...wanted], { encoding: 'utf8' });
  return [...new Set((stdout ?? '').split('\n').filter((uri) => /\/debian\/?$/.test(uri)))];
}

/** A script for each program: which of its names `nix` was called by decides what it does. */
function writeLaunchers(directory: string): void {
  const root = join(directory, 'root');
  const libraries = readdirSync(join(root, 'usr/lib')).find((name) => name.includes('-linux-gnu')) ?? '';
  const place = join(root, 'usr/lib', libraries);
  const loader = readdirSync(place).find((name) => name.startsWith('ld-linux'));
  if (loader === undefined) throw new CurrentNixMissing('its C library has no loader', true);
  mkdirSync(join(directory, 'bin'));
  for (const name of NAMES) {
    const script = join(directory, 'bin', name);
    writeFileSync(script, `#!/bin/sh\nexec '${place}/${loader}' --argv0 '${name}' --library-path '${place}' '${root}/usr/bin/nix' "$@"\n`);
    chmodSync(script, 0o755);
  }
}

function must(program: string, words: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new CurrentNixMissing(`\`${program} ${words.join(' ')}\`\n${error?.message ?? stderr}`, true);
}
