import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Digest } from '../../src/model/digest.ts';
import { findToolchain } from '../../src/rust/cargo/find-toolchain.ts';
import { runProcess } from '../../src/rust/cargo/node-process.ts';
import { rustupChoice } from '../../src/rust/cargo/rustup.ts';
import { hashToolchain } from '../../src/rust/cargo/toolchain-tree.ts';
import { temporaryFiles } from './cargo-fixture.ts';

const HOST = process.arch === 'arm64' ? 'aarch64-unknown-linux-gnu' : 'x86_64-unknown-linux-gnu';

/** rustc and cargo that answer `-vV` and `--print=sysroot` and note each start in `started`. */
function program(root: string, name: string): string {
  return `#!/bin/sh
echo "${name} $*" >> ${join(root, 'started')}
if [ "$1" = --print=sysroot ]; then echo ${join(root, 'sysroot')}; exit; fi
echo "${name} 1.95.0 (abc 2026-01-01)"
echo "release: 1.95.0"
echo "host: ${HOST}"
`;
}

function executable(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function sysroot(root: string, place: string): string {
  executable(join(root, place, 'bin/rustc'), program(root, 'rustc'));
  executable(join(root, place, 'bin/cargo'), program(root, 'cargo'));
  mkdirSync(join(root, place, 'lib/rustlib'), { recursive: true });
  writeFileSync(join(root, place, 'lib/librustc_driver-1.so'), 'driver');
  return join(root, place);
}

/** A rustup home with these toolchains and proxies on PATH. */
function rustup(root: string, toolchains: readonly string[], settings = ''): Readonly<Record<string, string>> {
  for (const name of toolchains) sysroot(root, `rustup/toolchains/${name}`);
  mkdirSync(join(root, 'rustup'), { recursive: true });
  writeFileSync(join(root, 'rustup/settings.toml'), settings);
  executable(join(root, 'bin/rustup'), '#!/bin/sh\nexit 99\n');
  symlinkSync('rustup', join(root, 'bin/rustc'));
  linkSync(join(root, 'bin/rustup'), join(root, 'bin/cargo'));
  return { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, RUSTUP_HOME: join(root, 'rustup') };
}

class MemoryNotes {
  readonly notes = new Map<string, string>();
  readonly adopted: (readonly [string, string])[] = [];
  getNote(namespace: string, key: string): string | undefined {
    return this.notes.get(`${namespace} ${key}`);
  }
  putNote(namespace: string, key: string, value: string): void {
    this.notes.set(`${namespace} ${key}`, value);
  }
  adoptTree(tree: Digest, path: string): void {
    this.adopted.push([tree.hash, path]);
  }
}

function choice(root: string, environment: Readonly<Record<string, string>>, directory = '.'): string {
  const result = rustupChoice({ directory: join(root, directory), environment, rustupHome: join(root, 'rustup') });
  if (!result.ok)
    return result.diagnostics.map((diagnostic) => `${diagnostic.code} ${diagnostic.message}; ${diagnostic.hints?.join() ?? ''}`).join('\n');
  return result.value.sysroot.slice(join(root, 'rustup/toolchains/').length);
}

describe('rustup would choose', () => {
  const names = [`stable-${HOST}`, `1.95-${HOST}`, `nightly-2026-01-02-${HOST}`, 'mine'];
  const settings = 'version = "12"\ndefault_toolchain = "stable"\n';

  test('the default', () => {
    const root = temporaryFiles({});
    expect(choice(root, rustup(root, names, settings))).toBe(`stable-${HOST}`);
  });

  test.each([
    ['rust-toolchain.toml', '[toolchain]\nchannel = "1.95"\ncomponents = ["clippy"]', `1.95-${HOST}`],
    ['rust-toolchain', 'nightly-2026-01-02\n', `nightly-2026-01-02-${HOST}`],
    ['rust-toolchain', '[toolchain]\nchannel = "mine"\n', 'mine'],
    ['rust-toolchain.toml', `[toolchain]\nchannel = "stable-${HOST}"`, `stable-${HOST}`],
    ['rust-toolchain.toml', '[toolchain]\nprofile = "minimal"', `stable-${HOST}`],
  ])('what the nearest %s says', (file, text, expected) => {
    const root = temporaryFiles({ [`a/${file}`]: text, 'a/b/c.txt': '' });
    expect(choice(root, rustup(root, names, settings), 'a/b')).toBe(expected);
  });

  test('an override of the nearer directory, and the variable before all', () => {
    const root = temporaryFiles({ 'a/b/c.txt': '', 'a/rust-toolchain.toml': '[toolchain]\nchannel = "1.95"' });
    const environment = rustup(root, names, `${settings}[overrides]\n"${join(root, 'a/b')}" = "mine"\n`);
    expect(choice(root, environment, 'a/b')).toBe('mine');
    expect(choice(root, environment, 'a')).toBe(`1.95-${HOST}`);
    expect(choice(root, { ...environment, RUSTUP_TOOLCHAIN: 'nightly-2026-01-02' }, 'a/b')).toBe(`nightly-2026-01-02-${HOST}`);
  });

  test('the host’s own among several installed', () => {
    const root = temporaryFiles({});
    const environment = rustup(
      root,
      ['stable-aarch64-unknown-linux-gnu', 'stable-i686-unknown-linux-gnu', 'stable-x86_64-unknown-linux-gnu'],
      settings,
    );
    expect(choice(root, environment)).toBe(`stable-${HOST}`);
    writeFileSync(join(root, 'rustup/settings.toml'), `${settings}default_host_triple = "i686-unknown-linux-gnu"\n`);
    expect(choice(root, environment)).toBe('stable-i686-unknown-linux-gnu');
  });

  test('nothing that is not installed', () => {
    const root = temporaryFiles({ 'rust-toolchain.toml': '[toolchain]\nchannel = "1.96"' });
    expect(choice(root, rustup(root, names, settings))).toMatchInlineSnapshot(
      `"F0202 toolchain \`1.96\` is not installed; run \`rustup toolchain install 1.96\`"`,
    );
  });

  test('nothing that is linked to a directory which is gone', () => {
    const root = temporaryFiles({ 'rust-toolchain.toml': '[toolchain]\nchannel = "1.96"' });
    const environment = rustup(root, names, settings);
    symlinkSync(join(root, 'gone'), join(root, `rustup/toolchains/1.96-${HOST}`));
    expect(choice(root, environment)).toMatch(/^F0202 /);
  });

  test('nothing without a default, and no file it cannot read', () => {
    const root = temporaryFiles({ 'a/rust-toolchain.toml': 'channel = "1.96"' });
    const environment = rustup(root, names);
    expect(choice(root, environment)).toMatchInlineSnapshot(
      `"F0201 rustup has no default toolchain, and nothing here names one; run \`rustup default stable\`, or add a \`rust-toolchain.toml\`"`,
    );
    expect(choice(root, environment, 'a').replace(root, '[ROOT]')).toMatchInlineSnapshot(
      `"F0219 \`[ROOT]/a/rust-toolchain.toml\` cannot be used: it has no \`[toolchain]\` table; write \`[toolchain]\` and below it \`channel = "stable"\`, or another channel or version"`,
    );
  });
});

describe('a toolchain', () => {
  test('of rustup is found without starting a proxy, and identified once', async () => {
    const root = temporaryFiles({});
    const environment = rustup(root, [`stable-${HOST}`], 'default_toolchain = "stable"');
    const store = new MemoryNotes();
    let spawns = 0;
    const find = (): ReturnType<typeof findToolchain> =>
      findToolchain({
        directory: root,
        environment,
        store,
        run: (request) => {
          spawns += 1;
          return runProcess(request);
        },
      });
    const first = await find();
    const place = join(root, `rustup/toolchains/stable-${HOST}`);
    expect(first).toMatchObject({
      ok: true,
      value: {
        sysroot: place,
        cargo: join(place, 'bin/cargo'),
        rustc: join(place, 'bin/rustc'),
        rustcVersion: '1.95.0',
        cargoVersion: '1.95.0',
        host: HOST,
      },
    });
    expect(store.adopted, 'hashed when its tree is asked for').toEqual([]);
    expect(first.ok && first.value.tree.size > 0).toBe(true);
    expect(spawns).toBe(2);
    expect(await find()).toEqual(first);
    expect(spawns).toBe(2);
    expect(store.adopted.map(([, path]) => path)).toEqual([place, place]);

    writeFileSync(join(place, 'lib/librustc_driver-1.so'), 'another driver');
    const changed = await find();
    expect(spawns).toBe(4);
    expect(changed.ok && first.ok && changed.value.tree.hash === first.value.tree.hash).toBe(false);
  });

  test('of a distribution is asked for its sysroot, once', async () => {
    const root = temporaryFiles({});
    sysroot(root, 'sysroot');
    const started: string[] = [];
    const store = new MemoryNotes();
    const find = (): ReturnType<typeof findToolchain> =>
      findToolchain({
        directory: root,
        environment: { PATH: join(root, 'sysroot/bin'), HOME: root },
        store,
        run: (request) => {
          started.push(request.arguments.join(' '));
          return runProcess(request);
        },
      });
    const first = await find();
    expect(first).toMatchObject({ ok: true, value: { sysroot: join(root, 'sysroot'), rustc: join(root, 'sysroot/bin/rustc') } });
    expect(first.ok && first.value.tree.size > 0).toBe(true);
    expect(started).toEqual(['--print=sysroot', '-vV', '--version']);
    expect((await find()).ok).toBe(true);
    expect(started).toHaveLength(3);
  });

  test('with cargo elsewhere, as on Nix, is one toolchain all the same', async () => {
    const root = temporaryFiles({});
    sysroot(root, 'sysroot');
    mkdirSync(join(root, 'cargo/bin'), { recursive: true });
    renameSync(join(root, 'sysroot/bin/cargo'), join(root, 'cargo/bin/cargo'));
    const environment = { PATH: `${join(root, 'cargo/bin')}:${join(root, 'sysroot/bin')}`, HOME: root };
    const found = await findToolchain({ directory: root, environment, store: new MemoryNotes(), run: runProcess });
    expect(found).toMatchObject({ ok: true, value: { cargo: join(root, 'cargo/bin/cargo'), sysroot: join(root, 'sysroot') } });
  });

  test('that is nowhere is missed by name', async () => {
    const root = temporaryFiles({});
    const found = await findToolchain({
      directory: root,
      environment: { PATH: root, HOME: root },
      store: new MemoryNotes(),
      run: runProcess,
    });
    expect(found).toMatchObject({ ok: false, diagnostics: [{ code: 'F0201', blame: 'input' }] });
  });
});

test('the identity of a toolchain takes in programs and libraries, and neither records, sources nor documents', () => {
  const root = temporaryFiles({});
  const place = sysroot(root, 'sysroot');
  const before = hashToolchain(place, new Map()).tree;
  for (const path of [
    'share/doc/x',
    'lib/rustlib/multirust-channel-manifest.toml',
    'lib/rustlib/components',
    'lib/rustlib/src/lib.rs',
    'bin/rust-gdb',
  ]) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), 'x');
  }
  expect(hashToolchain(place, new Map()).tree).toEqual(before);
  mkdirSync(join(place, 'lib/rustlib/wasm32-wasip1/lib'), { recursive: true });
  writeFileSync(join(place, 'lib/rustlib/wasm32-wasip1/lib/libcore.rlib'), 'x');
  expect(hashToolchain(place, new Map()).tree).not.toEqual(before);
});
