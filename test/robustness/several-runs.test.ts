import { afterAll, expect, test, vi } from 'vitest';
import type { ChildProcess } from 'node:child_process';
import { ended, Program } from './program.ts';
import { HOUSE_OUTPUT, Place, smallHouse } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', 'app', '--profile', 'dev', '--offline', '--json'];

async function untilSaid(child: ChildProcess, words: string): Promise<void> {
  await new Promise<void>((resolve) => {
    let text = '';
    child.stderr?.on('data', (data: Buffer) => {
      text += data.toString();
      if (text.includes(words)) resolve();
    });
    child.on('close', () => resolve());
  });
}

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

test('a run says that it waits for another, uses what that one makes, and takes over when it is killed', async () => {
  using place = new Place();
  const script = 'fn main() {\n    std::thread::sleep(std::time::Duration::from_secs(4));\n}\n';
  place.workspace({ app: { files: { 'build.rs': script, 'src/main.rs': 'fn main() {}\n' } } });
  const words = ['build', '--profile', 'dev', '--offline'];
  const first = ferrule.start([...words, '-o', `${place.root}/one`], place);
  const firstEnd = ended(first);
  await untilSaid(first, 'Running app');
  const second = ferrule.start([...words, '-o', `${place.root}/two`], place);
  const secondEnd = ended(second);
  await untilSaid(second, 'Waiting for another run on this store, which is busy with app v0.1.0 (build script run)');
  first.kill('SIGKILL');
  expect((await firstEnd).signal).toBe('SIGKILL');
  const { status, stderr } = await secondEnd;
  expect(status, stderr).toBe(0);
  expect(stderr).toContain('Running app v0.1.0 (build script run)');
  expect(place.processes()).toEqual([]);
});
