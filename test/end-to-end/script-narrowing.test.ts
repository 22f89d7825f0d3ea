import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Checkout, type Files, TemporaryDirectory } from './checkout.ts';
import { manifest } from './house.ts';
import { build, type Built, cargo, complaints } from './rig.ts';

let place: TemporaryDirectory;
beforeEach(() => {
  place = new TemporaryDirectory();
});
afterEach(() => place[Symbol.dispose]());

/** A program that prints what its build script put into `SAID`. */
function scripted(script: string, files: Files = {}): Checkout {
  const checkout = new Checkout(place.join('work'), {
    'Cargo.toml': manifest('tool'),
    'build.rs': `use std::{env, fs, path::Path};\n\nfn main() {\n${script}\n}\n`,
    'src/main.rs': 'fn main() {\n    println!("{}", env!("SAID"));\n}\n',
    'data.txt': 'data',
    ...files,
  });
  cargo(['generate-lockfile', '--offline'], checkout);
  return checkout;
}

function say(what: string): string {
  return `println!("cargo::rustc-env=SAID={}", ${what});\nlet _ = (env::args(), Path::new(""), fs::metadata(""));`;
}

const READ = 'fs::read_to_string("data.txt").unwrap()';

async function buildTool(checkout: Checkout, variables: Readonly<Record<string, string>> = {}): Promise<Built> {
  const built = await build({ directory: checkout.directory, store: place.join('store'), profile: 'dev', variables });
  expect(built.ok, complaints(built)).toBe(true);
  return built;
}

let edits = 0;

/** Edits the program, which no script here declares, and builds; whether the script ran. */
async function scriptRunsAfterEdit(checkout: Checkout): Promise<boolean> {
  edits += 1;
  checkout.append('src/main.rs', `// Edit ${edits}.\n`);
  const built = await buildTool(checkout);
  expect(built.executed).toContain('tool bin');
  return built.executed.includes('tool script run');
}

function said(checkout: Checkout): string {
  return spawnSync(checkout.path('result/bin/tool'), { encoding: 'utf8' }).stdout.trim();
}

test('a script that reads what it declares runs once more after the first edit of something else, and then no more', async () => {
  const tool = scripted(`println!("cargo::rerun-if-changed=data.txt");\n${say(READ)}`);
  await buildTool(tool);
  expect(await scriptRunsAfterEdit(tool), 'to be judged').toBe(true);
  expect(await scriptRunsAfterEdit(tool)).toBe(false);
  expect(await scriptRunsAfterEdit(tool)).toBe(false);
  tool.write('data.txt', 'new');
  expect((await buildTool(tool)).executed).toEqual(['tool bin', 'tool script run']);
  expect(said(tool)).toBe('new');
  expect(await scriptRunsAfterEdit(tool), 'to be judged with the new data').toBe(true);
  expect(await scriptRunsAfterEdit(tool)).toBe(false);
  expect(said(tool)).toBe('new');
}, 60_000);

test('a declared directory stands for all that is in it', async () => {
  const list = 'fs::read_dir("proto").unwrap().count()';
  const tool = scripted(`println!("cargo::rerun-if-changed=proto");\n${say(list)}`, { 'proto/a.proto': '', 'proto/b.proto': '' });
  await buildTool(tool);
  await scriptRunsAfterEdit(tool);
  expect(await scriptRunsAfterEdit(tool)).toBe(false);
  tool.write('proto/c.proto', '');
  await buildTool(tool);
  expect(said(tool)).toBe('3');
}, 60_000);

test('a script that reads more than it declares is never believed, and is right where cargo is not', async () => {
  const tool = scripted(`println!("cargo::rerun-if-changed=build.rs");\n${say(READ)}`);
  await buildTool(tool);
  for (const _ of [1, 2, 3]) expect(await scriptRunsAfterEdit(tool)).toBe(true);
  tool.write('data.txt', 'new');
  expect((await buildTool(tool)).executed).toEqual(['tool bin', 'tool script run']);
  expect(said(tool)).toBe('new');
}, 60_000);

test('a script that looks whether an undeclared file is there sees it appear', async () => {
  const tool = scripted(`println!("cargo::rerun-if-changed=data.txt");\n${say('Path::new("switch").exists()')}`);
  await buildTool(tool);
  await scriptRunsAfterEdit(tool);
  expect(await scriptRunsAfterEdit(tool)).toBe(false);
  tool.write('switch', '');
  await buildTool(tool);
  expect(said(tool)).toBe('true');
}, 60_000);

test('a script that declares only a variable needs no file at all', async () => {
  const value = 'env::var("FLAVOUR").unwrap_or("plain".into())';
  const tool = scripted(`println!("cargo::rerun-if-env-changed=FLAVOUR");\n${say(value)}`);
  await buildTool(tool);
  await scriptRunsAfterEdit(tool);
  expect(await scriptRunsAfterEdit(tool)).toBe(false);
  expect((await buildTool(tool, { FLAVOUR: 'sour' })).executed).toEqual(['tool bin', 'tool script run']);
  expect(said(tool)).toBe('sour');
}, 60_000);

test('a script that declares nothing runs whenever a file of its package changes', async () => {
  const tool = scripted(say('"nothing"'));
  await buildTool(tool);
  for (const _ of [1, 2]) expect(await scriptRunsAfterEdit(tool)).toBe(true);
}, 60_000);
