import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCodeCache, writeCodeCache } from '../../src/cli/code-cache.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const directory = join(root, 'node_modules', '.cache', `ferrule-test-boot-${process.pid}`);
const cacheHome = join(directory, 'cache');
const work = join(directory, 'work');

beforeAll(() => {
  const bundled = spawnSync(process.execPath, [join(root, 'scripts/bundle.mjs'), join(directory, 'dist')], { encoding: 'utf8' });
  if (bundled.status !== 0) throw new Error(bundled.stderr);
  mkdirSync(join(work, '.git'), { recursive: true });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the bundled program in a repository with nothing in it. */
function ferrule(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(directory, 'dist/ferrule.cjs'), ...args], {
    cwd: work,
    env: { PATH: process.env['PATH'] ?? '', XDG_CACHE_HOME: cacheHome, FERRULE_STORE: join(directory, 'store') },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the program answers the same with, without and with a damaged code cache', () => {
  const code = join(cacheHome, 'ferrule/code');
  const first = ferrule('build', 'nothing');
  expect(first.status).toBe(2);
  expect(first.stderr).toMatch(/^error\[F0\d{3}\]: /u);
  const [name = ''] = readdirSync(code);
  const path = join(code, name);
  const written = readFileSync(path);
  expect(ferrule('build', 'nothing')).toEqual(first);
  expect(readFileSync(path).equals(written)).toBe(true);
  const damaged = Buffer.from(written);
  damaged.fill(0xff, 1000, 2000);
  writeFileSync(path, damaged);
  expect(ferrule('build', 'nothing')).toEqual(first);
  expect(readCodeCache(path)).toBeInstanceOf(Buffer);
});

test('the version and help come without writing anything', () => {
  rmSync(cacheHome, { recursive: true, force: true });
  const packageText = readFileSync(join(root, 'package.json'), 'utf8');
  const { version } = JSON.parse(packageText);
  expect(ferrule('--version')).toEqual({ status: 0, stdout: `ferrule ${version}\n`, stderr: '' });
  expect(ferrule('help').status).toBe(0);
  expect(existsSync(cacheHome)).toBe(false);
});

test('`bin/ferrule` starts what `npm run build` made, or says that it did not', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/ferrule.cjs'), '--version'], { encoding: 'utf8' });
  if (existsSync(join(root, 'dist/ferrule.cjs'))) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  else expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
});

test('a code cache that was cut short is not used, and one without a place is no error', () => {
  const path = join(directory, 'code/x');
  writeCodeCache(path, Buffer.from('compiled'));
  expect(readCodeCache(path)?.toString()).toBe('compiled');
  writeFileSync(path, readFileSync(path).subarray(0, -1));
  expect(readCodeCache(path)).toBe(undefined);
  expect(() => writeCodeCache(join(path, 'below-a-file'), Buffer.from('compiled'))).not.toThrow();
  expect(readCodeCache(join(directory, 'absent'))).toBe(undefined);
});
