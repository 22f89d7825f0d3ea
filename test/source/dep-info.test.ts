import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../repository/temporary-directory.ts';
import { sourcesOf, target } from './source-rig.ts';

const hasRustc = spawnSync('rustc', ['--version']).status === 0;

/** One file of each way in which Rust source names another. */
const FILES = {
  'p/Cargo.toml': '',
  'p/README.md': 'text',
  'p/src/lib.rs': `
    #![doc = include_str!("../README.md")]
    mod plain;
    mod folder;
    mod nested { pub mod deep { pub mod leaf; } #[path = "renamed.rs"] mod other; }
    #[path = "elsewhere/mod.rs"] mod moved;
    #[path = "odd-name.rs"] mod odd;
    #[cfg_attr(all(), path = "when_true.rs")] mod chosen;
    #[cfg_attr(any(), path = "when_false.rs")] mod fallback;
    #[path = "../../shared/outside.rs"] mod outside;
    macro_rules! wrap { ($($item:item)*) => { $($item)* } }
    wrap! { mod wrapped; }
    macro_rules! make { ($name:ident) => { mod $name; } }
    make!(made);
    include!("parts/included.rs");
    fn f() { let _ = include_bytes!(concat!("data", "/", "bytes.bin")); /* mod no; */ }
    mod r#async;
  `,
  'p/src/plain.rs': 'mod below; mod inline { mod sub; }',
  'p/src/plain/below.rs': '',
  'p/src/plain/inline/sub.rs': '',
  'p/src/folder/mod.rs': 'mod inside; const X: &str = include_str!("text.txt");',
  'p/src/folder/inside.rs': '',
  'p/src/folder/text.txt': '',
  'p/src/nested/deep/leaf.rs': '',
  'p/src/nested/renamed.rs': '',
  'p/src/elsewhere/mod.rs': 'mod neighbour;',
  'p/src/elsewhere/neighbour.rs': '',
  'p/src/odd-name.rs': 'mod beside;',
  'p/src/beside.rs': '',
  'p/src/when_true.rs': '',
  'p/src/fallback.rs': '',
  'shared/outside.rs': 'mod friend;',
  'shared/friend.rs': '',
  'p/src/wrapped.rs': '',
  'p/src/made.rs': '',
  'p/src/parts/included.rs': 'const Y: &str = include_str!("beside.txt"); mod of_included;',
  'p/src/parts/beside.txt': '',
  'p/src/parts/of_included.rs': '',
  'p/src/data/bytes.bin': '',
  'p/src/async.rs': '',
  'p/src/main.rs': 'mod plain; mod made; fn main() {}',
};

test.skipIf(!hasRustc).each([
  ['lib', 'src/lib.rs'],
  ['bin', 'src/main.rs'],
])('everything rustc reads for a %s is among its sources', (kind, path) => {
  const root = temporaryDirectory(FILES);
  const packageRoot = `${root}/p`;
  const targets = [target(packageRoot, 'lib', 'src/lib.rs'), target(packageRoot, 'bin', 'src/main.rs')];
  const depInfo = `${root}/out.d`;
  execFileSync('rustc', ['--edition=2021', `--crate-type=${kind}`, '--crate-name=p', `--emit=dep-info=${depInfo}`, `p/${path}`], {
    cwd: root,
    stdio: 'pipe',
  });
  const read = readFileSync(depInfo, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(':'))
    .map((line) => relative(root, resolve(root, line.slice(0, -1))))
    .toSorted();
  const sources = sourcesOf({ root, package: 'p', targets }).forCompile(target(packageRoot, kind, path), {
    procMacros: false,
    readsManifest: false,
    inputs: [],
  });
  expect(read.length).toBeGreaterThan(kind === 'lib' ? 20 : 3);
  expect(read.filter((file) => !sources.files.includes(file))).toEqual([]);
});
