import { appendFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateWorkspace } from '../generated-workspace.ts';
import type { Lab } from '../lab.ts';
import { row, notMeasured, type Row, type Scenario } from '../scenario.ts';

const SIZES = [50, 300, 1000] as const;

export const NIX_EVALUATION: Scenario = {
  name: 'nix-evaluation',
  title: 'evaluating the plan for Nix (generated workspaces)',
  run: async (lab, { rounds }) => {
    const releases = await nixReleases(lab);
    if (releases.length === 0) return [notMeasured('evaluation', '`nix-instantiate` is not on the PATH')];
    const rows: Row[] = [];
    for (const size of SIZES) {
      lab.say(`${size} units: planned for Nix`);
      const workspace = await exportedWorkspace(lab, size);
      for (const release of releases) rows.push(...(await releaseRows(lab, { size, workspace, release, rounds })));
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
  const packages = `{ node = ${JSON.stringify(node)}; rust = ${JSON.stringify(rust)}; tools = [ "/usr/bin" ]; }`;
  const system = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux`;
  const arguments_ = `src = ./.; systems = [ "${system}" ]; packagesFor = _: ${packages};`;
  writeFileSync(join(directory, 'ours.nix'), `(import ./nix/ferrule.nix { ${arguments_} }).packages.${system}.app\n`);
  return directory;
}

interface Subject {
  readonly size: number;
  readonly workspace: string;
  readonly release: NixRelease;
  readonly rounds: number;
}

async function releaseRows(lab: Lab, { size, workspace, release, rounds }: Subject): Promise<readonly Row[]> {
  lab.say(`${size} units: ${release.name}`);
  const evaluated: Cost[] = [];
  const filled: Cost[] = [];
  const again: Cost[] = [];
  for (let round = 0; round < rounds + 1; round += 1) {
    const store = lab.newDirectory('nix-store');
    const call = { workspace, release, store };
    // The first round finds the files not yet in memory.
    const first = [
      await instantiate(lab, { ...call, words: ['--eval', '--expr', '(import ./ours.nix).drvPath'] }),
      await instantiate(lab, { ...call, words: ['ours.nix'] }),
      await instantiate(lab, { ...call, words: ['ours.nix'] }),
    ] as const;
    if (round === 0) continue;
    evaluated.push(first[0]);
    filled.push(first[1]);
    again.push(first[2]);
  }
  const what = `${size} units, ${release.name}`;
  const goal = { kind: 'below', milliseconds: 1000 } as const;
  return [
    row({ what: `${what}, evaluated`, ferrule: evaluated.map(({ ms }) => ms), ...(size === 1000 ? { goal } : {}) }),
    row({ what: `${what}, evaluated, processor time`, ferrule: evaluated.map(({ processorMs }) => processorMs) }),
    row({
      what: `${what}, evaluated, peak memory`,
      unit: 'MiB',
      ferrule: evaluated.map(({ peakMiB }) => peakMiB),
      note: 'goal: 300 MiB for 1,000',
    }),
    row({ what: `${what}, instantiated into an empty store`, ferrule: filled.map(({ ms }) => ms) }),
    row({ what: `${what}, instantiated again`, ferrule: again.map(({ ms }) => ms) }),
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
