import type { CacheConfig, S3Cache } from '../repository/cache-config.ts';

/** What a flake says about binary caches in its `nixConfig`; Nix asks its user once whether to believe it. */
export interface FlakeCacheSettings {
  readonly 'extra-substituters': readonly string[];
  readonly 'extra-trusted-public-keys': readonly string[];
}

/** The `nixConfig` for these caches; `undefined`: there is nothing to say. */
export function flakeCacheSettings(caches: readonly CacheConfig[]): FlakeCacheSettings | undefined {
  if (caches.length === 0) return undefined;
  return { 'extra-substituters': caches.map(substituterOf), 'extra-trusted-public-keys': publicKeysOf(caches) };
}

/**
 * Arguments that make a Nix command read these caches, and that keep any cache, those of the user's `nix.conf` as well, from failing a build
 * or holding it up for long. Without any caches the latter alone. A daemon takes them from a user it trusts; from others it takes the caches
 * that its `trusted-substituters` names.
 *
 * The words are known to Nix 2.8 and all later versions.
 */
export function engineCacheArguments(caches: readonly CacheConfig[]): readonly string[] {
  const flake = flakeCacheSettings(caches);
  const own = flake === undefined ? [] : Object.entries(flake).map(([name, values]): [string, string] => [name, values.join(' ')]);
  return [...own, ...CAREFUL_SETTINGS].flatMap(([name, value]) => ['--option', name, value]);
}

/** Arguments of a Nix command that is to build everything itself: for a second try after caches have made the first one fail. */
export const WITHOUT_CACHES: readonly string[] = ['--option', 'substitute', 'false'];

/**
 * Measured with Nix 2.8.0 and 2.34.8. Without `fallback` a cache that answers a look-up with 5xx, or sends what is cut short or damaged,
 * fails the build. The times bound what a silent one costs: 20 s a try instead of 300. Three tries instead of five, as each failed one waits
 * longer, and 2.34 waits over a minute after a 429. What somebody else has pushed is found after a minute instead of an hour.
 */
const CAREFUL_SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['fallback', 'true'],
  ['connect-timeout', '5'],
  ['stalled-download-timeout', '20'],
  ['download-attempts', '3'],
  ['narinfo-cache-negative-ttl', '60'],
];

/** The address Nix reads a cache at, its priority included. */
export function substituterOf(cache: CacheConfig): string {
  const priority = cache.priority === undefined ? [] : [['priority', String(cache.priority)] as const];
  return withParameters(addressOf(cache), [...s3Parameters(cache), ...priority]);
}

/** The address Nix writes to, for caches that `nix copy` fills. */
export function destinationOf(cache: CacheConfig & { readonly compression: string | undefined }, keyFile: string | undefined): string {
  const compression = cache.compression === undefined ? [] : [['compression', cache.compression] as const];
  const key = keyFile === undefined ? [] : [['secret-key', keyFile] as const];
  return withParameters(addressOf(cache), [...s3Parameters(cache), ...compression, ...key]);
}

/** Without parameters: what Nix calls the cache by in its messages. */
export function addressOf(cache: CacheConfig): string {
  switch (cache.kind) {
    case 's3':
      return `s3://${cache.bucket}`;
    case 'http':
      return cache.url;
    case 'attic':
      return `${cache.url}/${cache.cache}`;
    case 'cachix':
      return `https://${cache.cache}.cachix.org`;
    case 'flakehub':
      return 'https://cache.flakehub.com';
  }
}

function s3Parameters(cache: CacheConfig): readonly (readonly [string, string])[] {
  if (cache.kind !== 's3') return [];
  const region = cache.region === undefined ? [] : [['region', cache.region] as const];
  return [...region, ...endpointParameters(cache)];
}

function endpointParameters({ endpoint }: S3Cache): readonly (readonly [string, string])[] {
  if (endpoint === undefined) return [];
  const [, scheme, host = endpoint] = /^(https?):\/\/(.+)$/.exec(endpoint) ?? [];
  return [...(scheme === undefined ? [] : [['scheme', scheme] as const]), ['endpoint', host]];
}

/** As Nix reads them: it takes a path in a parameter as it stands, so only what would end the parameter is escaped. */
function withParameters(address: string, parameters: readonly (readonly [string, string])[]): string {
  if (parameters.length === 0) return address;
  return `${address}?${parameters.map(([name, value]) => `${name}=${value.replace(/[%&#?+\s]/g, encodeURIComponent)}`).join('&')}`;
}

function publicKeysOf(caches: readonly CacheConfig[]): readonly string[] {
  return [...new Set(caches.flatMap(({ publicKeys }) => publicKeys))];
}
