import { afterAll, expect, test, vi } from 'vitest';
import { ended, Program } from './program.ts';
import { HOUSE_OUTPUT, Place, smallHouse } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', 'app', '--profile', 'dev', '--offline', '--json'];

interface Document {
  readonly ok: boolean;
  readonly targets: readonly { readonly digest: string }[];
  readonly actions: { readonly total: number; readonly executed: number; readonly cached: number };
}

test('four builds at once on one store do the work of one, and all succeed with the same bytes', async () => {
  using place = new Place();
  place.workspace(smallHouse());
  const links = ['one', 'two', 'three', 'four'].map((name) => `${place.root}/${name}`);
  const builds = links.map((link) => ended(ferrule.start([...BUILD, '-o', link], place)));
  const all = await Promise.all(builds);
  expect(all.map(({ status, stderr }) => ({ status, stderr: status === 0 ? '' : stderr }))).toEqual(
    links.map(() => ({ status: 0, stderr: '' })),
  );
  const documents = all.map(({ stdout }): Document => JSON.parse(stdout));
  expect(new Set(documents.map((document) => document.targets[0]?.digest)).size).toBe(1);
  const total = documents[0]?.actions.total ?? 0;
  expect(documents.reduce((sum, document) => sum + document.actions.executed, 0)).toBe(total);
  expect(ferrule.run([...BUILD, '-v'], place).status).toBe(0);
  expect(place.output('app')).toBe(HOUSE_OUTPUT);
  expect(place.processes()).toEqual([]);
  expect(ferrule.run(['store', 'verify'], place)).toMatchObject({ status: 0 });
  expect(place.unfinished()).toEqual([]);
});
