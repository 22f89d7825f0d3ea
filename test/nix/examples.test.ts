import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaints } from '../end-to-end/rig.ts';
import { Example } from '../examples/example.ts';
import { NixBuilder } from './nix-builder.ts';
import { type Nix, startNix } from './rig.ts';

let nix: Nix;

beforeAll(async () => {
  nix = await startNix({ version: 'debian' });
}, 120_000);

afterAll(() => nix.dispose(), 120_000);

interface Target {
  readonly name: string;
  readonly output: string;
  readonly digest: string;
}

/** Outputs with their digests, in the order of their names. */
function digests(targets: readonly Target[]): readonly string[] {
  return targets.map(({ name, output, digest }) => `${name}:${output} ${digest}`).toSorted();
}

test.each(['ph', 'aura', 'choir'])(
  'examples/%s has on Nix the bytes that the local engine makes, and a second build does nothing',
  async (name) => {
    using example = new Example(name);
    using builder = new NixBuilder(nix, example.store);
    const { directory } = example.checkout;
    builder.prepare(directory);
    const words = ['build', '--engine', 'nix', '--json', '-q', '--profile', 'dev'];
    const first = await builder.run(words, { directory, variables: example.variables });
    expect(first.status, first.stdout).toBe(0);
    const report: unknown = JSON.parse(first.stdout);
    const local = await example.build();
    expect(local.ok, complaints(local)).toBe(true);
    const localTargets = local.report.targets.map((target) => ({ ...target, digest: `sha256:${target.digest.hash}` }));
    expect(digests(Object(report).targets)).toEqual(digests(localTargets));
    const second = await builder.run(words, { directory, variables: example.variables });
    expect(Object(JSON.parse(second.stdout)).actions).toMatchObject({ executed: 0, failed: 0 });
  },
  1_200_000,
);
