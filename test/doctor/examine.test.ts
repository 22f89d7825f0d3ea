import { describe, expect, test } from 'vitest';
import { examineRepository } from '../../src/doctor/examine.ts';
import type { NativeMachine } from '../../src/doctor/system-libraries.ts';
import { TemporaryDirectory } from '../end-to-end/checkout.ts';
import { examine, PINNED, WORKSPACE } from './examined.ts';

test('a repository with nothing to say about is left alone', async () => {
  expect((await examine(WORKSPACE)).found).toEqual([]);
});

describe('locks', () => {
  test('a manifest without its lock is no member', async () => {
    const files = {
      ...WORKSPACE,
      'tools/x/Cargo.toml': '[package]\nname = "x"\nversion = "1.0.0"\n',
      'z/Cargo.toml': '[workspace]\n\n[package]\nname = "z"\nversion = "1.0.0"\n',
      'py/pyproject.toml': '[project]\nname = "py"\n',
      'py/poetry.lock': '',
    };
    expect((await examine(files)).found).toEqual([
      'F1100 `py/pyproject.toml` has no `uv.lock`: it is no member, and nothing of it is built',
      'F1100 `tools/x/Cargo.toml` lies in a workspace that does not have it as a member: cargo refuses it, and nothing of it is built',
      'F1100 `z/Cargo.toml` has no `Cargo.lock`: it is no member, and nothing of it is built',
    ]);
  });

  test('where there is nothing else to build, a missing lock is the error, said once', async () => {
    const files = { 'ferrule.toml': '', 'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n', 'src/main.rs': '' };
    expect((await examine(files)).found).toEqual(['F1100! `Cargo.toml` has no `Cargo.lock`: it is no member, and nothing of it is built']);
  });

  test('a project in the form of Poetry alone', async () => {
    const files = { ...WORKSPACE, 'py/pyproject.toml': '[tool.poetry]\nname = "x"\n\n[tool.poetry.dependencies]\npython = "^3.11"\n' };
    expect((await examine(files)).found).toEqual([
      "F1100 `py/pyproject.toml` has Poetry's own tables and no `[project]`: neither uv nor Ferrule reads them, and nothing of it is built",
    ]);
  });

  test('what a workspace excludes, what others use by path and what a uv workspace holds needs none', async () => {
    const files = {
      ...WORKSPACE,
      'Cargo.toml': '[workspace]\nmembers = ["crates/*"]\nexclude = ["forge"]\n',
      'forge/x/Cargo.toml': '[package]\nname = "x"\nversion = "1.0.0"\n',
      'uv.lock': 'version = 1\nrequires-python = ">=3.11"\n',
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["py/*"]\n',
      'py/a/pyproject.toml': '[project]\nname = "a"\n',
    };
    expect((await examine(files)).found).toEqual([]);
  });

  test('a lock that git ignores is named with the line that does it', async () => {
    expect((await examine({ ...WORKSPACE, '.gitignore': '# built\ntarget/\nCargo.lock\n' })).found).toEqual([
      'F1101 .gitignore:3 git ignores `Cargo.lock`: another checkout does not have it, and resolves to something else',
    ]);
  });

  test('a flake without a lock', async () => {
    const files = { ...WORKSPACE, 'flake.nix': '{ inputs.nixpkgs.url = "github:NixOS/nixpkgs"; outputs = _: { }; }\n' };
    expect((await examine(files)).found).toEqual(['F1100 `flake.nix` has no `flake.lock`: its inputs are whatever they are today']);
  });
});

describe('files from outside a crate', () => {
  test('what a crate compiles in from elsewhere is shown where it is named', async () => {
    const files = {
      ...WORKSPACE,
      'migrations/1.sql': '',
      'shared/kinds.rs': '',
      'crates/app/src/main.rs':
        'const SQL: &str = include_str!("../../../migrations/1.sql");\n#[path = "../../../shared/kinds.rs"]\nmod kinds;\nconst HERE: &str = include_str!("main.rs");\n',
    };
    const examined = await examine(files);
    expect(examined.found).toEqual([
      'F1102 crates/app/src/main.rs:1 `app` compiles in 2 files from outside of its directory: `migrations/1.sql` is one',
    ]);
    expect(examined.related).toEqual(['crates/app/src/main.rs:2 `shared/kinds.rs`']);
  });

  test('a file outside of the repository is an error', async () => {
    const files = {
      ...WORKSPACE,
      'crates/app/src/main.rs': 'const KEY: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../key.bin"));\n',
    };
    expect((await examine(files, { beside: { 'key.bin': '' } })).found).toEqual([
      'F1102! crates/app/src/main.rs:1 `app` compiles in `../key.bin`, which lies outside of the repository',
    ]);
  });

  test('a readme that lies elsewhere', async () => {
    const files = {
      ...WORKSPACE,
      'crates/core/Cargo.toml': '[package]\nname = "core"\nversion = "0.1.0"\nreadme = "../../README.md"\n',
      'py/pyproject.toml': '[project]\nname = "py"\nreadme = { file = "../README.md" }\n',
      'py/uv.lock': 'version = 1\nrequires-python = ">=3.11"\n',
    };
    expect((await examine(files)).found).toEqual([
      'F1103 crates/core/Cargo.toml:4 `crates/core/Cargo.toml` names `README.md`, which lies outside of its directory',
      'F1103 py/pyproject.toml:3 `py/pyproject.toml` names `README.md`, which lies outside of its directory',
    ]);
  });

  test('a crate used by path from outside the repository is an error, and one from outside a flake a warning', async () => {
    const files = {
      ...PINNED,
      'desktop/flake.nix': '{ outputs = _: { }; }',
      'desktop/Cargo.lock': 'version = 4\n',
      'desktop/Cargo.toml':
        '[package]\nname = "desktop"\nversion = "0.1.0"\n\n[dependencies]\nshared-types = { path = "../shared-types" }\n\n[dev-dependencies]\nelsewhere = { path = "../../elsewhere" }\n',
      'desktop/src/main.rs': '',
      'shared-types/Cargo.toml': '[package]\nname = "shared-types"\nversion = "0.1.0"\n',
    };
    expect((await examine(files)).found).toEqual([
      'F1118 desktop/Cargo.toml:6 `shared-types` lies at `shared-types`, outside of what `desktop/flake.nix` can copy with `src = ./.`',
      'F1118! desktop/Cargo.toml:9 `elsewhere` lies outside of the repository, at `../elsewhere`',
    ]);
  });
});

describe('what is not pinned', () => {
  test('the toolchain', async () => {
    const { 'rust-toolchain.toml': _, ...files } = WORKSPACE;
    expect((await examine(files)).found).toEqual([
      'F1104 no `rust-toolchain.toml` says which compiler is meant: two machines share results only if theirs are the same',
    ]);
    expect((await examine({ ...files, 'rust-toolchain.toml': '[toolchain]\nchannel = "nightly"\n' })).found).toEqual([
      'F1104 rust-toolchain.toml:2 `nightly` is another compiler after every update',
    ]);
    expect((await examine({ ...files, 'rust-toolchain': 'nightly-2026-05-20\n' })).found).toEqual([]);
  });

  test('the interpreter', async () => {
    const files = {
      'ferrule.toml': '',
      'pyproject.toml': '[project]\nname = "py"\n',
      'uv.lock': 'version = 1\nrequires-python = ">=3.11"\n',
    };
    expect((await examine(files)).found).toEqual([
      'F1104 no `.python-version` says which Python is meant: it is the newest that is installed and fits',
    ]);
    expect((await examine({ ...files, 'ferrule.toml': '[python]\ninterpreter = "3.12"\n' })).found).toEqual([]);
  });

  test('the content of git dependencies, until `ferrule.lock` has it', async () => {
    const commit = 'db23b3d0'.repeat(5);
    const source = `source = "git+https://forge.example/mdk?rev=${commit}#${commit}"`;
    const files = {
      ...WORKSPACE,
      'Cargo.lock': `version = 4\n\n[[package]]\nname = "mdk-core"\nversion = "0.7.1"\n${source}\n\n[[package]]\nname = "mdk"\nversion = "0.7.1"\n${source}\n`,
    };
    const examined = await examine(files);
    expect(examined.found).toEqual([
      'F1105 Cargo.lock:6 the git dependency `https://forge.example/mdk` has a commit and no hash of its content',
    ]);
    const lock = `version = 1\n\n[[git]]\nurl = "https://forge.example/mdk"\nrev = "${commit}"\ntree = "sha256:${'0'.repeat(64)}"\n`;
    expect((await examine({ ...files, 'ferrule.lock': lock })).found).toEqual([]);
  });
});

test('build systems, until `ferrule.lock` has them', async () => {
  const wheels = 'wheels = [{ url = "https://registry.example/b-1-py3-none-any.whl", hash = "sha256:00" }]';
  const files = {
    ...PINNED,
    'pyproject.toml':
      '[project]\nname = "py"\nversion = "1"\n\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
    'uv.lock': `version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://registry.example/simple" }\nsdist = { url = "https://registry.example/a-1.tar.gz", hash = "sha256:00" }\n\n[[package]]\nname = "b"\nversion = "1"\nsource = { registry = "https://registry.example/simple" }\nsdist = { url = "https://registry.example/b-1.tar.gz", hash = "sha256:00" }\n${wheels}\n`,
  };
  const examined = await examine(files);
  expect(examined.found).toEqual([
    'F1115 pyproject.toml:6 something here is built by a Python backend, and no lock says with which version of it',
  ]);
  expect(examined.facts).toEqual([
    ['projects', '.'],
    ['without a wheel', 'a'],
  ]);
  const lock = 'version = 1\n\n[[build-system]]\nrequires = ["hatchling"]\npackages = []\n';
  expect((await examine({ ...files, 'ferrule.lock': lock })).found).toEqual([]);
});

test('build scripts that reach for the network or for git', async () => {
  const files = {
    ...WORKSPACE,
    'Cargo.lock': `${WORKSPACE['Cargo.lock'] ?? ''}\n[[package]]\nname = "v8"\nversion = "130.0.0"\n`,
    'crates/app/Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\n\n[build-dependencies]\nureq = "3"\n',
    'crates/app/build.rs':
      'fn main() {\n    Command::new("git").arg("describe");\n    Command::new("npm").arg("ci");\n    Command::new("cargo").arg("--version").output();\n}\n',
  };
  expect((await examine(files)).found).toEqual([
    'F1110 Cargo.lock:12 the build script of `v8` downloads, and a sandbox has no network',
    'F1110 crates/app/Cargo.toml:6 the build script of `app` has `ureq` to reach the network with, and a sandbox has none',
    'F1110 crates/app/build.rs:2 the build script of `app` starts `git`, and a sandbox has no `.git`',
    'F1110 crates/app/build.rs:3 the build script of `app` starts `npm`, which fetches, and a sandbox has no network',
  ]);
});

test('system libraries that crates need and this machine has not, with the packages that bring them', async () => {
  const machine: NativeMachine = {
    platform: { triple: 'x86_64-unknown-linux-gnu', cfg: new Set(['unix', 'target_os="linux"', 'target_vendor="unknown"']) },
    libraryPlaces: { pkgConfig: [], libraries: [] },
    toolPlaces: { path: [], triple: 'x86_64-unknown-linux-gnu', libclangPath: undefined },
    isSet: () => false,
  };
  const registry = 'source = "registry+https://registry.example/index"\n';
  const files = { ...WORKSPACE, 'Cargo.lock': `version = 4\n\n[[package]]\nname = "openssl-sys"\nversion = "0.9.104"\n${registry}` };
  const examined = await examine(files, { machine });
  expect(examined.found).toEqual([
    'F1111 Cargo.lock:4 `openssl-sys` needs the program `pkg-config`, and it is not installed',
    'F1111 Cargo.lock:4 `openssl-sys` needs the system library `openssl`, and it is not installed',
  ]);
  expect(examined.hints[0]).toBe('Debian: apt install pkg-config');
  expect(examined.hints.at(-1)).toBe(
    "with the crate's feature `vendored` or `aws-lc` or `aws-lc-fips` or `unstable_boringssl` it may not be needed",
  );
});

test('where there is no repository there is nothing to look at', async () => {
  using place = new TemporaryDirectory();
  expect(await examineRepository({ directory: place.path, machine: undefined })).toBeUndefined();
});
