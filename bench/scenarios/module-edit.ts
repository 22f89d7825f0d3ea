import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { row, type Scenario } from '../scenario.ts';

const VERSION = '1.16.0';

/** The Rust file that is edited, below the federation: of the library that the extension module uses. */
const EDITED = 'packages/pnt-cli/crates/pnt-cli-core/src/lib.rs';
const PROJECT = 'packages/pnt-cli';

export const MODULE_EDIT: Scenario = {
  name: 'module-edit',
  title: 'a Rust edit to an importable module (examples/federation, pnt-cli)',
  run: async (lab, { rounds }) => {
    const source = join(lab.checkout, 'examples/federation');
    const contenders = [await ferrule(lab, source), await maturin(lab, source), await cargo(lab, source)];
    lab.say(`${rounds + 1} rounds of all`);
    const times = await measure({ rounds, warmUps: 1, contenders });
    const ours = times.of('ferrule');
    return [
      row({ what: 'editable environment', ferrule: ours, against: { name: 'maturin develop', values: times.of('maturin') } }),
      row({ what: 'editable environment', ferrule: ours, against: { name: 'cargo build alone', values: times.of('cargo') } }),
    ];
  },
};

async function ferrule(lab: Lab, source: string): Promise<Contender> {
  const directory = lab.clone(source, 'ferrule');
  const store = lab.newPath('store');
  const build = async (): Promise<unknown> => await lab.ferrule({ directory, store, arguments: ['build', 'pnt-cli:editable'] });
  await build();
  return { name: 'ferrule', prepare: (round) => edit(directory, round), run: build };
}

/** Without its installation of what the project depends on: only the module is built and put beside the sources. */
async function maturin(lab: Lab, source: string): Promise<Contender> {
  const directory = lab.clone(source, 'maturin');
  const environment = lab.newPath('environment');
  const python = lab.find('python3');
  if (python === undefined) throw new Error('python3 is not on the PATH');
  lab.say(`installing maturin ${VERSION}`);
  await lab.run({ program: python, directory, arguments: ['-m', 'venv', environment] });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `maturin==${VERSION}`];
  await lab.run({ program: join(environment, 'bin/python'), directory, arguments: install });
  const develop = async (): Promise<unknown> =>
    await lab.run({
      program: join(environment, 'bin/maturin'),
      directory: join(directory, PROJECT),
      arguments: ['develop', '--release', '--skip-install', '--quiet'],
      environment: { VIRTUAL_ENV: environment },
    });
  await develop();
  return { name: 'maturin', prepare: (round) => edit(directory, round), run: develop };
}

/** What both wait for at least. */
async function cargo(lab: Lab, source: string): Promise<Contender> {
  const directory = lab.clone(source, 'cargo');
  const words = ['build', '--release', '--package', 'pnt-cli-py'];
  const build = async (): Promise<unknown> => await lab.cargo({ directory: join(directory, PROJECT, 'crates'), arguments: words });
  await build();
  return { name: 'cargo', prepare: (round) => edit(directory, round), run: build };
}

function edit(directory: string, round: number): void {
  const path = join(directory, EDITED);
  const text = readFileSync(path, 'utf8').replace(/^pub const EDITED: .*\n/m, '');
  writeFileSync(path, `pub const EDITED: u32 = ${round + 1};\n${text}`.replace(/^(pub const .*\n)((?:\/\/!.*\n|\n)*)/, '$2$1'));
}
