import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runWithCaches } from '../../src/cache/run-with-caches.ts';
import { nixVersions } from '../nix/programs.ts';
import { type Ended, startNix } from '../nix/rig.ts';
import { type BinaryCache, type Fault, serveBinaryCache } from './binary-cache.ts';
import { httpCache } from './caches.ts';
import { buildFour, builtNames, type Publisher, startPublisher } from './signed-cache.ts';

interface Seen {
  readonly status: number | null | undefined;
  readonly built: readonly string[];
  readonly warnings: readonly string[];
  readonly runs: number;
}

describe.each(nixVersions())('with the Nix of kind %s', (version) => {
  let publisher: Publisher;
  let server: BinaryCache;

  beforeAll(async () => {
    publisher = await startPublisher(version);
    const destination = `file://${publisher.nix.outside('/cache')}?secret-key=${publisher.nix.outside('/secret')}`;
    const copied = await publisher.nix.run(['copy', '--to', destination, publisher.top]);
    expect(copied).toMatchObject({ status: 0 });
    server = await serveBinaryCache(publisher.nix.outside('/cache'));
  }, 120_000);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    publisher.nix.dispose();
  });

  /** Builds in an empty store, the cache being as it is. */
  async function build(fault: Fault, publicKey = publisher.publicKey): Promise<Seen> {
    const nix = await startNix({ version });
    await server.misbehave(fault);
    const warnings: string[] = [];
    const ends: Ended[] = [];
    const ended = await runWithCaches<Ended & { readonly status: number }>({
      caches: [httpCache({ url: server.url, publicKeys: [publicKey] })],
      environment: {},
      run: async (words, onMessage) => {
        const ended = await buildFour(nix, words);
        ends.push(ended);
        for (const line of ended.stderr.split('\n')) onMessage(line);
        return { ...ended, status: ended.status ?? -1 };
      },
      isFinal: () => false,
      say: ({ message }) => warnings.push(message),
    });
    nix.dispose();
    return { status: ended.status, built: ends.flatMap(builtNames), warnings, runs: ends.length };
  }

  const EVERYTHING = ['a', 'b', 'c', 'top'];

  test('what a signed cache has is not built', async () => {
    expect(await build('none')).toEqual({ status: 0, built: [], warnings: [], runs: 1 });
  }, 120_000);

  test.each([
    ['dead', /left out .* it (?:takes no connections|breaks the connection off)/],
    ['failing', /left out .* it answers with 503/],
    ['busy', /left out .* it answers with 429/],
    ['silent', /left out .* it does not answer within 2 s/],
  ] as const)(
    'a cache that is %s from the start is not asked, and everything is built here',
    async (fault, warning) => {
      server.asked();
      expect(await build(fault)).toEqual({ status: 0, built: EVERYTHING, warnings: [expect.stringMatching(warning)], runs: 1 });
      expect(server.asked().filter((line) => line.endsWith('narinfo'))).toEqual([]);
    },
    120_000,
  );

  test.each([
    ['narinfo-malformed', /sent damaged data/],
    ['signature-bad', /`team` signs with keys that are not its `public-keys`/],
    ['nar-missing', /`team` has lost what it lists/],
    ['nar-failing', /`team` does not answer as it should/],
    ['nar-truncated', /`team` does not answer as it should/],
    ['nar-short', /sent damaged data/],
    ['nar-corrupt', /sent damaged data/],
  ] as const)(
    'with %s everything is built here, with one warning',
    async (fault, warning) => {
      expect(await build(fault)).toEqual({ status: 0, built: EVERYTHING, warnings: [expect.stringMatching(warning)], runs: 1 });
    },
    120_000,
  );

  test('a cache whose look-ups fail does not fail the build, though Nix 2.8 is ended by it', async () => {
    const { status, built, warnings, runs } = await build('narinfo-failing');
    expect({ status, built, warnings }).toEqual({
      status: 0,
      built: EVERYTHING,
      warnings: [expect.stringMatching(/`team` does not answer as it should/)],
    });
    expect(runs).toBe(version === 'debian' ? 2 : 1);
  }, 120_000);

  test('a cache that has nothing is no reason for a warning', async () => {
    expect(await build('empty')).toEqual({ status: 0, built: EVERYTHING, warnings: [], runs: 1 });
  }, 120_000);

  test('what another key has signed is built here', async () => {
    const other = `team-1:${'B'.repeat(42)}A=`;
    expect(await build('none', other)).toMatchObject({
      status: 0,
      built: EVERYTHING,
      warnings: [expect.stringMatching(/signs with keys/)],
    });
  }, 120_000);
});
