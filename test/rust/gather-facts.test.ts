import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { cargo, gather, lockOf, manifest, temporaryFiles, toolchain } from './cargo-fixture.ts';
import { facts, problems, single, unitOf } from './gathered.ts';

// Real cargo runs several times in a test.
vi.setConfig({ testTimeout: 60_000 });

describe('a workspace', () => {
  test('of one library gives one unit with its package', async () => {
    const root = temporaryFiles({
      ...single,
      'Cargo.toml': manifest(
        'one',
        'authors = ["A <a@x>", "B"]\ndescription = "two\\nlines"\nlicense-file = "L"\nrust-version = "1.70"\n[features]\nz = []\na = ["z"]\n[dependencies]\nopt = { path = "opt", optional = true }',
      ).replace('0.1.0', '1.2.3-beta.1+meta'),
      'Cargo.lock':
        'version = 4\n\n[[package]]\nname = "one"\nversion = "1.2.3-beta.1+meta"\ndependencies = [\n "opt",\n]\n\n[[package]]\nname = "opt"\nversion = "0.1.0"\n',
      'opt/Cargo.toml': manifest('opt'),
      'opt/src/lib.rs': '',
      L: '',
      'README.md': '',
    });
    const unit = unitOf(await gather(root), 'one');
    expect(unit).toMatchObject({ index: 0, isRoot: true, mode: 'build', platform: null, features: [], dependencies: [] });
    expect(unit.target).toEqual({
      kinds: ['lib'],
      crateTypes: ['lib'],
      name: 'one',
      sourcePath: join(root, 'src/lib.rs'),
      edition: '2021',
      harness: true,
      requiredFeatures: [],
    });
    expect(unit.package).toMatchObject({ root, source: { kind: 'path' }, isWorkspaceMember: true, rustVersion: '1.70' });
    expect(unit.package.declaredFeatures).toEqual(['a', 'opt', 'z']);
    expect(unit.package.packageVariables).toEqual({
      CARGO_PKG_AUTHORS: 'A <a@x>:B',
      CARGO_PKG_DESCRIPTION: 'two\nlines',
      CARGO_PKG_HOMEPAGE: '',
      CARGO_PKG_LICENSE: '',
      CARGO_PKG_LICENSE_FILE: 'L',
      CARGO_PKG_NAME: 'one',
      CARGO_PKG_README: 'README.md',
      CARGO_PKG_REPOSITORY: '',
      CARGO_PKG_RUST_VERSION: '1.70',
      CARGO_PKG_VERSION: '1.2.3-beta.1+meta',
      CARGO_PKG_VERSION_MAJOR: '1',
      CARGO_PKG_VERSION_MINOR: '2',
      CARGO_PKG_VERSION_PATCH: '3',
      CARGO_PKG_VERSION_PRE: 'beta.1',
    });
  });

  test('knows the harness of each target', async () => {
    const root = temporaryFiles({
      ...single,
      'Cargo.toml': manifest(
        'one',
        '[lib]\nharness = false\n[[test]]\nname = "own"\nharness = false\n[[bench]]\nname = "b"\nharness = false',
      ),
      'tests/own.rs': 'fn main() {}',
      'tests/usual.rs': '',
      'benches/b.rs': 'fn main() {}',
    });
    const tests = facts(await gather(root, { selection: { command: 'test', targets: ['--all-targets'], profile: 'test' } }));
    const harness = tests.graph.units.filter((unit) => unit.mode === 'test').map((unit) => [unit.target.name, unit.target.harness]);
    expect(Object.fromEntries(harness)).toEqual({ one: false, own: false, usual: true, b: false });
  });

  test('links build scripts by `links` and keeps dev-dependencies out', async () => {
    const root = temporaryFiles({
      'Cargo.toml': '[workspace]\nmembers = ["*"]\nresolver = "2"',
      'Cargo.lock':
        'version = 4\n\n[[package]]\nname = "a"\nversion = "0.1.0"\ndependencies = [\n "dev",\n "sys",\n]\n\n[[package]]\nname = "dev"\nversion = "0.1.0"\n\n[[package]]\nname = "sys"\nversion = "0.1.0"\n',
      'a/Cargo.toml': manifest(
        'a',
        '[dependencies]\nnative = { path = "../sys", package = "sys" }\n[dev-dependencies]\ndev = { path = "../dev" }',
      ),
      'a/src/lib.rs': '',
      'dev/Cargo.toml': manifest('dev'),
      'dev/src/lib.rs': '',
      'sys/Cargo.toml': manifest('sys', 'links = "z"\nbuild = "build.rs"'),
      'sys/build.rs': 'fn main() {}',
      'sys/src/lib.rs': '',
    });
    const result = await gather(root);
    const unit = unitOf(result, 'a');
    expect(unit.dependencies.map((dependency) => dependency.externCrateName)).toEqual(['native']);
    const sys = unitOf(result, 'sys');
    expect(sys.package.links).toBe('z');
    expect(sys.package.targets.map((target) => target.kinds[0])).toEqual(['lib', 'custom-build']);
    expect(facts(result).packageDependencies[unit.package.id]).toEqual([sys.package.id]);
  });

  test('with a path dependency beside the repository is anchored above both', async () => {
    const root = temporaryFiles({
      'repo/Cargo.toml': manifest('one', '[dependencies]\nbeside = { path = "../beside" }'),
      'repo/Cargo.lock':
        'version = 4\n\n[[package]]\nname = "beside"\nversion = "0.1.0"\n\n[[package]]\nname = "one"\nversion = "0.1.0"\ndependencies = [\n "beside",\n]\n',
      'repo/src/lib.rs': '',
      'beside/Cargo.toml': manifest('beside'),
      'beside/src/lib.rs': '',
    });
    const result = await gather(join(root, 'repo'));
    expect(facts(result).sourceAnchor).toBe(root);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "warning[F0217] (input): path dependency \`beside\` lies outside the repository
        path: [ROOT]/beside
      hint: its results are only shared with checkouts that have it at the same relative place; move it into the repository, or use a git dependency"
    `);
  });
});

describe('the platform', () => {
  const host = toolchain.host;

  test('without a target is the host, and flags reach it', async () => {
    const root = temporaryFiles({
      ...single,
      '.cargo/config.toml': `[target.'cfg(unix)']\nrustflags = ["--cfg", "mine"]\nlinker = "tools/ld"`,
    });
    const found = facts(await gather(root));
    expect(found).toMatchObject({ requestedTarget: undefined, targets: {}, workspaceRoot: root });
    expect(found.host).toMatchObject({ triple: host, rustflags: ['--cfg', 'mine'], linker: join(root, 'tools/ld'), runner: undefined });
    expect(found.host.cfg).toContain('mine');
    expect(found.host.cfg).not.toContain('proc_macro');
    expect(found.host.fileNames).toMatchObject({ rlib: { prefix: 'lib', suffix: '.rlib' } });
  });

  test('with a target, even the host itself, leaves the host without flags', async () => {
    const root = temporaryFiles(single);
    const found = facts(await gather(root, { selection: { target: host }, variables: { RUSTFLAGS: '--cfg mine' } }));
    expect(found.requestedTarget).toBe(host);
    expect(found.host.rustflags).toEqual([]);
    expect(found.host.cfg).not.toContain('mine');
    expect(found.targets[host]).toMatchObject({ rustflags: ['--cfg', 'mine'] });
    expect(found.graph.units.map((unit) => unit.platform)).toEqual([host]);
  });

  test('can come from `build.target` of the configuration', async () => {
    const root = temporaryFiles({ ...single, '.cargo/config.toml': `build.target = "${host}"` });
    expect(facts(await gather(root)).requestedTarget).toBe(host);
  });

  test('takes the profile root from the chain of `inherits`, the configuration first', async () => {
    const root = temporaryFiles({
      ...single,
      'Cargo.toml': manifest('one', '[profile.dist]\ninherits = "fast"\n[profile.fast]\ninherits = "release"'),
    });
    const selection = { profile: 'dist' };
    expect(facts(await gather(root, { selection }))).toMatchObject({
      profileName: 'dist',
      profileRoot: 'release',
      profileDirectory: 'dist',
    });
    const changed = await gather(root, { selection, variables: { CARGO_PROFILE_FAST_INHERITS: 'dev' } });
    expect(facts(changed).profileRoot).toBe('debug');
  });

  test('does not run a compiler wrapper, and says so', async () => {
    const root = temporaryFiles({ ...single, '.cargo/config.toml': 'build.rustc-workspace-wrapper = "/nowhere/clippy"' });
    const result = await gather(root, { variables: { RUSTC_WRAPPER: '/nowhere/sccache' } });
    expect(facts(result).graph.units).toHaveLength(1);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "warning[F0220] (input): the compiler wrapper \`/nowhere/sccache\` is not used: Ferrule caches every unit itself

      warning[F0220] (input): the compiler wrapper \`/nowhere/clippy\` is not used: Ferrule caches every unit itself"
    `);
  });
});

describe('what was read', () => {
  test('names every file and directory that could change the answer, and no source file', async () => {
    const root = temporaryFiles({
      'Cargo.toml': '[workspace]\nmembers = ["crates/*", "tools/*/rust"]\nresolver = "2"',
      'Cargo.lock': lockOf('one', 'two'),
      'crates/one/Cargo.toml': manifest('one'),
      'crates/one/src/lib.rs': '',
      'crates/one/tests/big/main.rs': '',
      'tools/x/rust/Cargo.toml': manifest('two'),
      'tools/x/rust/src/main.rs': 'fn main() {}',
      'tools/y/readme': '',
    });
    const result = await gather(root, { variables: { CARGO_HOME: join(root, 'home') } });
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
    const below = (paths: readonly string[]): readonly string[] =>
      paths.filter((path) => path.startsWith(`${root}/`)).map((path) => path.slice(root.length + 1));
    expect(below(result.value.read.contents)).toMatchInlineSnapshot(`
      [
        ".cargo/config",
        ".cargo/config.toml",
        "Cargo.lock",
        "Cargo.toml",
        "crates/Cargo.toml",
        "crates/one/Cargo.toml",
        "home/config",
        "home/config.toml",
        "tools/Cargo.toml",
        "tools/x/Cargo.toml",
        "tools/x/rust/Cargo.toml",
      ]
    `);
    expect(below(result.value.read.listings)).toMatchInlineSnapshot(`
      [
        "crates",
        "crates/one/benches",
        "crates/one/examples",
        "crates/one/src/bin",
        "crates/one/tests",
        "tools",
        "tools/x/rust/benches",
        "tools/x/rust/examples",
        "tools/x/rust/src/bin",
        "tools/x/rust/tests",
      ]
    `);
    expect(below(result.value.read.presence)).toMatchInlineSnapshot(`
      [
        "crates/one/build.rs",
        "crates/one/src/lib.rs",
        "crates/one/src/main.rs",
        "crates/one/tests/big/main.rs",
        "tools/x/rust/build.rs",
        "tools/x/rust/src/lib.rs",
        "tools/x/rust/src/main.rs",
        "tools/y/rust/Cargo.toml",
      ]
    `);
  });
});

describe('a vendored workspace', () => {
  test('keeps registry packages as such, with the checksum of the lock', async () => {
    const checksum = 'a'.repeat(64);
    const root = temporaryFiles({
      'Cargo.toml': manifest('one', '[dependencies]\nthird = "1"'),
      'Cargo.lock': `version = 4\n\n[[package]]\nname = "one"\nversion = "0.1.0"\ndependencies = [\n "third",\n]\n\n[[package]]\nname = "third"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${checksum}"\n`,
      'src/lib.rs': '',
      'vendor/third/Cargo.toml': manifest('third', '[lints.rust.unexpected_cfgs]\nlevel = "allow"\ncheck-cfg = ["cfg(x)"]').replace(
        '0.1.0',
        '1.0.0',
      ),
      'vendor/third/src/lib.rs': '',
      'vendor/third/.cargo-checksum.json': JSON.stringify({ files: {}, package: checksum }),
      '.cargo/config.toml': '[source.crates-io]\nreplace-with = "v"\n[source.v]\ndirectory = "vendor"',
    });
    const third = unitOf(await gather(root), 'third').package;
    expect(third).toMatchObject({
      root: join(root, 'vendor/third'),
      source: { kind: 'registry', registry: 'https://github.com/rust-lang/crates.io-index', checksum },
      lintFlags: ['--allow=unexpected_cfgs', '--check-cfg', 'cfg(x)'],
      isWorkspaceMember: false,
    });
  });
});

describe('a git dependency', () => {
  test('knows its address, revision and checkout, and inherits lints from its own workspace', async () => {
    const root = temporaryFiles({
      'origin/Cargo.toml': '[workspace]\nmembers = ["crates/*"]\n[workspace.lints.rust]\ndead_code = "allow"',
      'origin/crates/g/Cargo.toml': manifest('g', '[lints]\nworkspace = true'),
      'origin/crates/g/src/lib.rs': '',
      'repo/src/lib.rs': '',
    });
    const git = (...words: readonly string[]): string => gitOutput(join(root, 'origin'), words);
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@x', 'commit', '-qm', 'x');
    const revision = git('rev-parse', 'HEAD').trim();
    const url = `file://${join(root, 'origin')}`;
    writeFileSync(join(root, 'repo/Cargo.toml'), manifest('one', `[dependencies]\ng = { git = "${url}", branch = "main" }`));
    const variables = { CARGO_HOME: join(root, 'home') };
    cargo(join(root, 'repo'), ['generate-lockfile'], variables);
    const result = await gather(join(root, 'repo'), { variables });
    const pkg = unitOf(result, 'g').package;
    expect(pkg).toMatchObject({ lintFlags: ['--allow=dead_code'], source: { kind: 'git', url, revision } });
    const checkout = pkg.source.kind === 'git' ? pkg.source.checkout : '';
    expect(pkg.root).toBe(join(checkout, 'crates/g'));
    expect(checkout).toMatch(new RegExp(`/git/checkouts/origin-[0-9a-f]{16}/${revision.slice(0, 7)}$`));
  });

  test('is fetched when it is not on this machine, with progress, and refused offline', async () => {
    const root = temporaryFiles({ 'origin/Cargo.toml': manifest('g'), 'origin/src/lib.rs': '', 'repo/src/lib.rs': '' });
    const git = (...words: readonly string[]): string => gitOutput(join(root, 'origin'), words);
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@x', 'commit', '-qm', 'x');
    const url = `file://${join(root, 'origin')}`;
    writeFileSync(join(root, 'repo/Cargo.toml'), manifest('one', `[dependencies]\ng = { git = "${url}" }`));
    cargo(join(root, 'repo'), ['generate-lockfile'], { CARGO_HOME: join(root, 'other') });
    const variables = { CARGO_HOME: join(root, 'home') };
    const refused = await gather(join(root, 'repo'), { variables });
    expect(refused).toMatchObject({ ok: false, diagnostics: [{ code: 'F0321', blame: 'input' }] });
    const progress: string[] = [];
    const fetched = await gather(join(root, 'repo'), { variables, offline: false, onProgress: (text) => progress.push(text) });
    expect(unitOf(fetched, 'g').package.source.kind).toBe('git');
    expect(progress).toEqual([`Updating git repository \`${url}\``]);
  });
});

function gitOutput(directory: string, words: readonly string[]): string {
  return execFileSync('git', words, { cwd: directory, encoding: 'utf8' });
}

function names(result: Awaited<ReturnType<typeof gather>>): readonly string[] {
  return facts(result).graph.units.map((unit) => unit.target.name);
}

describe('a selection', () => {
  test('of one member with a feature of its own finds the optional dependency behind it', async () => {
    const root = temporaryFiles({
      'Cargo.toml': '[workspace]\nmembers = ["a", "b"]\nexclude = ["opt"]\nresolver = "2"',
      'Cargo.lock':
        'version = 4\n\n[[package]]\nname = "a"\nversion = "0.1.0"\ndependencies = [\n "opt",\n]\n\n[[package]]\nname = "b"\nversion = "0.1.0"\n\n[[package]]\nname = "opt"\nversion = "0.1.0"\n',
      'a/Cargo.toml': manifest(
        'a',
        '[features]\ndefault = []\nfoo = ["dep:opt"]\n[dependencies]\nopt = { path = "../opt", optional = true }',
      ),
      'a/src/lib.rs': '',
      'b/Cargo.toml': manifest('b'),
      'b/src/lib.rs': '',
      'opt/Cargo.toml': manifest('opt'),
      'opt/src/lib.rs': '',
    });
    expect(names(await gather(root))).toEqual(['a', 'b']);
    expect(names(await gather(root, { selection: { packages: ['a'], features: ['foo'], noDefaultFeatures: true } }))).toEqual(['a', 'opt']);
    expect(names(await gather(root, { selection: { workspace: true, allFeatures: true } }))).toEqual(['a', 'b', 'opt']);
    const pkg = unitOf(await gather(root, { selection: { packages: ['a'] } }), 'a').package;
    expect(pkg.declaredFeatures).toEqual(['default', 'foo']);
  });

  test('of tests, benches and checks gives units of those modes', async () => {
    const root = temporaryFiles({ ...single, 'tests/t.rs': '', 'benches/b.rs': '', 'examples/e.rs': 'fn main() {}' });
    const modes = async (selection: Parameters<typeof gather>[1]): Promise<readonly string[]> =>
      facts(await gather(root, selection))
        .graph.units.map((unit) => `${unit.mode} ${unit.target.kinds.join()} ${unit.target.name}`)
        .toSorted();
    expect(await modes({ selection: { command: 'test', profile: 'test' } })).toEqual([
      'build example e',
      'build lib one',
      'doctest lib one',
      'test lib one',
      'test test t',
    ]);
    expect(await modes({ selection: { command: 'bench', profile: 'bench', targets: ['--benches'] } })).toContain('test bench b');
    expect(await modes({ selection: { command: 'check', targets: ['--lib'] } })).toEqual(['check lib one']);
  });
});
