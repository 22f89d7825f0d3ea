import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOfFile, sha256Of } from '../../../src/model/digest.ts';
import { normalizeName } from '../../../src/python/distribution-name.ts';
import type { EnvironmentPart } from '../../../src/python/environment.ts';
import { unpackWheel } from '../../../src/python/wheel/unpack-wheel.ts';
import type { DirectoryStore } from '../../../src/store/directory-store.ts';
import { oracleTools } from '../oracle.ts';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/ferrule/wheels', import.meta.url));

/** Namespaces of every kind, packages that span wheels, data, headers, scripts, `.pth` files, extension modules with their libraries. */
const PINS: readonly string[] = [
  'azure-common==1.1.28',
  'azure-core==1.32.0',
  'azure-storage-blob==12.24.0',
  'charset-normalizer==3.4.0',
  'docutils==0.20.1',
  'google-auth==2.36.0',
  'googleapis-common-protos==1.66.0',
  'greenlet==3.1.1',
  'ipykernel==6.29.5',
  'jaraco.context==6.0.1',
  'jaraco.functools==4.1.0',
  'jaraco.text==4.0.0',
  'jupyterlab-widgets==3.0.13',
  'more-itertools==10.5.0',
  'numpy==2.1.3',
  'pandas==2.2.3',
  'protobuf==5.29.0',
  'python-dateutil==2.9.0.post0',
  'pytz==2024.2',
  'pyyaml==6.0.2',
  'setuptools==75.6.0',
  'six==1.16.0',
  'sphinxcontrib-applehelp==2.0.0',
  'sphinxcontrib-devhelp==2.0.0',
  'sphinxcontrib-jsmath==1.0.1',
  'typing-extensions==4.12.2',
  'tzdata==2024.2',
  'widgetsnbextension==4.0.13',
];

/** A directory with the wheels of all {@link PINS} for the oracles' Python, downloaded once. */
export function realWheels(): string {
  const { python } = oracleTools();
  const version = execFileSync(python, ['-c', 'import sys; print(sys.version_info[:2])'], { encoding: 'utf8' });
  const directory = join(CACHE, sha256Of(version + PINS.join('\n')).slice(0, 16));
  if (existsSync(directory)) return directory;
  mkdirSync(CACHE, { recursive: true });
  const beside = mkdtempSync(join(CACHE, 'downloading-'));
  const words = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary',
    ':all:',
    '-d',
    beside,
    ...PINS,
  ];
  execFileSync(python, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    renameSync(beside, directory);
  } catch {
    // Another test was first.
    rmSync(beside, { recursive: true });
  }
  return directory;
}

/** The wheels of a directory, unpacked. */
export async function unpackedParts(store: DirectoryStore, directory: string): Promise<readonly EnvironmentPart[]> {
  const parts: EnvironmentPart[] = [];
  for (const filename of readdirSync(directory).toSorted()) {
    const path = join(directory, filename);
    const unpacked = await unpackWheel({ store, path, digest: digestOfFile(path), filename });
    if (!unpacked.ok) throw new Error(JSON.stringify(unpacked.diagnostics));
    const { value: wheel } = unpacked;
    const origin = { name: normalizeName(wheel.facts.name), version: wheel.facts.version, span: undefined, directUrl: undefined };
    parts.push({ kind: 'wheel', wheel, origin });
  }
  return parts;
}
