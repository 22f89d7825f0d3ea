import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Checkout, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { makeHouse } from '../end-to-end/house.ts';
import { NixBuilder } from '../nix/nix-builder.ts';
import { nixVersions } from '../nix/programs.ts';
import { type Nix, startNix } from '../nix/rig.ts';
import { type BinaryCache, type Fault, serveBinaryCache } from './binary-cache.ts';

function table(url: string): string {
  return `\n[caches.team]\nkind = "http"\nurl = "${url}"\npush = true\nsigning-key = "KEY"\n`;
}

describe.each(nixVersions())('`--engine nix` with a cache and the Nix of kind %s', (version) => {
  let nix: Nix;
  let place: TemporaryDirectory;
  let house: Checkout;
  let server: BinaryCache;
  let everything: number;
  /** Of what was pushed. */
  let digest: string;
  const builders: NixBuilder[] = [];

  function builderOn(nix: Nix, store: string): NixBuilder {
    const builder = new NixBuilder(nix, place.join(store));
    builders.push(builder);
    return builder;
  }

  beforeAll(async () => {
    nix = await startNix({ version });
    place = new TemporaryDirectory();
    house = makeHouse(place.join('house'));
    const builder = builderOn(nix, 'store');
    builder.prepare(house.directory);
    await nix.enter(['nix-store', '--generate-binary-cache-key', 'team-1', nix.outside('/secret'), nix.outside('/public')]);
    const cache = place.join('cache');
    const configuration = readFileSync(join(house.directory, 'ferrule.toml'), 'utf8');
    const keys = `public-keys = ["${readFileSync(nix.outside('/public'), 'utf8')}"]\n`;
    writeFileSync(join(house.directory, 'ferrule.toml'), `${configuration}${table(`file://${cache}`)}${keys}`);
    const call = { directory: house.directory, variables: { KEY: nix.outside('/secret') } };
    const pushed = await builder.run(['cache', 'push', 'app', '--json'], call);
    expect(pushed.status, pushed.stderr).toBe(0);
    everything = JSON.parse(pushed.stdout).caches[0].sent;
    const built = await builder.run(['build', '--engine', 'nix', '--offline', '--json', 'app'], call);
    digest = JSON.parse(built.stdout).targets[0].digest;
    server = await serveBinaryCache(cache);
    writeFileSync(join(house.directory, 'ferrule.toml'), `${configuration}${table(server.url)}${keys}`);
  }, 600_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    for (const builder of builders) builder[Symbol.dispose]();
    place[Symbol.dispose]();
    nix.dispose();
  });

  interface Seen {
    readonly status: number | null;
    readonly executed: number;
    readonly codes: readonly string[];
    readonly digest: string;
  }

  /** Builds in an empty store of Nix, the cache being as it is. */
  async function build(fault: Fault, change: () => void = () => undefined): Promise<Seen> {
    await server.misbehave(fault);
    const reader = await startNix({ version });
    change();
    const { status, stdout } = await builderOn(reader, 'reading').run(['build', '--engine', 'nix', '--json', 'app'], house);
    reader.dispose();
    const { actions, diagnostics, targets } = JSON.parse(stdout);
    return { status, executed: actions.executed, codes: diagnostics.map(({ code }: { code: string }) => code), digest: targets[0]?.digest };
  }

  test('a push sends every unit, and an empty store filled from there builds nothing', async () => {
    expect(everything).toBeGreaterThan(8);
    expect(await build('none')).toMatchObject({ status: 0, executed: 0, codes: [], digest });
  }, 600_000);

  test.each([
    ['dead', 'F1139'],
    ['signature-bad', 'F1140'],
    ['narinfo-failing', 'F1140'],
    ['nar-truncated', 'F1140'],
  ] as const)(
    'with a cache that is %s everything is built here, to the same bytes',
    async (fault, code) => {
      const seen = await build(fault);
      expect(seen).toMatchObject({ status: 0, codes: [code], digest });
      expect(seen.executed).toBeGreaterThan(8);
    },
    600_000,
  );

  test('without a network nothing is asked of a cache', async () => {
    await server.misbehave('none');
    server.asked();
    const reader = await startNix({ version });
    const { status } = await builderOn(reader, 'offline').run(['build', '--engine', 'nix', '--offline', 'app'], house);
    reader.dispose();
    expect(status).toBe(0);
    expect(server.asked()).toEqual([]);
  }, 600_000);

  test('after an edit only what comes behind it is built', async () => {
    const seen = await build('none', () => house.write('app/src/main.rs', 'fn main() {\n    println!("{}", mid::mid());\n}\n'));
    expect(seen).toMatchObject({ status: 0, codes: [] });
    expect(seen.executed).toBeGreaterThan(0);
    expect(seen.executed).toBeLessThan(4);
  }, 600_000);
});
