import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOfFile } from '../../../src/model/digest.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import type { UnpackedWheel } from '../../../src/python/wheel.ts';
import { removeTree } from '../../../src/store/removal.ts';
import { storeRig } from '../../store/rig.ts';
import { oracleTools } from '../oracle.ts';
import { downloadedWheels, type WantedWheels } from './downloaded-wheels.ts';
import { filesBelow, shown, treePath } from './wheel-rig.ts';

/** With native code, namespaces, `.data` of each kind, entry points, abi3, musl, and generators of every family. */
const SETS: readonly WantedWheels[] = [
  {
    platforms: ['manylinux_2_28_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
    requirements: [
      'argon2-cffi-bindings==26.2.0',
      'cffi==2.1.1',
      'charset-normalizer==3.5.2',
      'fonttools==4.68.0',
      'google-cloud-core==2.8.0',
      'google-crc32c==1.9.0',
      'googleapis-common-protos==1.76.0',
      'ipykernel==7.4.0',
      'jmespath==1.1.0',
      'jsonpointer==3.12',
      'jupyterlab-pygments==0.3.0',
      'markupsafe==3.0.4',
      'nbconvert==7.17.2',
      'numpy==2.4.6',
      'opentelemetry-api==1.45.2',
      'protobuf==7.36.2',
      'pyyaml==6.0.3',
      'setuptools==84.2.1',
      'uv==0.13.8',
      'greenlet==3.2.4',
    ],
  },
  { platforms: ['musllinux_1_2_x86_64'], requirements: ['markupsafe==3.0.4', 'pyyaml==6.0.3'] },
];

interface BothWays {
  readonly filename: string;
  readonly wheel: UnpackedWheel;
  /** Our tree. */
  readonly ours: string;
  /** What `installer` made. */
  readonly theirs: string;
}

const wheels: BothWays[] = [];

const scratch = mkdtempSync(join(tmpdir(), 'ferrule-wheels-'));

afterAll(() => removeTree(scratch));

beforeAll(async () => {
  const { store } = storeRig(join(scratch, 'store'));
  const script = fileURLToPath(new URL('install_all.py', import.meta.url));
  for (const [index, directory] of SETS.map(downloadedWheels).entries()) {
    const target = join(scratch, `installed-${index}`);
    const installed = spawnSync(oracleTools().python, [script, directory, target], { encoding: 'utf8' });
    if (installed.status !== 0) throw new Error(installed.stderr);
    for (const filename of readdirSync(directory)) {
      const path = join(directory, filename);
      const result = await unpackWheel({ store, path, digest: digestOfFile(path), filename });
      if (!result.ok) throw new Error(result.diagnostics.map(shown).join('\n'));
      wheels.push({ filename, wheel: result.value, ours: treePath(store, result.value), theirs: join(target, filename) });
    }
  }
}, 300_000);

type Files = ReturnType<typeof filesBelow>;

function filesIn(directory: string): Files {
  return existsSync(directory) ? filesBelow(directory) : new Map();
}

test('all of them are there', () => {
  expect(wheels.length).toBe(22);
});

test.each(['site', 'headers', 'data'])('every file of `%s` is the one that `installer` installs, with the same executable bit', (kind) => {
  let compared = 0;
  for (const { filename, wheel, ours, theirs } of wheels) {
    const mine = filesIn(join(ours, kind));
    const yours = filesIn(join(theirs, kind));
    // An installer writes a RECORD of what it has installed.
    const record = `${wheel.facts.distInfo}/RECORD`;
    expect([...mine.keys()], filename).toEqual([...yours.keys()]);
    for (const [name, file] of mine) {
      if (name === record) continue;
      const other = yours.get(name);
      expect(other?.bytes.equals(file.bytes), `${filename}: ${name}`).toBe(true);
      expect(other?.executable, `${filename}: ${name}`).toBe(file.executable);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan({ site: 2000, headers: 0, data: 10 }[kind] ?? 0);
});

test('the scripts are those of `installer`: from `.data`, and one for each entry point', () => {
  let entryPoints = 0;
  for (const { filename, wheel, ours, theirs } of wheels) {
    const mine = filesIn(join(ours, 'scripts'));
    const yours = filesIn(join(theirs, 'scripts'));
    const { console, gui } = wheel.facts.entryPoints;
    const made = [...console, ...gui].map(({ name }) => name);
    entryPoints += made.length;
    expect([...new Set([...mine.keys(), ...made])].toSorted(), filename).toEqual([...yours.keys()]);
    for (const [name, file] of mine) {
      const other = yours.get(name);
      const placed = Buffer.from(file.bytes.toString('latin1').replace(/^#!pythonw?(?=\r?\n)/, '#!/oracle/python'), 'latin1');
      expect(other?.bytes.equals(placed), `${filename}: ${name}`).toBe(true);
      expect(file.executable).toBe(true);
    }
    for (const { name, module, attribute } of console) {
      expect(yours.get(name)?.bytes.toString(), name).toContain(`from ${module} import ${attribute?.split('.')[0] ?? ''}`);
    }
  }
  expect(entryPoints).toBe(10);
});

function factsOf(start: string): UnpackedWheel['facts'] {
  const found = wheels.find(({ filename }) => filename.startsWith(start));
  if (found === undefined) throw new Error(`there is no wheel ${start}`);
  return found.wheel.facts;
}

test('namespace packages are known', () => {
  expect(factsOf('google_cloud_core').namespaces).toEqual(['google', 'google/cloud']);
  expect(factsOf('opentelemetry_api').namespaces).toContain('opentelemetry');
  expect(factsOf('markupsafe').namespaces).toEqual([]);
});

test('native objects are known, with what they need and where they look for it', () => {
  const objects = factsOf('numpy').nativeObjects;
  const core = objects.find(({ path }) => path.includes('_multiarray_umath'));
  expect(core?.path).toBe('site/numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so');
  expect(core?.machine).toBe('x86_64');
  expect(core?.needed.some((name) => name.startsWith('libscipy_openblas64_'))).toBe(true);
  expect(core?.runpath).toEqual(['$ORIGIN/../../numpy.libs']);
  expect(core?.symbolVersions['libc.so.6']).toContain('GLIBC_2.2.5');
  expect(objects.some(({ path, soname }) => path.startsWith('site/numpy.libs/') && soname !== undefined)).toBe(true);
});

test('a wheel for musl needs its libc', () => {
  const musl = wheels.find(({ filename }) => filename.includes('musllinux') && filename.startsWith('markupsafe'));
  expect(musl?.wheel.facts.tags.some((tag) => tag.includes('musllinux'))).toBe(true);
  expect(musl?.wheel.facts.nativeObjects.flatMap(({ needed }) => needed).join(' ')).toMatch(/musl/);
});

test('the records of all of them are right', () => {
  expect(wheels.flatMap(({ wheel }) => wheel.facts.recordProblems)).toEqual([]);
});
