import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { beforeAll, expect, test } from 'vitest';
import type { Artifact } from '../../../src/python/artifact.ts';
import { normalRequirements } from '../../../src/python/build/build-requirements.ts';
import { unpackSourceArchive } from '../../../src/python/build/source-archive.ts';
import { wheelBuildAction } from '../../../src/python/build/wheel-build-action.ts';
import { oracleTools } from '../oracle.ts';
import { downloaded, ENVIRONMENT, oracleBuild, oracleEnvironment, valueOf, wheelFiles, Workshop } from './rig.ts';

const workshop = new Workshop();

/** Source distributions as people upload them: of every age, with `setup.py` alone, with extensions in C and Cython, by several backends. */
const PACKAGES = [
  'simplejson==3.19.2',
  'markupsafe==2.1.5',
  'wrapt==1.16.0',
  'future==1.0.0',
  'psutil==5.9.8',
  'msgpack==1.0.8',
  'toolz==0.12.1',
  'platformdirs==4.2.0',
  'iniconfig==2.0.0',
  'idna==3.6',
  'tomlkit==0.12.4',
] as const;

interface Package {
  readonly directory: string;
  readonly requires: readonly string[];
}

const packages = new Map<string, Package>();
let oracle = '';

beforeAll(async () => {
  const sdists = sourceArtifacts(PACKAGES);
  for (const pin of PACKAGES) {
    const artifact = sdists.get(pin);
    if (artifact === undefined) throw new Error(`${pin} has no source distribution`);
    const { path, digest } = await downloaded(artifact);
    const tree = valueOf(await unpackSourceArchive({ store: workshop.store, path, digest, filename: artifact.filename }));
    const directory = workshop.store.treePath(tree) ?? '';
    packages.set(pin, { directory, requires: (await workshop.manifest(directory)).buildSystem.requires });
  }
  await workshop.prepare([...packages.values()].map(({ directory, requires }) => ({ requires, project: directory })));
  const { executable: python } = await workshop.installed();
  oracle = oracleEnvironment({ directory: join(workshop.directory, 'oracle'), python, pins: await workshop.pins() });
}, 600_000);

/** Source distributions by pin, as uv finds them in the index that it is configured for. */
function sourceArtifacts(pins: readonly string[]): ReadonlyMap<string, Artifact> {
  const directory = workshop.place({
    'pyproject.toml': `[project]\nname = "all"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ${JSON.stringify(pins)}\n`,
  });
  const words = ['export', '-q', '--format', 'pylock.toml', '--directory', directory, '--python', oracleTools().python];
  const text = execFileSync(oracleTools().uv, words, { env: ENVIRONMENT, encoding: 'utf8' });
  const schema = v.object({
    packages: v.array(
      v.object({
        name: v.string(),
        version: v.optional(v.string()),
        sdist: v.optional(v.object({ url: v.string(), hashes: v.object({ sha256: v.string() }) })),
      }),
    ),
  });
  return new Map(
    v.parse(schema, parse(text)).packages.flatMap(({ name, version, sdist }): [string, Artifact][] => {
      if (sdist === undefined) return [];
      const hash = { algorithm: 'sha256' as const, hex: sdist.hashes.sha256 };
      const location = { kind: 'url' as const, url: sdist.url, index: undefined };
      return [[`${name}==${version ?? ''}`, { filename: basename(sdist.url), location, hash, size: undefined }]];
    }),
  );
}

test.each(PACKAGES)('%s gives the wheel that `python -m build` makes of it', { timeout: 300_000 }, async (pin) => {
  const { directory, requires } = packages.get(pin) ?? { directory: '', requires: [] };
  expect(normalRequirements(requires).length).toBeGreaterThan(0);
  const wheel = valueOf(await workshop.build(wheelBuildAction(await workshop.call(directory))));
  const expected = oracleBuild({ directory, out: workshop.place(), kind: 'wheel', environment: oracle });
  expect(wheel.filename).toBe(basename(expected));
  expect(wheelFiles(wheel.path)).toEqual(wheelFiles(expected));
});
