import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { moduleEnvironment, moduleLinkArguments } from '../../../src/plan/extension-selection.ts';
import { NO_SETTINGS } from '../../../src/python/maturin/settings.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { plannedExtension, storeAt, type Wishes } from './extension-rig.ts';
import { SHARING, writtenRepository } from './fixture.ts';
import { cpython } from './interpreters.ts';

let root = '';
let store: DirectoryStore;

beforeAll(() => {
  root = writtenRepository({
    ...SHARING,
    'Cargo.toml': '[workspace]\nmembers = ["plain", "exact", "stable", "library", "embedding"]\nresolver = "2"\n',
    'library/Cargo.toml': '[package]\nname = "library"\nversion = "0.1.0"\nedition = "2021"\n',
    'library/src/lib.rs': '',
    'embedding/Cargo.toml':
      '[package]\nname = "embedding"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\npyo3-ffi = { version = "=0.29.3" }\n',
    'embedding/src/main.rs': 'fn main() {}\n',
    'alone/Cargo.toml': '[package]\nname = "alone"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n',
    'alone/src/lib.rs': '',
  });
  store = storeAt(`${root}.scratch`);
}, 60_000);
afterAll(() => {
  store.close();
  for (const path of [root, `${root}.scratch`]) rmSync(path, { recursive: true, force: true });
});

async function refused(directory: string, wishes: Wishes = {}): Promise<readonly Partial<Diagnostic>[]> {
  const plan = await plannedExtension({ store, root, directory: join(root, directory), wishes });
  if (plan.ok) throw new Error('it was planned');
  return plan.diagnostics.map(({ code, message, facts, hints }) => ({
    code,
    message: message.replaceAll(root, '$ROOT'),
    ...(facts === undefined ? {} : { facts }),
    ...(hints === undefined ? {} : { hints }),
  }));
}

describe('what is refused', () => {
  test('a library without pyo3 that is no dynamic one', async () => {
    expect(await refused('library')).toMatchInlineSnapshot(`
      [
        {
          "code": "F0995",
          "facts": [
            [
              "package",
              "library v0.1.0",
            ],
          ],
          "hints": [
            "add \`pyo3\` to its dependencies, or check that no feature turns it off",
            "or give its \`[lib]\` the \`crate-type\` \`cdylib\`, for a library that Python opens with cffi",
            "or set \`bindings = "bin"\` in \`[tool.maturin]\` for a wheel of programs",
          ],
          "message": "\`library\` does not use pyo3, so it is no extension module that Ferrule can pack",
        },
      ]
    `);
  });

  test('a stable ABI of a newer Python', async () => {
    expect(await refused('stable', { interpreter: cpython(9) })).toMatchInlineSnapshot(`
      [
        {
          "code": "F0996",
          "facts": [
            [
              "interpreter",
              "3.9.1",
            ],
          ],
          "hints": [
            "use Python 3.10 or newer, or the feature of an older one",
          ],
          "message": "the extension is for Python 3.10 and newer, by its feature \`abi3-py310\`",
        },
      ]
    `);
  });

  test('programs that embed Python', async () => {
    expect(await refused('embedding', { wanted: { kind: 'programs', names: [] } })).toMatchInlineSnapshot(`
      [
        {
          "code": "F0997",
          "hints": [
            "make pyo3 an optional dependency that the programs do not need, or build this wheel with \`maturin build\`",
          ],
          "message": "the programs of \`embedding\` embed Python: such wheels are not built yet",
        },
      ]
    `);
  });

  test('settings of cargo that planning does not follow', async () => {
    const settings = {
      ...NO_SETTINGS,
      cargoConfig: ['profile.release.lto=true', 'build.rustflags=["-Ctarget-cpu=native"]'],
      unstableFlags: ['build-std'],
    };
    expect(await refused('exact', { settings })).toMatchInlineSnapshot(`
      [
        {
          "code": "F0998",
          "facts": [
            [
              "value",
              "build.rustflags=["-Ctarget-cpu=native"]",
            ],
          ],
          "hints": [
            "put the setting into \`.cargo/config.toml\` beside the manifest, where every cargo reads it",
          ],
          "message": "\`config\` of \`[tool.maturin]\` is not supported for these values",
        },
        {
          "code": "F0998",
          "facts": [
            [
              "value",
              "build-std",
            ],
          ],
          "hints": [
            "put the setting into \`.cargo/config.toml\` beside the manifest, where every cargo reads it",
          ],
          "message": "\`unstable-flags\` of \`[tool.maturin]\` is not supported for these values",
        },
      ]
    `);
  });

  test('a manifest without a package, and one that is not there', async () => {
    expect(await refused('.')).toMatchInlineSnapshot(`
      [
        {
          "code": "F0999",
          "hints": [
            "set \`manifest-path\` in \`[tool.maturin]\` to the \`Cargo.toml\` of the package with the module",
          ],
          "message": "the Cargo manifest of a Python project has no package: it only holds a workspace: \`$ROOT/Cargo.toml\`",
        },
      ]
    `);
    expect(await refused('exact/src')).toMatchInlineSnapshot(`
      [
        {
          "code": "F0999",
          "hints": [
            "set \`manifest-path\` in \`[tool.maturin]\` to the \`Cargo.toml\` of the package with the module",
          ],
          "message": "the Cargo manifest of a Python project is not there: \`$ROOT/exact/src/Cargo.toml\`",
        },
      ]
    `);
  });

  test('a package without a lock, in words about the lock', async () => {
    const [diagnostic] = await refused('alone');
    expect(diagnostic?.code).toBe('F0204');
  });
});

test('settings of a profile are planned with', async () => {
  const settings = { ...NO_SETTINGS, cargoConfig: ['profile.release.opt-level=1'] };
  const plan = await plannedExtension({ store, root, directory: join(root, 'exact'), wishes: { settings } });
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics));
  const { plan: planned, files } = plan.value;
  const unit = planned.units[files[0]?.unit ?? -1];
  expect(unit?.kind === 'compile' ? unit.arguments : []).toContain('opt-level=1');
});

test('on macOS the last unit alone hears of what the linker needs', () => {
  expect(moduleLinkArguments('aarch64-apple-darwin', '_core.abi3.so')).toEqual([
    '-C',
    'link-arg=-undefined',
    '-C',
    'link-arg=dynamic_lookup',
    '-C',
    'link-args=-Wl,-install_name,@rpath/_core.abi3.so',
  ]);
  expect(moduleLinkArguments('x86_64-unknown-linux-gnu', '_core.abi3.so')).toEqual([]);
});

test('with musl every crate is compiled for dynamic linking, whatever else is asked of rustc', () => {
  const triple = 'x86_64-unknown-linux-musl';
  expect(moduleEnvironment({}, 'x86_64-unknown-linux-gnu')).toEqual({});
  expect(moduleEnvironment({}, triple)).toEqual({ CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS: '-C target-feature=-crt-static' });
  expect(moduleEnvironment({ RUSTFLAGS: '-C debuginfo=1' }, triple)).toEqual({
    RUSTFLAGS: '-C debuginfo=1 -C target-feature=-crt-static',
  });
  expect(moduleEnvironment({ CARGO_ENCODED_RUSTFLAGS: '-g' }, triple)).toEqual({
    CARGO_ENCODED_RUSTFLAGS: '-g\x1f-C\x1ftarget-feature=-crt-static',
  });
});
