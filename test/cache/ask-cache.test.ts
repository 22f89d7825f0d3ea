import { expect, onTestFinished, test } from 'vitest';
import { askCache, cachesThatAnswer } from '../../src/cache/ask-cache.ts';
import { temporaryDirectory } from '../repository/temporary-directory.ts';
import { type Fault, serveBinaryCache } from './binary-cache.ts';
import { httpCache } from './caches.ts';

async function served(fault: Fault = 'none'): Promise<{ readonly url: string; readonly directory: string }> {
  const directory = temporaryDirectory({ 'nix-cache-info': 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n' });
  const server = await serveBinaryCache(directory);
  onTestFinished(async () => await server[Symbol.asyncDispose]());
  await server.misbehave(fault);
  return { url: server.url, directory };
}

test('a cache says which store it is for, over HTTP and as a directory', async () => {
  const { url, directory } = await served();
  const answer = { kind: 'answers', storeDirectory: '/nix/store', priority: 40 };
  const question = { environment: {}, patienceMs: 60_000 };
  expect(await askCache(httpCache({ url: url }), question)).toEqual(answer);
  expect(await askCache(httpCache({ url: `file://${directory}` }), question)).toEqual(answer);
  expect(await askCache(httpCache({ url: `file://${directory}/none` }), question)).toEqual({ kind: 'fails', reason: 'is not there' });
});

test.each([
  ['dead', 'takes no connections'],
  ['failing', 'answers with 503'],
  ['busy', 'answers with 429'],
  ['silent', 'does not answer within 2 s'],
] as const)('a cache that is %s is left out, with a warning, and the others stay', async (fault, reason) => {
  const { url, directory } = await served(fault);
  const bad = httpCache({ name: 'bad', url });
  const good = httpCache({ name: 'good', url: `file://${directory}` });
  const { caches, warnings } = await cachesThatAnswer([bad, good], {});
  expect(caches).toEqual([good]);
  expect(warnings.map(({ code, severity, message }) => [code, severity, message])).toEqual([
    ['F1139', 'warning', `the cache \`bad\` is left out of this run: it ${reason}`],
  ]);
});

test('a cache that only Nix can reach stays', async () => {
  const { url } = await served('dead');
  const cache = httpCache({ url });
  expect(await cachesThatAnswer([cache], { https_proxy: 'http://proxy.example.org' })).toEqual({ caches: [cache], warnings: [] });
});
