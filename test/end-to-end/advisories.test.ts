import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cargoTool } from '../cargo-tools.ts';
import type { CheckRequest } from '../../src/plan/build-request.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';
import { build, type Built, capturedTerminal, complaints, untilRemembered } from './rig.ts';
import { openRunView } from '../../src/cli/view/run-view.ts';

const AUDIT = cargoTool('cargo-audit');

let place: TemporaryDirectory;
let checkout: Checkout;

/** A lock with a crate that nothing downloads: advisories are about locks. */
const LOCKED = `version = 4

[[package]]
name = "itoa"
version = "1.0.15"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "4a5f13b858c8d314ee3e8f639011f7ccefe71f97f96e50151fb991f267928e2c"

[[package]]
name = "watched"
version = "0.1.0"
dependencies = ["itoa"]
`;

const ALONE = 'version = 4\n\n[[package]]\nname = "watched"\nversion = "0.1.0"\n';

beforeAll(() => {
  place = new TemporaryDirectory();
  checkout = new Checkout(place.join('watched'), {
    'Cargo.toml': '[package]\nname = "watched"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "1"\n',
    'Cargo.lock': LOCKED,
    'src/lib.rs': '//! Watched.\n',
  });
  advise('other', '9.9.9');
});

afterAll(() => {
  place[Symbol.dispose]();
});

/** An advisory against every version of a crate before one. */
function advise(crate: 'other' | 'another' | 'itoa', patched: string): void {
  const name = { other: 'RUSTSEC-2020-0001', another: 'RUSTSEC-2020-0002', itoa: 'RUSTSEC-2020-0003' }[crate];
  const path = place.join('cargo-home/advisory-db/crates', crate, `${name}.md`);
  mkdirSync(dirname(path), { recursive: true });
  const advisory = `id = "${name}"\npackage = "${crate}"\ndate = "2020-01-01"`;
  const versions = `patched = [">= ${patched}"]`;
  writeFileSync(path, `\`\`\`toml\n[advisory]\n${advisory}\n\n[versions]\n${versions}\n\`\`\`\n\n# Made for a test\n\nNothing is wrong.\n`);
}

async function check(checks: Partial<CheckRequest>, { hasAudit = true } = {}): Promise<Built> {
  const path = process.env['PATH'] ?? '';
  return await build({
    directory: checkout.directory,
    store: place.join('store'),
    purpose: 'check',
    checks: { only: ['advisories'], ...checks },
    keepGoing: true,
    variables: { PATH: hasAudit ? [AUDIT, path].join(delimiter) : path, CARGO_HOME: place.join('cargo-home') },
  });
}

function codes(built: Built): readonly string[] {
  return built.report.diagnostics.map(({ code }) => code);
}

test('a lock is held against the advisories of this machine, once until one of both changes', async () => {
  const built = await check({});
  expect(built.ok, complaints(built)).toBe(true);
  expect(built.report.checks).toMatchObject([{ subject: 'watched', check: 'advisories', status: 'passed' }]);
  expect(built.executed).toEqual(['watched (advisories)']);
  await untilRemembered();
  expect((await check({})).executed).toEqual([]);
  expect((await check({})).remembered).toBe(true);
  advise('another', '1.0.0');
  const again = await check({});
  expect([again.remembered, again.executed, again.cached]).toEqual([false, ['watched (advisories)'], []]);
}, 60_000);

test('a crate with an advisory against it fails the check, and `.cargo/audit.toml` can say that it does not matter', async () => {
  advise('itoa', '2.0.0');
  const built = await check({});
  expect(codes(built)).toEqual(['F1057']);
  expect(complaints(built)).toContain('RUSTSEC-2020-0003');
  checkout.write('.cargo/audit.toml', '[advisories]\nignore = ["RUSTSEC-2020-0003"]\n');
  expect((await check({})).ok).toBe(true);
  checkout.write('.cargo/audit.toml', '[advisories]\nignore = []\n');
  expect(codes(await check({}))).toEqual(['F1057']);
  rmSync(place.join('cargo-home/advisory-db/crates/itoa'), { recursive: true });
}, 60_000);

test('a database that cannot be read is no success', async () => {
  advise('itoa', 'nonsense');
  expect(codes(await check({}))).toEqual(['F1057']);
  rmSync(place.join('cargo-home/advisory-db/crates/itoa'), { recursive: true });
}, 60_000);

test('without cargo-audit, or without a database, the check is skipped with the reason, and is an error where it is demanded', async () => {
  checkout.write('Cargo.lock', ALONE);
  checkout.replace('Cargo.toml', '\n[dependencies]\nitoa = "1"\n', '');
  const missing = await check({ only: [] }, { hasAudit: false });
  expect(missing.ok, complaints(missing)).toBe(true);
  const junit = place.join('junit.xml');
  const skipped = { subject: 'watched', check: 'advisories', status: 'skipped', reason: 'there is no `cargo-audit` on this machine' };
  expect(missing.report.checks).toContainEqual({ ...skipped, cached: true, elapsedMs: 0 });
  const { terminal, said } = capturedTerminal();
  openRunView({ terminal, progress: 'lines', verbose: false, directory: '/', now: () => 0 }).finish(missing.report, false);
  expect(said()).toMatch(/^ +Skipped advisories: there is no `cargo-audit` on this machine\n +Finished 4 checks passed/);
  await untilRemembered();
  await check({ only: [] }, { hasAudit: false });
  expect((await check({ only: [] }, { hasAudit: false })).remembered).toBe(true);
  await check({ only: [], junit }, { hasAudit: false });
  expect(readFileSync(junit, 'utf8')).toContain('<skipped message="there is no `cargo-audit` on this machine"/>');
  expect(codes(await check({}, { hasAudit: false }))).toEqual(['F1079']);
  checkout.write('ferrule.toml', '[policy.checks]\nrequire = ["advisories"]\n');
  expect(codes(await check({ only: [] }, { hasAudit: false }))).toEqual(['F1079']);
  rmSync(place.join('cargo-home/advisory-db'), { recursive: true });
  const empty = await check({ only: [] });
  expect(empty.report.diagnostics.map(({ message }) => message)).toEqual([
    `advisories against the crates of \`watched\` cannot be checked: there is no advisory database at \`${join(place.path, 'cargo-home/advisory-db')}\``,
  ]);
}, 120_000);
