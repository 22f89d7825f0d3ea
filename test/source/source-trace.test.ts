import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { Sha256 } from '../../src/model/digest.ts';
import { openSourceMemory, type SourceMemory } from '../../src/source/source-memory.ts';
import { fingerprint, type SourceQuestion, SourceTrace } from '../../src/source/source-trace.ts';
import { packageSources } from '../../src/source/unit-sources.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';
import { laterClock, target, temporaryStore } from './source-rig.ts';

/** What a run remembers that has seen nothing yet. */
function freshMemory(root: string): SourceMemory {
  return openSourceMemory({ store: temporaryStore(), repositoryRoot: root, now: laterClock });
}

/** A package whose sources were worked out; `now` is what another run would find. */
function packageRig(): { readonly root: string; readonly questions: readonly SourceQuestion[]; readonly now: () => Sha256 } {
  const root = temporaryDirectory();
  write(root, 'Cargo.toml', '');
  write(root, '.gitignore', '*.log\n');
  write(root, 'src/lib.rs', 'mod inner; const T: &str = include_str!("../data/text.txt"); mod absent;');
  write(root, 'src/inner.rs', '');
  write(root, 'data/text.txt', 'text');
  write(root, 'elsewhere/one.txt', '1');
  write(root, 'elsewhere/two.txt', '2');
  symlinkSync('../elsewhere/one.txt', `${root}/data/link.txt`);
  const memory = freshMemory(root);
  const trace = new SourceTrace(memory, []);
  const { files } = packageSources({
    packageRoot: root,
    workspaceRoot: root,
    repositoryRoot: root,
    anchor: root,
    targets: [target(root, 'lib', 'src/lib.rs')],
    directories: trace.directories,
    probe: trace.probe,
    scan: (path) => trace.scan(path),
  }).forCompile(target(root, 'lib', 'src/lib.rs'), { procMacros: true, readsManifest: false, inputs: [] });
  trace.addFiles(files.map((file) => `${root}/${file}`));
  const { questions } = trace;
  return { root, questions, now: () => fingerprint({ questions, answers: freshMemory(root), root }) };
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(`${root}/${path}`), { recursive: true });
  writeFileSync(`${root}/${path}`, text);
}

const CHANGES: readonly (readonly [name: string, change: (root: string) => void])[] = [
  ['a module', (root) => write(root, 'src/inner.rs', '// new')],
  ['an included file', (root) => write(root, 'data/text.txt', 'other')],
  ['a new file', (root) => write(root, 'src/more.rs', '')],
  ['a module that was missing', (root) => write(root, 'src/absent/mod.rs', '')],
  ['what git ignores', (root) => write(root, '.gitignore', '*.txt\n')],
  ['a file that is gone', (root) => rmSync(`${root}/src/inner.rs`)],
  ['a repository around it', (root) => mkdirSync(`${root}/.git`)],
  [
    'where a link leads',
    (root) => {
      rmSync(`${root}/data/link.txt`);
      symlinkSync('../elsewhere/two.txt', `${root}/data/link.txt`);
    },
  ],
];

test.each(CHANGES)('a fingerprint of sources tells: %s', (_, change) => {
  const { root, now } = packageRig();
  const before = now();
  change(root);
  expect(now()).not.toBe(before);
});

test('a fingerprint of sources stays the same while only times change, or what is ignored', () => {
  const { root, now } = packageRig();
  const before = now();
  utimesSync(`${root}/src/lib.rs`, 1, 1);
  utimesSync(`${root}/src`, 1, 1);
  write(root, 'target/debug/app', '');
  expect(now()).not.toBe(before);
  rmSync(`${root}/target`, { recursive: true });
  expect(now()).toBe(before);
});

test('other questions make another fingerprint though the answers are alike', () => {
  const { root, questions, now } = packageRig();
  const more = fingerprint({ questions: [...questions, `f${root}/nowhere`], answers: freshMemory(root), root });
  expect(more).not.toBe(now());
});
