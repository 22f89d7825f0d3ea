import { describe, expect, test } from 'vitest';
import type { Files } from '../end-to-end/checkout.ts';
import { examine, PINNED, WORKSPACE } from './examined.ts';

/** The commit of a git dependency. */
const MDK = 'ca0663e5'.repeat(5);

const CRANE = `{
  inputs.crane.url = "github:ipetkov/crane";
  outputs = { self, nixpkgs, crane }:
    let
      mkPhSrc = lib: lib.fileset.toSource {
        root = ./.;
        fileset = lib.fileset.unions [
          ./Cargo.toml
          ./Cargo.lock
          ./crates/app
        ];
      };
      ph = {
        cargoLock = ./Cargo.lock;
        outputHashes = {
          "git+https://forge.example/mdk?rev=ca0663e#${MDK}" = "sha256-qPCxLw0wVvuf3IvQvhzlAQ1rAXmUuUBWB9qRVBJHbXM=";
        };
        cargoExtraArgs = "--locked -p ph"; # only "sha256-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB="
      };
      pikaci = {
        outputHashes = {
          "git+https://forge.example/mdk?rev=ca0663e#${MDK}" = "sha256-qPCxLw0wVvuf3IvQvhzlAQ1rAXmUuUBWB9qRVBJHbXM=";
        };
        preBuild = ''
          export CARGO_TARGET_DIR="\${ph.cargoArtifacts}/target"
        '';
      };
    in { };
}
`;

/** A lock with a git dependency, whose commit is in two packages. */
const GIT_LOCK = `${WORKSPACE['Cargo.lock'] ?? ''}
[[package]]
name = "mdk"
version = "0.3.0"
source = "git+https://forge.example/mdk?rev=ca0663e#${MDK}"

[[package]]
name = "mdk-macros"
version = "0.3.0"
source = "git+https://forge.example/mdk?rev=ca0663e#${MDK}"
`;
const GIT_PINNED: Files = {
  'ferrule.lock': `version = 1\n\n[[git]]\nurl = "https://forge.example/mdk"\nrev = "${MDK}"\ntree = "sha256:${'0'.repeat(64)}"\n`,
};

describe('a flake of the crane kind', () => {
  test('hashes written again, cargo building into the store, and a source that leaves out a member', async () => {
    const examined = await examine({ ...WORKSPACE, ...GIT_PINNED, 'Cargo.lock': GIT_LOCK, 'flake.nix': CRANE, 'flake.lock': '{}' });
    expect(examined.found).toEqual([
      'F1114 flake.nix:7 this source leaves out `crates/core`, which the workspace has as a member',
      `F1106 flake.nix:16 the same hash is written 2 times: that of \`git+https://forge.example/mdk?rev=ca0663e#${MDK}\``,
      'F1112 flake.nix:25 cargo is told to build into the store, which cannot be written: it fails, or builds everything again elsewhere',
    ]);
  });

  test('a source that leaves out files which are compiled in', async () => {
    const files = {
      ...WORKSPACE,
      'flake.lock': '{}',
      'flake.nix': '{ inputs = { }; outputs = { crane, ... }: { src = crane.cleanCargoSource (crane.path ./.); }; }\n',
      'crates/app/templates/page.html': '',
      'crates/app/src/main.rs': 'const PAGE: &str = include_str!("../templates/page.html");\n',
    };
    const examined = await examine(files);
    expect(examined.found).toEqual(['F1114 flake.nix:1 this source leaves out a file that is compiled in']);
    expect(examined.facts).toEqual([['left out', 'crates/app/templates/page.html']]);
    const filtered =
      'fileset = lib.fileset.unions [ (craneLib.fileset.commonCargoSources ./.) (lib.fileset.maybeMissing ./crates/app/templates) ];';
    expect((await examine({ ...files, 'flake.nix': `{ inputs = { }; outputs = _: { ${filtered} }; }\n` })).found).toEqual([]);
  });
});

/** `app` compiles in `crates/app/migrations/1.sql`, and a flake makes its source as `body` says. */
const filtered = (body: string): Files => ({
  ...WORKSPACE,
  'flake.lock': '{}',
  'flake.nix': `{ inputs = { }; outputs = { self, lib, craneLib, ... }: let\n${body}\nin { }; }\n`,
  'crates/app/migrations/1.sql': '',
  'crates/app/src/main.rs': 'const SQL: &str = include_str!("../migrations/1.sql");\n',
});

describe('filters of sources as people write them', () => {
  const leavesOut: Readonly<Record<string, string>> = {
    "crane's own": 'src = craneLib.cleanCargoSource self.outPath;',
    'a suffix that is another one': String.raw`src = lib.cleanSourceWith { src = ./.; filter = path: type: (lib.hasSuffix "\.html" path) || (craneLib.filterCargoSources path type); };`,
    'an infix, with names brought in': `src = with lib; cleanSourceWith { src = self; filter = path: type: hasInfix "/resources/" path || craneLib.filterCargoSources path type; };`,
    'a pattern under a name': `isDoc = path: _type: builtins.match ".*md$" path != null;
      keep = path: type: (isDoc path type) || (craneLib.filterCargoSources path type);
      src = lib.cleanSourceWith { src = craneLib.path ./.; filter = keep; name = "source"; };`,
    'patterns of all there is': String.raw`src = lib.sourceByRegex ./. [ "Cargo\.(toml|lock)" "crates(/[^.]*)?" ".*\\.(rs|toml)" ''rust-toolchain\.toml'' ];`,
    'a root under a name': `root = ./.; fileset = lib.fileset.unions [ (craneLib.fileset.commonCargoSources root) (lib.fileset.fileFilter (file: file.hasExt "html") root) ];`,
  };
  test.each(Object.entries(leavesOut))('%s leaves out what is compiled in', async (_, body) => {
    expect((await examine(filtered(body))).found).toEqual([
      expect.stringMatching(/^F1114 flake\.nix:\d this source leaves out a file that is compiled in$/),
    ]);
  });

  const keeps: Readonly<Record<string, string>> = {
    'its suffix': String.raw`src = lib.cleanSourceWith { src = ./.; filter = path: type: (lib.hasSuffix "\.sql" path) || (craneLib.filterCargoSources path type); };`,
    'a pattern of suffixes': String.raw`src = lib.cleanSourceWith { src = ./.; filter = path: type: (builtins.match ".*\\.(css|sql)$" path != null) || craneLib.filterCargoSources path type; };`,
    'an infix': `src = lib.cleanSourceWith { src = ./.; filter = path: type: (lib.hasInfix "/migrations/" path) || (craneLib.filterCargoSources path type); };`,
    'a condition that is not understood': `src = lib.cleanSourceWith { src = ./.; filter = path: type: (lib.any (suffix: lib.hasSuffix suffix path) suffixes) || (craneLib.filterCargoSources path type); };`,
    'a part from elsewhere': 'fileset = lib.fileset.unions [ (craneLib.fileset.commonCargoSources ./.) extraFiles ];',
    'a source of another directory': 'src = craneLib.cleanCargoSource inputs.other; manifest = ./Cargo.toml;',
    'what is taken away': 'fileset = lib.fileset.difference ./. (lib.fileset.unions [ ./Cargo.toml ./crates/app ]);',
  };
  test.each(Object.entries(keeps))('nothing is said of %s', async (_, body) => {
    expect((await examine(filtered(body))).found).toEqual([]);
  });

  test('a workspace whose members are a glob is content with those that are taken, and with a list made for each crate', async () => {
    const alone = { 'crates/app/Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n' };
    const glue = filtered('fileset = lib.fileset.unions [ ./Cargo.toml ./Cargo.lock ./crates/app ];');
    expect((await examine({ ...glue, ...alone })).found).toEqual([]);
    expect((await examine({ ...glue, ...alone, 'Cargo.toml': '[workspace]\nmembers = ["crates/app", "crates/core"]\n' })).found).toEqual([
      'F1114 flake.nix:2 this source leaves out `crates/core`, which the workspace has as a member',
    ]);
    const forEach = 'setFor = crate: lib.fileset.unions [ ./Cargo.toml ./Cargo.lock (craneLib.fileset.commonCargoSources crate) ];';
    expect((await examine(filtered(forEach))).found).toEqual([]);
  });
});

test('a target directory that is none of the store, placeholders of hashes and generated files are left alone', async () => {
  const placeholder = `sha256-${'A'.repeat(43)}=`;
  const files = {
    ...WORKSPACE,
    'flake.lock': '{}',
    'flake.nix': `{ inputs = { }; outputs = { ... }: {
      a.CARGO_TARGET_DIR = "\${config.env.DEVENV_ROOT}/target"; b.shellHook = "export CARGO_TARGET_DIR=$PWD/target";
      c.cargoHash = "${placeholder}"; d.cargoHash = "${placeholder}"; }; }\n`,
    'node.nix': `# This file has been generated by node2nix. Do not edit!\n{ a = "sha256-${'b'.repeat(42)}A="; b = "sha256-${'b'.repeat(42)}A="; }\n`,
  };
  expect((await examine(files)).found).toEqual([]);
});

/** A package of nixpkgs with these lines about its lock. */
const packaged = (hashes: string): Files => ({
  ...WORKSPACE,
  ...GIT_PINNED,
  'Cargo.lock': GIT_LOCK,
  'default.nix': `{ rustPlatform, src }: rustPlatform.buildRustPackage { cargoLock = { lockFile = ./Cargo.lock; ${hashes} }; }\n`,
});

describe('hashes of git dependencies in glue', () => {
  const hash = 'sha256-qPCxLw0wVvuf3IvQvhzlAQ1rAXmUuUBWB9qRVBJHbXM=';

  test('one hash for each commit is enough, and nixpkgs refuses one too many', async () => {
    expect((await examine(packaged(`outputHashes = { "mdk-0.3.0" = "${hash}"; };`))).found).toEqual([]);
    const examined = await examine(packaged(`outputHashes = { "mdk-0.2.9" = "${hash}"; };`));
    expect(examined.found).toEqual([
      'F1116 default.nix:1 these hashes do not go with the git dependencies of `Cargo.lock`, and nixpkgs then refuses to build',
    ]);
    expect(examined.facts).toEqual([
      ['without a hash', 'mdk-0.3.0'],
      ['not in `Cargo.lock`', 'mdk-0.2.9'],
    ]);
  });

  test('those under a name count, and what Nix may fetch by itself or what is for a lock from elsewhere does not', async () => {
    const named = await examine(packaged(`outputHashes = hashes; }; hashes = { "mdk-0.2.9" = "${hash}"; `));
    expect(named.facts.at(-1)).toEqual(['not in `Cargo.lock`', 'mdk-0.2.9']);
    expect((await examine(packaged('allowBuiltinFetchGit = true; outputHashes = { };'))).found).toEqual([]);
    const elsewhere = `{ src }: { cargoLock = { lockFile = "\${src}/Cargo.lock"; outputHashes = { "other-1.0.0" = "${hash}"; }; }; }\n`;
    expect((await examine({ ...packaged(''), 'default.nix': elsewhere })).found).toEqual([]);
  });
});

test('a flake of the crate2nix kind whose generated file is behind', async () => {
  const generated = `# This file was @generated by crate2nix 0.14.1.
rec {
  workspaceMembers = { "app" = rec { packageId = "app"; }; };
  crates = {
    "app" = rec {
      crateName = "app";
      version = "0.0.9";
    };
    "itoa" = rec {
      crateName = "itoa";
      version = "1.0.11";
    };
  };
}
`;
  const commit = 'ab'.repeat(20);
  const hashes = `{\n  "git+https://forge.example/quint?rev=${commit}#quint_evaluator@0.2.0": "0000000000000000000000000000000000000000000000000000"\n}\n`;
  const examined = await examine({ ...WORKSPACE, 'Cargo.nix': generated, 'crate-hashes.json': hashes });
  expect(examined.found).toEqual([
    'F1107 Cargo.nix:6 `Cargo.nix` no longer matches `Cargo.lock`',
    'F1107 crate-hashes.json:2 `crate-hashes.json` has hashes of commits that `Cargo.lock` does not name',
  ]);
  expect(examined.facts).toEqual([
    ['only in `Cargo.lock`', 'app 0.1.0, core 0.1.0'],
    ['only in `Cargo.nix`', 'app 0.0.9, itoa 1.0.11'],
  ]);
  const partial = generated.replace('crate2nix 0.14.1.', 'crate2nix 0.14.1 with the command:\n#   "generate" "--no-default-features"');
  expect((await examine({ ...WORKSPACE, 'Cargo.nix': partial })).facts).toEqual([['only in `Cargo.nix`', 'app 0.0.9, itoa 1.0.11']]);
  const current = generated.replace('0.0.9', '0.1.0').replace('"itoa";\n      version = "1.0.11"', '"core";\n      version = "0.1.0"');
  expect((await examine({ ...WORKSPACE, 'Cargo.nix': current })).found).toEqual([]);
});

const uvLock = (name: string, version: string): string =>
  `version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "toolz"\nversion = "${version}"\nsource = { registry = "https://registry.example/simple" }\n\n[[package]]\nname = "${name}"\nversion = "0.1.0"\nsource = { editable = "." }\ndependencies = [{ name = "toolz" }]\n\n[package.metadata]\nrequires-dist = [{ name = "toolz", specifier = ">=1.0" }]\n`;
const uvProject = (name: string): string => `[project]\nname = "${name}"\nversion = "0.1.0"\ndependencies = ["toolz>=1.0"]\n`;
const federation = (other: string): Files => ({
  ...PINNED,
  'packages/pnt-cli/pyproject.toml': uvProject('pnt-cli'),
  'packages/pnt-cli/uv.lock': uvLock('pnt-cli', '1.2.0'),
  'packages/pnt-functional/pyproject.toml': uvProject('pnt-functional'),
  'packages/pnt-functional/uv.lock': uvLock('pnt-functional', other),
  'nix/python.nix': `{ inputs, lib, ... }:
let
load = root: (inputs.uv2nix.lib.workspace.loadWorkspace { workspaceRoot = root; }).mkPyprojectOverlay { sourcePreference = "sdist"; };
in base.overrideScope (lib.composeManyExtensions [
packages.pnt-cli.overlay
packages.pnt-functional.overlay
(final: prev: { numba = prev.numba; })
])
`,
});

describe('a flake of the uv2nix kind', () => {
  test('overlays whose order decides a version, and everything built from sources', async () => {
    const examined = await examine(federation('1.0.0'));
    expect(examined.found).toEqual([
      'F1113 nix/python.nix:3 every distribution is built from its sources, and `uv.lock` does not say with which build systems',
      'F1108 nix/python.nix:4 the order of these overlays decides the version of a dependency',
    ]);
    expect((await examine(federation('1.2.0'))).found.map((line) => line.slice(0, 5))).toEqual(['F1113']);
  });
});

test('overlays are followed through the names of a file to the locks they are made from', async () => {
  const glue = `{ inputs = { }; outputs = { uv2nix, lib, ... }: let
  cli = uv2nix.lib.workspace.loadWorkspace { workspaceRoot = ./packages/pnt-cli; };
  root = ./packages/pnt-functional;
  other = uv2nix.lib.workspace.loadWorkspace { workspaceRoot = root; };
  cliOverlay = cli.mkPyprojectOverlay { sourcePreference = "wheel"; };
  set = base.overrideScope (lib.composeManyExtensions ([ buildSystems.wheel cliOverlay ] ++ more ++ [ (other.mkPyprojectOverlay { }) ]));
in { }; }
`;
  const { 'nix/python.nix': _, ...packages } = federation('1.0.0');
  const examined = await examine({ ...packages, 'flake.lock': '{}', 'flake.nix': glue });
  expect(examined.found).toEqual(['F1108 flake.nix:6 the order of these overlays decides the version of a dependency']);
  expect(examined.facts).toEqual([['toolz', '1.2.0 (packages/pnt-cli), 1.0.0 (packages/pnt-functional); all get 1.0.0']]);
});

const workflow = (key: string): Files => ({
  ...WORKSPACE,
  '.github/workflows/ci.yaml': `jobs:\n  build:\n    steps:\n      - uses: actions/cache@v4\n        with:\n          path: target\n          key: ${key}\n`,
});

const step = (lines: string): Files => ({ ...WORKSPACE, '.github/workflows/ci.yml': `jobs:\n  build:\n    steps:\n${lines}` });
const cache = (path: string, key: string): Files =>
  step(
    `      - name: Cache\n        uses: actions/cache@v4\n        with:\n          path: |\n            ${path}\n          key: ${key}\n`,
  );

describe('keys of caches in workflows', () => {
  test('that miss what the cache depends on', async () => {
    const examined = await examine(workflow("deps-${{ hashFiles('Cargo.lock') }}"));
    expect(examined.found).toEqual([
      'F1109 .github/workflows/ci.yaml:7 this key stays the same when 4 files change that what is cached depends on',
    ]);
    expect(examined.facts).toEqual([
      ['cached', 'target'],
      ['hashed', 'Cargo.lock'],
      ['not hashed', 'Cargo.toml, crates/app/Cargo.toml, crates/core/Cargo.toml, rust-toolchain.toml'],
    ]);
  });

  test('that match no file, and those that have all', async () => {
    expect((await examine(workflow("${{ hashFiles('packages/*/Cargo.lock') }}"))).found).toEqual([
      'F1109 .github/workflows/ci.yaml:7 `packages/*/Cargo.lock` matches no file: the key never changes',
    ]);
    expect((await examine({ ...workflow("${{ hashFiles('tests/*/Cargo.lock') }}"), 'tests/x/Cargo.lock': '' })).found).toEqual([]);
    const whole = "${{ hashFiles('**/Cargo.lock', '**/Cargo.toml') }}-${{ hashFiles('rust-toolchain.toml') }}";
    expect((await examine(workflow(whole))).found).toEqual([]);
  });

  test('of downloads alone, of every commit, with the compiler in them, and conditions that are none', async () => {
    const lock = "${{ hashFiles('**/Cargo.lock') }}";
    for (const files of [
      cache('~/.cargo/registry', lock),
      cache('target', `${lock}-\${{ github.sha }}`),
      cache('target', "${{ steps.rust.outputs.cachekey }}-${{ hashFiles('**/Cargo.lock', '**/Cargo.toml') }}"),
      cache(
        'target',
        ">-\n            ${{ hashFiles('**/Cargo.lock', '**/Cargo.toml') }}-\n            ${{ hashFiles('rust-toolchain.toml') }}",
      ),
      step("      - run: cargo generate-lockfile\n        if: hashFiles('none.lock') == ''\n"),
    ]) {
      expect((await examine(files)).found).toEqual([]);
    }
    expect((await examine(cache('rust/target/', '${{ runner.os }}-cargo'))).found).toEqual([
      'F1109 .github/workflows/ci.yml:9 nothing of the repository is in this key: what was saved first is found ever after',
    ]);
    expect((await examine(cache('target', "${{ hashFiles('**/Cargo.toml') }}"))).facts.at(-1)).toEqual([
      'not hashed',
      'Cargo.lock, rust-toolchain.toml',
    ]);
  });
});
