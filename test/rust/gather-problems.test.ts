import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { gather, lockOf, manifest, temporaryFiles, toolchain } from './cargo-fixture.ts';
import { facts, outputOf, problems, single } from './gathered.ts';

// Real cargo runs in each test.
vi.setConfig({ testTimeout: 60_000 });

describe('a problem is told with cargo’s own words and a way out', () => {
  test('no lock', async () => {
    const root = temporaryFiles({ 'Cargo.toml': manifest('one'), 'src/lib.rs': '' });
    expect(problems(await gather(root), root)).toMatchInlineSnapshot(`
      "error[F0204] (input): \`[ROOT]\` has no \`Cargo.lock\`
      hint: run \`cargo generate-lockfile\` there and commit the file"
    `);
  });

  test('stale lock', async () => {
    const root = temporaryFiles({ ...single, 'Cargo.lock': lockOf('other') });
    const result = await gather(root);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0205] (input): \`Cargo.lock\` does not fit the manifests
      hint: run \`cargo update --workspace\` to bring it up to date with as few changes as possible"
    `);
    expect(outputOf(result)).toContain('cannot update the lock file');
  });

  test('lock in an unknown shape', async () => {
    const root = temporaryFiles({ ...single, 'Cargo.lock': '<<<<<<< HEAD\n' });
    const result = await gather(root);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0213] (input): \`[ROOT]/Cargo.lock\` is not a lock file: Invalid TOML document: illegal character in key
      hint: restore it from version control, or run \`cargo generate-lockfile\`"
    `);
  });

  test('bad manifest', async () => {
    const root = temporaryFiles({ ...single, 'Cargo.toml': '[package]\nname = 3\n' });
    const result = await gather(root);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --profile=dev\` failed"
    `);
    expect(outputOf(result)).toContain('Cargo.toml:2:8');
  });

  test('unknown package', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { selection: { packages: ['nope'] } });
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --package=nope --profile=dev\` failed
      hint: run \`ferrule show\` for the packages of this workspace"
    `);
    expect(outputOf(result)).toContain('`nope` did not match');
  });

  test('unknown feature', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { selection: { features: ['nope'] } });
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --features=nope --profile=dev\` failed
      hint: check \`--features\` against \`[features]\` of the manifest"
    `);
    expect(outputOf(result)).toContain('nope');
  });

  test('unknown profile', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { selection: { profile: 'nope' } });
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --profile=nope\` failed
      hint: add \`[profile.NAME]\` to the workspace's \`Cargo.toml\`, or choose another \`--profile\`"
    `);
    expect(outputOf(result)).toContain('profile `nope`');
  });

  test('unknown program', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { selection: { targets: ['--bin=nope'] } });
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --bin=nope --profile=dev\` failed
      hint: run \`ferrule show\` for the outputs of this workspace"
    `);
    expect(outputOf(result)).toContain('no bin target named `nope`');
  });

  test('missing path dependency', async () => {
    const root = temporaryFiles({ ...single, 'Cargo.toml': manifest('one', '[dependencies]\nx = { path = "x" }') });
    const result = await gather(root);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --profile=dev\` failed"
    `);
    expect(outputOf(result)).toContain('failed to get `x` as a dependency');
  });

  test('a compiler too old for the package', async () => {
    const root = temporaryFiles({ ...single, 'Cargo.toml': manifest('one', 'rust-version = "1.999"') });
    const result = await gather(root);
    expect(problems(result, root).replaceAll(toolchain.rustcVersion, '[VERSION]')).toMatchInlineSnapshot(`
      "error[F0206] (input): \`cargo build --profile=dev\` failed
      hint: choose a newer toolchain in \`rust-toolchain.toml\`"
    `);
    expect(outputOf(result)).toContain('1.999');
  });

  test('target without a standard library', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { selection: { target: 'riscv64gc-unknown-linux-gnu' } });
    expect(problems(result, root).replace(toolchain.sysroot, '[SYSROOT]').replace(toolchain.rustcVersion, '[VERSION]'))
      .toMatchInlineSnapshot(`
      "error[F0215] (input): the standard library for \`riscv64gc-unknown-linux-gnu\` is not installed
        toolchain: [VERSION], [SYSROOT]
      hint: run \`rustup target add riscv64gc-unknown-linux-gnu\`, or list it under \`targets\` in \`rust-toolchain.toml\`"
    `);
  });

  test('several targets', async () => {
    const root = temporaryFiles({ ...single, '.cargo/config.toml': 'build.target = ["a-b-c", "d-e-f"]' });
    expect(problems(await gather(root), root)).toMatchInlineSnapshot(`
      "error[F0214] (input): \`build.target\` of cargo's configuration names several targets
        targets: a-b-c, d-e-f
      hint: choose one with \`--target\`"
    `);
  });

  test('flags that rustc refuses', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { variables: { RUSTFLAGS: '-Cnope' } });
    expect(problems(result, root).replace(toolchain.host, '[HOST]')).toMatchInlineSnapshot(`
      "error[F0216] (input): rustc refused to describe the platform \`[HOST]\`
      hint: check \`RUSTFLAGS\` and \`rustflags\` in \`.cargo/config.toml\`"
    `);
    expect(outputOf(result)).toContain('unknown codegen option: `nope`');
  });

  test('a lock that cargo ignores', async () => {
    const root = temporaryFiles({
      'Cargo.toml': '[workspace]\nmembers = ["one"]',
      'Cargo.lock': lockOf('one'),
      'one/Cargo.toml': manifest('one'),
      'one/Cargo.lock': lockOf('one'),
      'one/src/lib.rs': '',
    });
    const result = await gather(root, { workspaceRoot: join(root, 'one') });
    expect(facts(result).workspaceRoot).toBe(root);
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "warning[F0218] (input): cargo does not use \`[ROOT]/one/Cargo.lock\`: the package belongs to the workspace at \`[ROOT]\`
      hint: delete the file, or add an empty \`[workspace]\` table to the manifest beside it"
    `);
  });

  test('a cargo that does not run', async () => {
    const root = temporaryFiles(single);
    const result = await gather(root, { toolchain: { ...toolchain, cargo: join(root, 'no-cargo') } });
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0222] (infrastructure): \`cargo build --profile=dev\` did not run to its end"
    `);
  });

  test('a cargo that prints a mode nobody has heard of', async () => {
    const root = temporaryFiles(single);
    mkdirSync(join(root, 'bin'));
    writeFileSync(
      join(root, 'bin/cargo'),
      `#!/bin/sh\ncase "$1" in metadata) exec "${toolchain.cargo}" "$@" ;; esac\n"${toolchain.cargo}" "$@" | sed 's/"mode":"build"/"mode":"weave"/'\n`,
    );
    chmodSync(join(root, 'bin/cargo'), 0o755);
    const result = await gather(root, { toolchain: { ...toolchain, cargo: join(root, 'bin/cargo'), cargoVersion: '1.99.0' } });
    expect(problems(result, root)).toMatchInlineSnapshot(`
      "error[F0209] (input): cargo 1.99.0 printed a unit graph that Ferrule does not understand
        place: units[0]
        problem: \`mode\` is \`weave\`, which Ferrule does not know
      hint: use a toolchain from the supported range, or a newer Ferrule"
    `);
  });

  test.each(['1.84.1', '0.1.0', 'weird'])('cargo %s is too old', async (cargoVersion) => {
    const root = temporaryFiles(single);
    const result = await gather(root, { toolchain: { ...toolchain, cargoVersion } });
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'F0203', severity: 'error' }] });
  });

  test.each(['1.101.0', '2.0.0'])('cargo %s is tried, with a warning', async (cargoVersion) => {
    const root = temporaryFiles(single);
    const result = await gather(root, { toolchain: { ...toolchain, cargoVersion } });
    expect(result).toMatchObject({ ok: true, warnings: [{ code: 'F0203', severity: 'warning' }] });
  });
});
