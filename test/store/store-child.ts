/** A second process on a store, started by `child-process.ts`: `node store-child.mjs TASK DIRECTORY [SEED]`. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../src/model/digest.ts';
import { directoryDigest } from '../../src/model/tree.ts';
import { type DirectoryStore, openStore } from '../../src/store/directory-store.ts';
import { REFERENCES_FILE } from '../../src/store/environments.ts';
import { StoreFailure } from '../../src/store/store.ts';

const [, , task = '', directory = '', seed = '0'] = process.argv;
const store = openStore({ directory, now: () => Date.now(), processId: process.pid });

switch (task) {
  case 'hammer':
    for (let round = 0; round < 80; round += 1) useEverything(store, (round * 7 + Number(seed)) % 40);
    store.close();
    break;
  case 'until-killed':
    process.stdout.write('started\n');
    for (let round = Number(seed) * 1000; ; round += 1) useEverything(store, round);
  case 'claim':
    store.claim(digestOf('key of action'));
    process.stdout.write('claimed\n');
    setInterval(() => undefined, 1000);
    break;
  case 'plain-user':
    for (let round = 0; round < 5; round += 1) useEverything(store, round);
    store.dropTree(treeOf(store, 0));
    treeOf(store, 0);
    store.close();
    openStore({ directory, now: () => Date.now() + 3 * 3_600_000, processId: process.pid }).gc({ maxBytes: 0, dryRun: false });
    say({ user: process.getuid?.(), left: store.statistics().bytes });
    break;
  case 'fill':
    say(fill(store));
    break;
  default:
    throw new Error(`internal: no task ${task}`);
}

/** Puts, takes, links, reads and drops the `n`th set of entries, and checks what comes back. */
function useEverything(store: DirectoryStore, n: number): void {
  const text = `blob ${n}\n`.repeat(task === 'until-killed' ? 100_000 : 200 + n);
  const digest = store.putBlob(text);
  check(store.readBlob(digest)?.toString() === text, 'a blob came back changed');
  const scratch = store.scratch();
  const file = join(scratch.path, 'file');
  writeFileSync(file, `taken ${n}`);
  const taken = store.takeFile(file, { executable: true });
  const made = store.makeTree(new Map([[`d/${n}`, { kind: 'file', digest, executable: false }]]));
  const tree = treeOf(store, n);
  scratch.dispose();
  const result = {
    exitCode: 0,
    outputs: [
      { kind: 'tree' as const, path: 'a', digest: made },
      { kind: 'tree' as const, path: 'b', digest: tree },
      { kind: 'file' as const, path: 'c', digest: taken, executable: true },
    ],
    stdout: digest,
    stderr: digest,
    elapsedMs: n,
  };
  store.putResult(digestOf(`key ${n}`), result);
  check(JSON.stringify(store.getResult(digestOf(`key ${n}`))) === JSON.stringify(result), 'a result came back changed');
  check(readFileSync(join(store.treePath(tree) ?? 'none', 'sub/name'), 'utf8') === `tree ${n}`, 'a tree came back changed');
  const environment = environmentOf(store, { tree, n });
  check(readFileSync(join(environment, 'part/sub/name'), 'utf8') === `tree ${n}`, 'an environment came back changed');
  store.putNote('hammer', 'key', text);
  // Another process may be putting its own in the place of this one.
  check(store.getNote('hammer', 'key')?.startsWith('blob ') !== false, 'a note came back changed');
}

/** A directory with a link to a tree and files of its own. */
function environmentOf(store: DirectoryStore, { tree, n }: { readonly tree: Digest; readonly n: number }): string {
  const target = store.treePath(tree) ?? 'none';
  const files = [
    { name: REFERENCES_FILE, text: `tree ${tree.hash}\n` },
    ...Array.from({ length: 20 }, (_, index) => ({ name: `file-${index}`, text: `${n}` })),
  ];
  const nodes = files.map(({ name, text }) => ({ name, digest: digestOf(text), executable: false }));
  const key = directoryDigest({ files: nodes, directories: [], symlinks: [{ name: 'part', target }] });
  return store.keepEnvironment(key, (path) => {
    symlinkSync(target, join(path, 'part'));
    for (const { name, text } of files) writeFileSync(join(path, name), text);
  });
}

function treeOf(store: DirectoryStore, n: number) {
  const scratch = store.scratch();
  mkdirSync(join(scratch.path, 'out/sub'), { recursive: true });
  writeFileSync(join(scratch.path, 'out/sub/name'), `tree ${n}`);
  const digest = store.takeTree(join(scratch.path, 'out'));
  scratch.dispose();
  return digest;
}

/** Puts until the disk is full, in every way there is; then tells the failures, and what is left of half-written entries. */
function fill(store: DirectoryStore): unknown {
  const blob = failure(() => {
    for (let n = 0; ; n += 1) store.putBlob(Buffer.alloc(100_000, String(n)));
  });
  const big = Buffer.alloc(1 << 20, 'big');
  const tree = failure(() => store.putTree(new Map([['a/b', { kind: 'file', bytes: big, executable: false }]])));
  const note = failure(() => store.putNote('note', 'key', big.toString()));
  const source = join(directory, '../outside');
  const copy = failure(() => store.copyFile(source, { executable: false }));
  const sessions = readdirSync(join(directory, 'v1/tmp'));
  const left = sessions.flatMap((session) => readdirSync(join(directory, 'v1/tmp', session)));
  const verified = store.verify({ repair: false });
  return { blob, tree, note, copy, left, corrupt: verified.corrupt, wrote: verified.checked > 3 };
}

function failure(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof StoreFailure) return error.systemCode;
    throw error;
  }
}

function check(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem);
}

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
