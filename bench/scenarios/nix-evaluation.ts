import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { generateWorkspace } from '../generated-workspace.ts';
import type { Lab } from '../lab.ts';
import { findPeer } from '../peers.ts';
import { row, notMeasured, type Row, type Scenario } from '../scenario.ts';

const SIZES = [50, 300, 1000] as const;

export const NIX_EVALUATION: Scenario = {
  name: 'nix-evaluation',
  title: 'evaluating the plan for Nix (generated workspaces)',
  run: async (lab, { rounds, install }) => {
    const releases = await nixReleases(lab);
    if (releases.length === 0) return [notMeasured('evaluation', '`nix-instantiate` is not on the PATH')];
    const peer = await findPeer(lab, 'crate2nix', install);
    const rows: Row[] = peer.ok ? [] : [notMeasured('crate2nix', peer.reason)];
    for (const size of SIZES) {
      lab.say(`${size} units: planned for Nix`);
      const workspace = await exportedWorkspace(lab, size);
      if (peer.ok) await generateCargoNix(lab, { workspace, program: peer.path });
      for (const release of releases) rows.push(...(await releaseRows(lab, { size, workspace, release, rounds, hasPeer: peer.ok })));
    }
    return rows;
  },
};

interface NixRelease {
  readonly name: string;
  /** Absolute path of `nix-instantiate`. */
  readonly program: string;
}

/** The machine's Nix, and the current one if the tests have fetched it. */
async function nixReleases(lab: Lab): Promise<readonly NixRelease[]> {
  const program = 'nix-instantiate';
  const found = [
    lab.find(program),
    [join(lab.checkout, 'node_modules/.cache/ferrule/nix-current/bin', program)].find((path) => existsSync(path)),
  ];
  const releases: NixRelease[] = [];
  for (const program of new Set(found)) {
    if (program === undefined) continue;
    const { stdout } = await lab.run({ program, arguments: ['--version'], directory: lab.checkout });
    releases.push({ name: stdout.trim().replace(/^nix-instantiate \(Nix\)/, 'Nix'), program });
  }
  return releases;
}

/**
 * A workspace with its plan, and `ours.nix`, whose value is the program's derivation. Only the program is a member: a flake offers each
 * member by itself, and planning a thousand of them is another question.
 */
async function exportedWorkspace(lab: Lab, units: number): Promise<string> {
  const directory = await generateWorkspace(lab, units);
  appendFileSync(join(directory, 'app/Cargo.toml'), '\n[workspace]\nresolver = "2"\n');
  renameSync(join(directory, 'Cargo.lock'), join(directory, 'app/Cargo.lock'));
  rmSync(join(directory, 'Cargo.toml'));
  await lab.run({ program: 'git', arguments: ['init', '--quiet'], directory });
  await lab.run({ program: 'git', arguments: ['add', '.'], directory });
  await lab.ferrule({ directory, store: lab.newPath('store'), arguments: ['nix', 'export'] });
  const rust = (await lab.run({ program: 'rustc', arguments: ['--print', 'sysroot'], directory })).stdout.trim();
  const node = dirname(dirname(realpathSync(process.execPath)));
  const set = `{ node = ${JSON.stringify(node)}; rust = ${JSON.stringify(rust)}; tools = [ "/usr/bin" ]; }`;
  const system = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux`;
  const given = `src = ./.; systems = [ "${system}" ]; packagesFor = _: ${set};`;
  writeFileSync(join(directory, 'ours.nix'), `(import ./nix/ferrule.nix { ${given} }).packages.${system}.app\n`);
  return directory;
}

/** `theirs.nix`: the same program by crate2nix, with plain derivations where it would take nixpkgs' `buildRustCrate`. */
async function generateCargoNix(lab: Lab, { workspace, program }: { readonly workspace: string; readonly program: string }): Promise<void> {
  await lab.run({ program, arguments: ['generate'], directory: join(workspace, 'app') });
  copyFileSync(join(lab.checkout, 'bench/crate2nix-packages.nix'), join(workspace, 'packages.nix'));
  writeFileSync(join(workspace, 'theirs.nix'), '(import ./app/Cargo.nix { pkgs = import ./packages.nix; }).rootCrate.build\n');
}

interface Subject {
  readonly size: number;
  readonly workspace: string;
  readonly release: NixRelease;
  readonly rounds: number;
  readonly hasPeer: boolean;
}

const MEASURED = ['evaluated', 'instantiated into an empty store', 'instantiated again'] as const;

async function releaseRows(lab: Lab, { size, workspace, release, rounds, hasPeer }: Subject): Promise<readonly Row[]> {
  lab.say(`${size} units: ${release.name}`);
  const ours: (readonly Cost[])[] = [];
  const theirs: (readonly Cost[])[] = [];
  // The first round finds the files not yet in memory.
  for (let round = 0; round < rounds + 1; round += 1) {
    const own = await costsOf(lab, { workspace, release, file: 'ours.nix' });
    const other = hasPeer ? await costsOf(lab, { workspace, release, file: 'theirs.nix' }) : undefined;
    if (round === 0) continue;
    ours.push(own);
    if (other !== undefined) theirs.push(other);
  }
  return MEASURED.flatMap((what, index) => {
    const compare = (label: string, unit: Row['unit'], value: (cost: Cost) => number): Row => {
      const values = (costs: readonly (readonly Cost[])[]): readonly number[] =>
        costs.flatMap((cost) => cost.slice(index, index + 1).map(value));
      const against = hasPeer ? { against: { name: 'crate2nix without nixpkgs', values: values(theirs) } } : {};
      const isGoal = size === 1000 && index === 0 && unit === 'ms' && label === '';
      const goal = isGoal ? ({ goal: { kind: 'below', milliseconds: 1000 } } as const) : {};
      return row({ what: `${size} units, ${release.name}, ${what}${label}`, unit, ferrule: values(ours), ...against, ...goal });
    };
    return [
      compare('', 'ms', ({ ms }) => ms),
      compare(', processor time', 'ms', ({ processorMs }) => processorMs),
      compare(', peak memory', 'MiB', ({ peakMiB }) => peakMiB),
    ];
  });
}

/** In the order of {@link MEASURED}. */
async function costsOf(
  lab: Lab,
  { file, ...call }: { readonly workspace: string; readonly release: NixRelease; readonly file: string },
): Promise<readonly Cost[]> {
  const store = lab.newDirectory('nix-store');
  return [
    await instantiate(lab, { ...call, store, words: ['--eval', '--expr', `(import ./${file}).drvPath`] }),
    await instantiate(lab, { ...call, store, words: [file] }),
    await instantiate(lab, { ...call, store, words: [file] }),
  ];
}

interface Cost {
  readonly ms: number;
  /** Of all its threads, in the system as well. */
  readonly processorMs: number;
  readonly peakMiB: number;
}

/** Runs `nix-instantiate` in a store of its own, with nothing of the user's settings, under GNU time. */
async function instantiate(
  lab: Lab,
  call: { readonly workspace: string; readonly release: NixRelease; readonly store: string; readonly words: readonly string[] },
): Promise<Cost> {
  const { workspace, release, store, words } = call;
  const report = join(store, 'cost');
  mkdirSync(join(store, 'settings'), { recursive: true });
  await lab.run({
    program: '/usr/bin/time',
    arguments: ['-o', report, '-f', '%e %U %S %M', release.program, ...words],
    directory: workspace,
    environment: { NIX_REMOTE: `local?root=${store}`, NIX_CONF_DIR: join(store, 'settings'), NIX_CONFIG: 'build-users-group =' },
  });
  const [seconds = 0, user = 0, system = 0, kibibytes = 0] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  return { ms: seconds * 1000, processorMs: (user + system) * 1000, peakMiB: kibibytes / 1024 };
}
