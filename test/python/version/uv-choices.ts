import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { strToU8, zipSync } from 'fflate';

import { temporaryDirectory } from '../../repository/temporary-directory.ts';
import { oracleTools } from '../oracle.ts';

/** At the top level: installing the oracles the first time takes longer than a test may. */
const tools = oracleTools();

/** A distribution in uv's only source: its wheels by version and tags, such as `1.0-py3-none-any`. */
export interface Offer {
  readonly name: string;
  readonly wheels: readonly string[];
}

export interface UvQuestion {
  readonly offers: readonly Offer[];
  /** Requirements, one each. */
  readonly wanted: readonly string[];
  /** One of uv's names of platforms. */
  readonly platform: string;
  /** Of Python 3. */
  readonly minor: number;
}

/** The wheel that uv takes of each distribution, by name; those that it does not want are absent. */
export function chosenByUv({ offers, wanted, platform, minor }: UvQuestion): ReadonlyMap<string, string> {
  const wheels = temporaryDirectory();
  for (const { name, wheels: tags } of offers) {
    for (const tag of tags) writeFileSync(join(wheels, `${name}-${tag}.whl`), emptyWheel(name, tag.slice(0, tag.indexOf('-'))));
  }
  const home = temporaryDirectory({ 'wanted.txt': wanted.map((requirement) => `${requirement}\n`).join('') });
  const source = ['--no-python-downloads', '--no-config', '--no-cache', '--no-index', '--find-links', wheels, '--python', tools.python];
  const target = ['--python-platform', platform, '--python-version', `3.${minor}`];
  const words = ['pip', 'compile', '--verbose', ...source, ...target, join(home, 'wanted.txt')];
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, MACOSX_DEPLOYMENT_TARGET: '14.0' };
  const { stderr, status } = spawnSync(tools.uv, words, { encoding: 'utf8', env: environment, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr.replaceAll(/^DEBUG.*\n/gm, ''));
  const chosen = [...stderr.matchAll(/Selecting: (\w+)==\S+ \[\w+\] \(([^)]+)\)/g)];
  return new Map(chosen.map(([, name = '', wheel = '']) => [name, wheel]));
}

function emptyWheel(name: string, version: string): Uint8Array {
  const files = {
    METADATA: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    WHEEL: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\n',
    RECORD: '',
  };
  return zipSync(Object.fromEntries(Object.entries(files).map(([file, text]) => [`${name}-${version}.dist-info/${file}`, strToU8(text)])));
}
