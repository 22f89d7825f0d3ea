import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { ManifestReader } from '../../src/rust/cargo/manifest.ts';
import { cargo, lockOf, manifest, temporaryFiles } from './cargo-fixture.ts';

// Real cargo runs in most of them.
vi.setConfig({ testTimeout: 60_000 });

/** Lint and check-cfg flags of a crate's rustc call as real cargo writes them, without the two check-cfgs of its own. */
function flagsByCargo(root: string, crate: string): readonly string[] {
  const { stderr } = cargo(root, ['check', '-vv', '--offline'], { CARGO_TARGET_DIR: join(root, 'target') });
  const line = stderr.split('\n').find((text) => text.includes(`--crate-name ${crate} `) && text.includes('Running')) ?? '';
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const own = words.indexOf('cfg(docsrs,test)') - 1;
  return words
    .slice(0, own)
    .filter((word, index) => /^--(?:allow|warn|deny|forbid)=|^--check-cfg$/.test(word) || words[index - 1] === '--check-cfg');
}

describe('lints become the flags that cargo passes', () => {
  test('ordered by priority, then by name backwards', () => {
    const lints = `
      [lints.rust]
      dead_code = "allow"
      unsafe_code = "forbid"
      unused = { level = "deny", priority = -2 }
      unexpected_cfgs = { level = "warn", priority = 3, check-cfg = ['cfg(foo)', 'cfg(bar, values("x", "y"))'] }
      unused_variables = { level = "warn", priority = -2 }
      [lints.clippy]
      all = { level = "deny", priority = -1 }
      pedantic = "warn"
      dead_code = "warn"
      [lints.rustdoc]
      broken_intra_doc_links = "warn"
    `;
    const root = temporaryFiles({ 'Cargo.toml': manifest('one', lints), 'Cargo.lock': lockOf('one'), 'src/lib.rs': '' });
    const { lintFlags } = new ManifestReader().read(join(root, 'Cargo.toml'), { hasWorkspace: true });
    expect(lintFlags).toEqual(flagsByCargo(root, 'one'));
    expect(lintFlags).toEqual([
      '--warn=unused_variables',
      '--deny=unused',
      '--deny=clippy::all',
      '--forbid=unsafe_code',
      '--warn=clippy::pedantic',
      '--allow=dead_code',
      '--warn=clippy::dead_code',
      '--warn=rustdoc::broken_intra_doc_links',
      '--warn=unexpected_cfgs',
      '--check-cfg',
      'cfg(foo)',
      '--check-cfg',
      'cfg(bar, values("x", "y"))',
    ]);
  });

  test.each([
    ['from the workspace above', 'crates/one', '', '[workspace]\nmembers = ["crates/one"]'],
    ['from the workspace it points at', 'crates/one', 'workspace = "../.."', '[workspace]\nmembers = ["crates/one"]'],
  ])('%s', (_, place, pointer, workspace) => {
    const root = temporaryFiles({
      'Cargo.toml': `${workspace}\nresolver = "2"\n[workspace.lints.rust]\nunused = "deny"\nunexpected_cfgs = { level = "warn", check-cfg = ["cfg(x)"] }`,
      'Cargo.lock': lockOf('one'),
      [`${place}/Cargo.toml`]: manifest('one', `${pointer}\n[lints]\nworkspace = true`),
      [`${place}/src/lib.rs`]: '',
    });
    const { lintFlags } = new ManifestReader().read(join(root, place, 'Cargo.toml'), { hasWorkspace: true });
    expect(lintFlags).toEqual(['--deny=unused', '--warn=unexpected_cfgs', '--check-cfg', 'cfg(x)']);
    expect(lintFlags).toEqual(flagsByCargo(root, 'one'));
  });

  test('from its own workspace table, when the package is the root', () => {
    const root = temporaryFiles({
      'Cargo.toml': manifest('one', '[lints]\nworkspace = true\n[workspace.lints.rust]\nunused = "deny"'),
      'Cargo.lock': lockOf('one'),
      'src/lib.rs': '',
    });
    expect(new ManifestReader().read(join(root, 'Cargo.toml'), { hasWorkspace: true }).lintFlags).toEqual(flagsByCargo(root, 'one'));
  });

  test('and there are none without a table', () => {
    const root = temporaryFiles({ 'Cargo.toml': manifest('one') });
    expect(new ManifestReader().read(join(root, 'Cargo.toml'), { hasWorkspace: true }).lintFlags).toEqual([]);
  });
});

test('harness is told apart by kind and name', () => {
  const root = temporaryFiles({
    'Cargo.toml': manifest(
      'one',
      '[[test]]\nname = "x"\nharness = false\n[[bench]]\nname = "y"\nharness = false\n[[bin]]\nname = "y"\npath = "y.rs"',
    ),
  });
  const facts = new ManifestReader().read(join(root, 'Cargo.toml'), { hasWorkspace: true });
  expect([facts.harness('test', 'x'), facts.harness('bench', 'x'), facts.harness('bench', 'y'), facts.harness('bin', 'y')]).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect([facts.harness('lib', 'one'), facts.harness('custom-build', 'build-script-build')]).toEqual([true, true]);
});
