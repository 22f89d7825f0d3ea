import { chmodSync, lstatSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Program } from './program.ts';
import { HOUSE_OUTPUT, Place, smallHouse } from './workspace.ts';

vi.setConfig({ testTimeout: 180_000 });

const ferrule = new Program();
afterAll(() => ferrule[Symbol.dispose]());

const BUILD = ['build', 'app', '--profile', 'dev', '--offline'];

/** Ways in which a file on a disk goes bad. */
const DAMAGES = {
  truncated: (path: string) => truncateSync(path, Math.floor(lstatSync(path).size / 2)),
  'written over': (path: string) => writeFileSync(path, flipped(readFileSync(path))),
  // As a failing disk does it: no time stamp tells.
  'bit flipped': (path: string) => {
    const { atime, mtime } = lstatSync(path);
    writeFileSync(path, flipped(readFileSync(path)));
    utimesSync(path, atime, mtime);
  },
  deleted: (path: string) => rmSync(path),
} satisfies Record<string, (path: string) => void>;

const KINDS = ['blobs', 'trees', 'results', 'notes'] as const;

function flipped(bytes: Buffer): Buffer {
  for (let place = bytes.length >> 2; place < bytes.length; place += 64) bytes[place] = (bytes[place] ?? 0) ^ 0x10;
  return bytes;
}

/** Files of one kind of entry that hold anything. */
function filesOf(place: Place, kind: (typeof KINDS)[number]): readonly string[] {
  const directory = join(place.store, 'v1', kind);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  return files.filter((path) => lstatSync(path).isFile() && lstatSync(path).size > 0).toSorted();
}

function damage(path: string, how: keyof typeof DAMAGES): void {
  chmodSync(join(path, '..'), 0o755);
  if (how === 'deleted') return rmSync(path);
  const { mode } = lstatSync(path);
  chmodSync(path, 0o644);
  DAMAGES[how](path);
  chmodSync(path, mode);
}

/** Changes a source, so that there is something to do, and nothing is answered from memory. */
function edit(place: Place, remark: string): void {
  place.write({
    'app/src/main.rs': `// ${remark}\nfn main() {\n    println!("{}", first::MADE + second::second() + third::MADE);\n}\n`,
  });
}

describe.for(Object.keys(DAMAGES) as (keyof typeof DAMAGES)[])('%s', (how) => {
  test.for(KINDS)('every file of %s: the next build is right all the same', (kind) => {
    using place = new Place();
    place.workspace(smallHouse());
    expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
    for (const path of filesOf(place, kind)) if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) damage(path, how);
    edit(place, 'after the damage');
    const next = ferrule.run(BUILD, place);
    expect(next.status, next.stderr).toBe(0);
    expect(place.output('app')).toBe(HOUSE_OUTPUT);
  });
});

test('what a unit reads was damaged: the user is not blamed, it is made again, and one line says so', () => {
  using place = new Place();
  place.workspace(smallHouse());
  expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
  const libraries = filesOf(place, 'blobs').filter((path) => readFileSync(path, 'latin1').startsWith('!<arch>'));
  expect(libraries.length).toBe(4);
  for (const path of libraries) damage(path, 'bit flipped');
  edit(place, 'after the damage');
  const next = ferrule.run(BUILD, place);
  expect({ status: next.status, stderr: place.normalise(next.stderr) }).toMatchInlineSnapshot(`
    {
      "status": 0,
      "stderr": "warning[F0694]: the store has lost or damaged inputs of app v0.1.0 (bin "app"); they are made again
      path  /build/target/debug/deps/libfirst-[HASH].rlib
      path  /build/target/debug/deps/libfourth-[HASH].rlib
      path  /build/target/debug/deps/libsecond-[HASH].rlib
      path  /build/target/debug/deps/libthird-[HASH].rlib
    hint: \`ferrule store verify --repair\` finds everything that is damaged
        Finished 9 units in [TIME] (5 built, 4 reused) → result
    ",
    }
  `);
  expect(place.output('app')).toBe(HOUSE_OUTPUT);
  const third = ferrule.run(BUILD, place);
  expect(third.status).toBe(0);
  expect(third.stderr).not.toContain('F0694');
});

test('a result that was damaged is not handed out: the program is linked again', () => {
  using place = new Place();
  place.workspace(smallHouse());
  expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
  const program = filesOf(place, 'trees').find((path) => path.endsWith('/bin/app')) ?? '';
  damage(program, 'bit flipped');
  place.write({ 'README.md': 'so that it is looked at properly' });
  const next = ferrule.run(BUILD, place);
  expect({ status: next.status, stderr: place.normalise(next.stderr) }).toMatchInlineSnapshot(`
    {
      "status": 0,
      "stderr": "warning[F0694]: the store has lost or damaged files of the result; they are made again
      path  bin/app
    hint: \`ferrule store verify --repair\` finds everything that is damaged
        Finished 9 units in [TIME] (1 built, 8 reused) → result
    ",
    }
  `);
  expect(place.output('app')).toBe(HOUSE_OUTPUT);
});

test('`store verify` names what is damaged, `--repair` removes it, and the next build is right', () => {
  using place = new Place();
  place.workspace(smallHouse());
  expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
  const [blob = ''] = filesOf(place, 'blobs').filter((path) => path.endsWith('.x'));
  damage(blob, 'bit flipped');
  const found = ferrule.run(['store', 'verify'], place);
  expect(found.status).toBe(3);
  expect(place.normalise(found.stderr)).toContain('wrong-content  [STORE]/v1/blobs/');
  expect(ferrule.run(['store', 'verify', '--repair'], place)).toMatchObject({ status: 0 });
  expect(ferrule.run(['store', 'verify'], place)).toMatchObject({ status: 0 });
  edit(place, 'after the repair');
  expect(ferrule.run(BUILD, place)).toMatchObject({ status: 0 });
  expect(place.output('app')).toBe(HOUSE_OUTPUT);
});
