import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRecord } from '../../src/record/run-record.ts';
import { type Checkout, type SavedFiles, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { makeHouse } from '../end-to-end/house.ts';
import { type Command, type Scenario, SCENARIOS } from '../end-to-end/rebuild-table.ts';
import { NixBuilder } from './nix-builder.ts';
import { type Nix, startNix } from './rig.ts';

/** What is built on each unit of the house. */
const DEPENDENTS: Readonly<Record<string, readonly string[]>> = {
  base: ['mid'],
  derive: ['mid'],
  tiny: ['mid'],
  mid: ['app bin'],
  'scripted script': ['scripted script run'],
  'scripted script run': ['scripted'],
  scripted: ['app bin'],
  'native script': ['native script run'],
  'native script run': ['native', 'tuned script run'],
  native: ['tuned'],
  'tuned script': ['tuned script run'],
  'tuned script run': ['tuned'],
  tuned: ['app bin'],
  ground: ['mid'],
  helper: ['scripted script'],
};

/**
 * Where Nix builds something else than the local engine and what is built on it, with the reason. An output's name in the Nix store
 * follows from its inputs, so whatever is built on a changed input is built again, whether it came out the same or not.
 */
const OTHERWISE: Readonly<Record<string, { readonly built: readonly string[]; readonly because: string }>> = {
  'the library beside a build script that has shown to read only what it declares': {
    built: ['app bin', 'scripted', 'scripted script run'],
    because: 'what a script has shown to read is known to one store, and a derivation is the same everywhere',
  },
  'a variable that a build script reads': { built: [], because: 'nothing of the user is seen in the sandbox' },
  'a variable that a crate reads': { built: [], because: 'nothing of the user is seen in the sandbox' },
};

/** What these tests ask of `ferrule why --json`. */
interface WhyDocument {
  readonly affected: readonly { readonly label: string; readonly effect: string }[];
}

let nix: Nix;
let place: TemporaryDirectory;
let house: Checkout;
let saved: SavedFiles;
let builder: NixBuilder;

function wordsOf({ features = [], profile }: Command): readonly string[] {
  return [
    'app',
    ...(features.length === 0 ? [] : [`--features=${features.join(',')}`]),
    ...(profile === undefined ? [] : [`--profile=${profile}`]),
  ];
}

function withDependents(labels: readonly string[]): readonly string[] {
  const all = new Set<string>();
  const queue = [...labels];
  for (let label = queue.pop(); label !== undefined; label = queue.pop()) {
    if (all.has(label)) continue;
    all.add(label);
    queue.push(...(DEPENDENTS[label] ?? []));
  }
  return [...all].toSorted();
}

beforeAll(async () => {
  nix = await startNix({ version: 'debian' });
  place = new TemporaryDirectory();
  house = makeHouse(place.join('house'));
  builder = new NixBuilder(nix, place.join('store'));
  builder.prepare(house.directory);
  saved = house.save();
  const first = await builder.build(['app'], house);
  expect(first.status, first.stderr).toBe(0);
}, 300_000);

afterAll(() => {
  builder[Symbol.dispose]();
  place[Symbol.dispose]();
  nix.dispose();
}, 120_000);

describe.each(Object.entries(SCENARIOS))(
  'after a change of %s Nix builds exactly what reads it and what is built on that',
  (_, scenarios) => {
    test.each(scenarios)(
      '$name',
      async ({ name, change, command = {}, runs }: Scenario) => {
        try {
          change?.(house);
          const { variables } = command;
          const built = await builder.build(wordsOf(command), {
            directory: house.directory,
            ...(variables === undefined ? {} : { variables }),
          });
          expect(built.status, built.stderr).toBe(0);
          expect(built.built).toEqual((OTHERWISE[name]?.built ?? withDependents(runs)).toSorted());
        } finally {
          house.restore(saved);
        }
        expect((await builder.build(['app'], house)).built, 'after going back').toEqual([]);
      },
      300_000,
    );
  },
);

async function why(...words: readonly string[]): Promise<WhyDocument> {
  const { status, stdout, stderr } = await builder.run(['why', '--json', '--offline', 'app', ...words], house);
  expect(status, stdout + stderr).toBe(0);
  return JSON.parse(stdout);
}

test('a run leaves a record: `why` names what changed since, and what the run did, and a report is made of it', async () => {
  const record = place.join('run.json');
  try {
    expect((await builder.build(['--record', record, 'app'], house)).status).toBe(0);
    const kept = parseRecord(readFileSync(record, 'utf8'));
    expect(kept?.engine).toBe('nix');
    expect(kept?.nodes.every(({ key, outcome }) => key !== undefined && outcome === 'cached')).toBe(true);
    expect(await why()).toMatchObject({ affected: [], causes: [] });
    house.append('base/src/inner.rs', '// More.\n');
    const cause = { kind: 'file', name: 'base/src/inner.rs', chain: ['base v0.1.0', 'mid v0.1.0', 'app v0.1.0 (bin "app")', 'app (bin)'] };
    const changed = await why();
    expect(changed).toMatchObject({ causes: [cause] });
    expect(changed.affected.every(({ effect }) => effect === 'runs')).toBe(true);
    expect((await builder.build(['app'], house)).built).toEqual(['app bin', 'base', 'mid']);
    expect(await why()).toMatchObject({ affected: [], causes: [], last_run: { causes: [cause] } });
    expect(await why('--against', record)).toMatchObject({ causes: [cause] });
    const page = place.join('report.html');
    const report = await builder.run(['report', '-o', page], house);
    expect(report.status, report.stderr).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('base/src/inner.rs changed');
  } finally {
    house.restore(saved);
  }
}, 120_000);
