import { join } from 'node:path';
import { generateFederation } from '../federation.ts';
import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { row, type Scenario } from '../scenario.ts';
import { coldFerrule } from './cold.ts';

export const FEDERATION: Scenario = {
  name: 'federation',
  title: 'cold, a federation of three workspaces with common dependencies',
  run: async (lab, { rounds }) => {
    const { directory, members } = await generateFederation(lab);
    const names = members.map((member) => member.slice(directory.length + 1));
    lab.say(`${names.join(', ')}: ${rounds + 1} rounds of all`);
    const contenders = [
      coldFerrule(lab, directory),
      cargoInEach(lab, { name: 'cargo', directory, names, targetDirectory: () => undefined }),
      cargoInEach(lab, { name: 'shared', directory, names, targetDirectory: (root) => join(root, 'target') }),
    ];
    const times = await measure({ rounds, warmUps: 1, contenders });
    const ours = times.of('ferrule');
    return [
      row({
        what: 'three workspaces',
        ferrule: ours,
        against: { name: 'cargo in each', values: times.of('cargo') },
        goal: { kind: 'at most', ratio: 0.5 },
      }),
      row({
        what: 'three workspaces',
        ferrule: ours,
        against: { name: 'cargo in each, one target directory', values: times.of('shared') },
      }),
    ];
  },
};

/** One after the other, as a script at the repository's root would. `targetDirectory`: `undefined` for one in each workspace. */
function cargoInEach(
  lab: Lab,
  options: {
    readonly name: string;
    readonly directory: string;
    readonly names: readonly string[];
    readonly targetDirectory: (root: string) => string | undefined;
  },
): Contender {
  const { name, directory, names, targetDirectory } = options;
  let root = '';
  return {
    name,
    prepare: () => {
      root = lab.clone(directory, name);
    },
    run: async () => {
      const target = targetDirectory(root);
      const words = ['build', '--release', ...(target === undefined ? [] : ['--target-dir', target])];
      for (const member of names) await lab.cargo({ directory: join(root, member), arguments: words });
    },
  };
}
