import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildChild, ended, start } from './child-process.ts';
import { HOUR, storeRig, temporaryDirectory } from './rig.ts';

const isRoot = process.getuid?.() === 0;
const canMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;

test('four processes use one store at once, and each gets back what it put', async () => {
  const rig = storeRig();
  const program = buildChild(temporaryDirectory());
  const children = ['0', '13', '26', '39'].map((seed) => ended(start([process.execPath, program, 'hammer', rig.directory, seed])));
  for (const child of await Promise.all(children)) expect(child).toMatchObject({ status: 0, stderr: '' });
  expect(rig.store.verify({ repair: false }).corrupt).toEqual([]);
  expect(rig.store.statistics()).toMatchObject({ results: { count: 40 }, sessions: 0 });
}, 60_000);

test('a collection beside running builds takes nothing from them', async () => {
  const rig = storeRig();
  // By the collector's clock all that the builds make is hours old: only that they live protects it.
  rig.ahead = 5 * HOUR;
  const program = buildChild(temporaryDirectory());
  const children = ['0', '20'].map((seed) => ended(start([process.execPath, program, 'hammer', rig.directory, seed])));
  const all = Promise.all(children);
  const collecting = setInterval(() => rig.reopen().gc({ maxBytes: 0, dryRun: false }), 5);
  onTestFinished(() => clearInterval(collecting));
  for (const child of await all) expect(child).toMatchObject({ status: 0, stderr: '' });
  clearInterval(collecting);
  expect(rig.reopen().gc({ maxBytes: 0, dryRun: false })).toMatchObject({ bytesAfter: 0 });
}, 60_000);

test('processes killed at any moment leave whole entries only, and no scratch space once the store is opened again', async () => {
  const rig = storeRig();
  const program = buildChild(temporaryDirectory());
  for (let round = 0; round < 30; round += 1) {
    const child = start([process.execPath, program, 'until-killed', rig.directory, String(round)]);
    const end = ended(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, (round * 17) % 60));
    child.kill('SIGKILL');
    expect((await end).signal).toBe('SIGKILL');
  }
  const store = rig.reopen();
  const report = store.verify({ repair: false });
  expect(report.corrupt).toEqual([]);
  expect(report.checked).toBeGreaterThan(30);
  expect(readdirSync(join(rig.directory, 'v1/tmp'))).toEqual([]);
}, 120_000);

describe.skipIf(!isRoot)('a plain user', () => {
  test('takes, drops and collects read-only trees without being root', async () => {
    const directory = temporaryDirectory();
    const program = buildChild(directory);
    const home = join(directory, 'home');
    mkdirSync(home);
    chmodSync(directory, 0o755);
    chmodSync(home, 0o777);
    const child = await ended(start([process.execPath, program, 'plain-user', join(home, 'store')], { uid: 65_534, gid: 65_534 }));
    expect(child).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(child.stdout)).toEqual({ user: 65_534, left: 0 });
  }, 30_000);

  test('who may not write gets a failure with the path', async () => {
    const directory = temporaryDirectory();
    const program = buildChild(directory);
    chmodSync(directory, 0o755);
    const child = await ended(start([process.execPath, program, 'plain-user', join(directory, 'store')], { uid: 65_534, gid: 65_534 }));
    expect(child.stderr).toContain(`StoreFailure: EACCES at ${directory}/store`);
  }, 30_000);
});

describe.skipIf(!canMount)('a full disk', () => {
  test('is a failure that names the disk’s answer, and leaves nothing half written', async () => {
    const directory = temporaryDirectory();
    const program = buildChild(directory);
    const disk = join(directory, 'disk');
    mkdirSync(disk);
    const script = [
      `mount -t tmpfs -o size=3m none ${disk}`,
      `head -c 1000000 /dev/zero > ${disk}/outside`,
      `exec ${process.execPath} ${program} fill ${disk}/store`,
    ];
    writeFileSync(join(directory, 'run'), script.join(' && '));
    const child = await ended(start(['unshare', '-m', 'sh', join(directory, 'run')]));
    expect(child).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(child.stdout)).toEqual({
      blob: 'ENOSPC',
      tree: 'ENOSPC',
      note: 'ENOSPC',
      copy: 'ENOSPC',
      left: [],
      corrupt: [],
      wrote: true,
    });
  }, 30_000);
});
