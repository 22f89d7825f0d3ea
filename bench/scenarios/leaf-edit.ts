import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { GENERATED_MAIN, generateWorkspace } from '../generated-workspace.ts';
import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { emptySources } from '../peers.ts';
import { editMain, fetchProgram, RIPGREP, RIPGREP_MAIN } from '../programs.ts';
import { row, type Row, type Scenario } from '../scenario.ts';

/** A workspace, and its file that is edited. */
interface Edited {
  readonly what: string;
  readonly source: string;
  readonly main: string;
}

const UNITS = 300;

export const LEAF_EDIT: Scenario = {
  name: 'leaf-edit',
  title: "one leaf edited (the body of the program's main)",
  run: async (lab, { rounds }) => {
    const ripgrep = await editedRows(lab, { what: 'ripgrep', source: await fetchProgram(lab, RIPGREP), main: RIPGREP_MAIN }, rounds);
    const generated = await editedRows(
      lab,
      { what: `${UNITS} units`, source: await generateWorkspace(lab, UNITS), main: GENERATED_MAIN },
      rounds,
    );
    return [...ripgrep, ...generated];
  },
};

async function editedRows(lab: Lab, edited: Edited, rounds: number): Promise<readonly Row[]> {
  lab.say(`${edited.what}: building`);
  const contenders = [await ferrule(lab, edited), await cargo(lab, edited), await crane(lab, edited)];
  lab.say(`${edited.what}: ${rounds + 1} rounds of all`);
  const times = await measure({ rounds, warmUps: 1, contenders });
  const { what } = edited;
  const ours = times.of('ferrule');
  return [
    row({ what, ferrule: ours, against: { name: 'cargo build', values: times.of('cargo') }, goal: { kind: 'at most', ratio: 1.05 } }),
    row({ what, ferrule: ours, against: { name: 'crane: unpack, build', values: times.of('crane') }, goal: { kind: 'faster', times: 5 } }),
  ];
}

async function ferrule(lab: Lab, { source, main }: Edited): Promise<Contender> {
  const directory = lab.clone(source, 'ferrule');
  const build = async (): Promise<unknown> => await lab.ferrule({ directory, store, arguments: ['build'] });
  const store = lab.newPath('store');
  await build();
  return { name: 'ferrule', prepare: (round) => editMain(join(directory, main), round + 1), run: build };
}

async function cargo(lab: Lab, { source, main }: Edited): Promise<Contender> {
  const directory = lab.clone(source, 'cargo');
  const build = async (): Promise<unknown> => await lab.cargo({ directory, arguments: ['build', '--release'] });
  await build();
  return { name: 'cargo', prepare: (round) => editMain(join(directory, main), round + 1), run: build };
}

/**
 * What a crane derivation does without Nix's own part: the target directory of a build with empty sources, which holds the compiled
 * dependencies, is unpacked from its archive (zstd where there is one, as crane's default) beside the sources, and cargo builds.
 * At one path every time, as in Nix's sandbox.
 */
async function crane(lab: Lab, { source, main }: Edited): Promise<Contender> {
  const place = emptySources(lab, source);
  await lab.cargo({ directory: place, arguments: ['build', '--release'] });
  const compression = lab.find('zstd') === undefined ? [] : ['--zstd'];
  const archive = lab.newPath('target.tar');
  await lab.run({ program: 'tar', directory: place, arguments: [...compression, '-cf', archive, 'target'] });
  renameSync(place, lab.newPath('crane-used'));
  return {
    name: 'crane',
    prepare: (round) => {
      if (existsSync(place)) renameSync(place, lab.newPath('crane-used'));
      renameSync(lab.clone(source, 'crane'), place);
      editMain(join(place, main), round + 1);
    },
    run: async () => {
      await lab.run({ program: 'tar', directory: place, arguments: [...compression, '-xf', archive] });
      await lab.cargo({ directory: place, arguments: ['build', '--release'] });
    },
  };
}
