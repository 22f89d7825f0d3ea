import { expect, test } from 'vitest';
import { destinationOf, engineCacheArguments, flakeCacheSettings, substituterOf } from '../../src/cache/nix-settings.ts';
import type { CacheConfig, S3Cache } from '../../src/repository/cache-config.ts';
import { httpCache, SOME_KEY } from './caches.ts';

const S3: S3Cache = {
  ...httpCache({ name: 'bucket', priority: 30 }),
  kind: 's3',
  bucket: 'builds',
  region: 'eu-central-1',
  endpoint: 'http://minio.example.org:9000',
  accessKeyId: undefined,
  secretAccessKey: undefined,
};

test('each kind of cache has the address its provider gives it', () => {
  const shared = { publicKeys: [SOME_KEY], priority: undefined, push: false };
  const caches: readonly CacheConfig[] = [
    S3,
    httpCache({ priority: 10 }),
    { ...shared, kind: 'attic', name: 'a', url: 'https://attic.example.org', cache: 'team', token: 'T' },
    { ...shared, kind: 'cachix', name: 'c', cache: 'team', token: 'T', signingKey: undefined },
    { ...shared, kind: 'flakehub', name: 'f' },
  ];
  expect(caches.map(substituterOf)).toEqual([
    's3://builds?region=eu-central-1&scheme=http&endpoint=minio.example.org:9000&priority=30',
    'https://cache.example.org?priority=10',
    'https://attic.example.org/team',
    'https://team.cachix.org',
    'https://cache.flakehub.com',
  ]);
});

test('a flake is told addresses in the order of the file and every key once', () => {
  expect(flakeCacheSettings([httpCache({}), httpCache({ url: 'https://other.example.org' })])).toEqual({
    'extra-substituters': ['https://cache.example.org', 'https://other.example.org'],
    'extra-trusted-public-keys': [SOME_KEY],
  });
  expect(flakeCacheSettings([])).toBeUndefined();
});

test('the engine is careful also with caches that are not ours', () => {
  const careful = engineCacheArguments([]);
  expect(careful.join(' ')).toContain('--option fallback true');
  expect(engineCacheArguments([httpCache({})])).toEqual([
    '--option',
    'extra-substituters',
    'https://cache.example.org',
    '--option',
    'extra-trusted-public-keys',
    SOME_KEY,
    ...careful,
  ]);
});

test('where a path holds what would end a parameter, it is escaped', () => {
  expect(destinationOf(httpCache({ compression: 'zstd' }), '/tmp/a b&c/key')).toBe(
    'https://cache.example.org?compression=zstd&secret-key=/tmp/a%20b%26c/key',
  );
  expect(destinationOf({ ...S3, priority: 1 }, undefined)).not.toContain('priority');
});
