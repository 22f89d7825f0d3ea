import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../../store/rig.ts';
import { makeArchive } from '../wheel/made-archive.ts';
import { wheelOf } from '../wheel/wheel-rig.ts';
import { noise } from './file-server.ts';

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;

describe.skipIf(!canMount)('a full disk', () => {
  test('ends fetching and unpacking with what the disk says, and leaves nothing half written', () => {
    const directory = temporaryDirectory();
    const program = join(directory, 'child.mjs');
    buildSync({
      entryPoints: [fileURLToPath(new URL('full-disk-child.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const wheel = join(directory, 'wheel');
    writeFileSync(
      wheel,
      makeArchive(
        wheelOf({ path: 'small.py', bytes: 'x' }, { path: 'a.bin', bytes: noise(3 << 20) }, { path: 'b.bin', bytes: noise(20 << 20) }),
      ),
    );
    const disk = join(directory, 'disk');
    mkdirSync(disk);
    const script = `mount -t tmpfs -o size=4m none ${disk} && exec ${process.execPath} ${program} ${disk}/store ${wheel}`;
    const child = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    expect(JSON.parse(child.stdout)).toEqual({ fetched: 'ENOSPC', unpacked: 'ENOSPC', left: [], corrupt: [] });
  }, 30_000);
});
