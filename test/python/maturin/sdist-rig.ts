import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockRepository } from '../../../src/plan/lock-repository.ts';
import { build, complaints } from '../../end-to-end/rig.ts';
import { ENVIRONMENT } from '../build/rig.ts';
import { oracleTools } from '../oracle.ts';
import { cargoEnvironment } from './cargo-environment.ts';

/** A source distribution. */
export interface ReadSdist {
  readonly filename: string;
  /** Absolute. */
  readonly path: string;
  /** Of the archive. */
  readonly sha256: string;
  /** Content of its files by path, sorted. */
  readonly files: ReadonlyMap<string, string>;
}

/** A lock without packages: enough to make a project a member. */
export const EMPTY_PYLOCK = 'lock-version = "1.0"\ncreated-by = "test"\npackages = []\n';

/** `ferrule lock`; throws with what it says. */
export async function locked(root: string, store: string): Promise<void> {
  const report = await lockRepository({
    directory: root,
    storeDirectory: store,
    environment: { ...ENVIRONMENT, PATH: `${join(oracleTools().directory, 'bin')}:${ENVIRONMENT['PATH'] ?? ''}` },
    offline: false,
    sandbox: undefined,
    sink: () => undefined,
    signal: new AbortController().signal,
    now: Date.now,
    upgrade: false,
    check: false,
  });
  if (!report.ok) throw new Error(report.diagnostics.map(({ code, message, output }) => `${code}: ${message}\n${output ?? ''}`).join('\n'));
}

/** `ferrule build NAME:sdist`; throws with what it says. */
export async function ourSdist(options: { readonly root: string; readonly store: string; readonly name: string }): Promise<ReadSdist> {
  const { root: directory, store, name } = options;
  const done = await build({ directory, store, targets: [`${name}:sdist`], offline: false });
  if (!done.ok) throw new Error(complaints(done));
  return sdistIn(done.report.targets[0]?.path ?? '');
}

/** `maturin sdist`; throws with what it says. */
export function stockSdist(directory: string, out: string): ReadSdist {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const env = { ...cargoEnvironment(), SOURCE_DATE_EPOCH: '315532800' };
  const { status, stdout, stderr } = spawnSync(oracleTools().maturin, ['sdist', '--out', out], { cwd: directory, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`maturin sdist: ${stdout}${stderr}`);
  return sdistIn(out);
}

const SCRIPT = [
  'import base64, json, sys, tarfile',
  't = tarfile.open(sys.argv[1])',
  'print(json.dumps([[m.name, t.extractfile(m).read().decode("latin1")] for m in t.getmembers() if m.isfile()]))',
].join('\n');

function sdistIn(directory: string): ReadSdist {
  const [filename = ''] = readdirSync(directory);
  const path = join(directory, filename);
  const { stdout, stderr } = spawnSync('python3', ['-c', SCRIPT, path], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (stdout === '') throw new Error(stderr);
  const entries: readonly (readonly [string, string])[] = JSON.parse(stdout);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return { filename, path, sha256, files: new Map(entries.toSorted(([left], [right]) => (left < right ? -1 : 1))) };
}
