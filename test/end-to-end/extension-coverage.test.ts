import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { oracleTools } from '../python/oracle.ts';
import { mergeLcov } from '../../src/plan/coverage/lcov.ts';
import { Checkout, TemporaryDirectory } from './checkout.ts';
import { build, type Built, complaints } from './rig.ts';

const PACKAGES = fileURLToPath(new URL('../../examples/federation/packages', import.meta.url));
const { uv } = oracleTools();

let place: TemporaryDirectory;
let checkout: Checkout;

beforeAll(() => {
  place = new TemporaryDirectory();
  const directory = place.join('federation');
  cpSync(PACKAGES, join(directory, 'packages'), { recursive: true, filter: (path) => !/\/(target|\.venv|__pycache__)$/.test(path) });
  cpSync(join(PACKAGES, '../ferrule.lock'), join(directory, 'ferrule.lock'));
  checkout = new Checkout(directory, {});
  checkout.replace('packages/pnt-cli/pyproject.toml', '["pytest>=8"]', '["pytest>=8", "pytest-cov>=6"]');
  const { status, stderr } = spawnSync(uv, ['lock', '--quiet', '--directory', checkout.path('packages/pnt-cli')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}, 120_000);

afterAll(() => {
  place[Symbol.dispose]();
});

async function measure(lcov: string): Promise<Built> {
  return await build({
    directory: checkout.directory,
    store: place.join('store'),
    targets: ['pnt-cli:pytest'],
    purpose: 'check',
    checks: { only: [], coverage: { lcov } },
    profile: 'dev',
    keepGoing: true,
    offline: false,
  });
}

function hits(lcov: string, source: string): readonly number[] {
  const merged = mergeLcov([{ text: readFileSync(lcov, 'utf8'), placed: (path) => (path.endsWith(source) ? path : undefined) }]);
  return [...merged.values()].flatMap(({ lines }) => [...lines.values()]);
}

test('lines of an extension module that pytest reaches are covered, beside those of Python', async () => {
  const lcov = place.join('both.info');
  const built = await measure(lcov);
  expect(built.ok, complaints(built)).toBe(true);
  expect(built.report.coverage?.packages.map(({ name, language }) => `${name} ${language}`)).toEqual([
    'pnt-cli python',
    'pnt-cli-core rust',
    'pnt-cli-py rust',
  ]);
  const module = hits(lcov, 'pnt-cli-py/src/lib.rs');
  expect(module.length).toBeGreaterThan(0);
  expect(module.every((count) => count > 0)).toBe(true);
  expect(hits(lcov, 'pnt_cli/__init__.py').some((count) => count > 0)).toBe(true);
  expect((await measure(place.join('again.info'))).executed).toEqual([]);
}, 400_000);

test('a module that no test loads has its lines, none of them covered', async () => {
  checkout.remove('packages/pnt-cli/tests');
  checkout.write('packages/pnt-cli/tests/test_nothing.py', 'def test_nothing() -> None:\n    pass\n');
  const lcov = place.join('nothing.info');
  const built = await measure(lcov);
  expect(built.ok, complaints(built)).toBe(true);
  const module = hits(lcov, 'pnt-cli-py/src/lib.rs');
  expect(module.length).toBeGreaterThan(0);
  expect(module.every((count) => count === 0)).toBe(true);
}, 120_000);
