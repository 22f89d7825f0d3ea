import type { HttpCache } from '../../src/repository/cache-config.ts';

/** A public key that signs nothing. */
export const SOME_KEY = `some-1:${'A'.repeat(43)}=`;

export function httpCache(values: Partial<HttpCache>): HttpCache {
  return {
    name: 'team',
    kind: 'http',
    url: 'https://cache.example.org',
    publicKeys: [SOME_KEY],
    priority: undefined,
    push: false,
    user: undefined,
    password: undefined,
    signingKey: undefined,
    compression: undefined,
    ...values,
  };
}
