import { describe, expect, test } from 'vitest';
import { watchCaches } from '../../src/cache/cache-trouble.ts';
import { httpCache } from './caches.ts';

const URL = 'http://127.0.0.1:35191';

/** As Nix 2.8.0 and 2.34.8 said it. */
const MESSAGES: readonly (readonly [message: string, words: string])[] = [
  [
    `\u001B[35;1mwarning:\u001B[0m unable to download '${URL}/nix-cache-info': Couldn't connect to server (7)`,
    'the cache `team` does not answer as it should; what it cannot give is built here',
  ],
  [`error: unable to download '${URL}/nar/1q9k.nar.xz': HTTP error 200 ('OK') (curl error: Transferred a partial file)`, 'does not answer'],
  [`  what():  \u001B[31;1merror:\u001B[0m substituter '\u001B[35;1m${URL}\u001B[0m' is disabled`, 'does not answer'],
  [
    `warning: the substitute for '/nix/store/9cjp-top' from '${URL}' is not signed by any of the keys in 'trusted-public-keys'`,
    'the cache `team` signs with keys that are not its `public-keys`',
  ],
  [
    `warning: ignoring substitute for '/nix/store/9cjp-top' from '${URL}', as it's not signed by any of the keys in 'trusted-public-keys'`,
    'signs with keys',
  ],
  [`warning: file 'nar/1p71.nar.xz' does not exist in binary cache '${URL}'`, 'the cache `team` has lost what it lists'],
  ["error: NAR info file '9cjp.narinfo' is corrupt", 'a binary cache sent damaged data'],
  ['error: failed to read compressed data (Lzma library error: Corrupted input data)', 'a binary cache sent damaged data'],
  ['error: Failed to open archive (Lzma library error:  No progress is possible)', 'a binary cache sent damaged data'],
];

describe('a warning is made of', () => {
  test.each(MESSAGES)('%s', (message, words) => {
    const watch = watchCaches([httpCache({ url: URL })]);
    const warning = watch.read(message);
    expect(warning?.severity).toBe('warning');
    expect(warning?.message).toContain(words);
    expect(watch.troubled()).toBe(true);
  });
});

function unsigned(url: string): string {
  return `warning: the substitute for '/nix/store/x' from '${url}' is not signed by any of the keys in 'x'`;
}

test('each kind of trouble is told once for each cache', () => {
  const watch = watchCaches([httpCache({ url: URL }), httpCache({ name: 'other', url: 'https://other.example.org' })]);
  const told = [URL, URL, 'https://other.example.org', URL].map((url) => watch.read(unsigned(url)) !== undefined);
  expect(told).toEqual([true, false, true, false]);
});

test.each([
  `warning: error: unable to download '${URL}/nix-cache-info': HTTP error 503 ('Service Unavailable'); retrying in 300 ms`,
  `copying path '/nix/store/jjq4-a' from '${URL}'...`,
  "error: unable to download 'https://crates.example.org/serde.crate': HTTP error 404",
  "error: builder for '/nix/store/x.drv' failed with exit code 1",
])('nothing is made of %s', (message) => {
  const watch = watchCaches([httpCache({ url: URL })]);
  expect(watch.read(message)).toBeUndefined();
  expect(watch.troubled()).toBe(false);
});
