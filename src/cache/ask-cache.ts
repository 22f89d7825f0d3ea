import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import { leftOut } from './cache-diagnostics.ts';
import { addressOf } from './nix-settings.ts';

/** What a cache says of itself, asked for its `nix-cache-info`. */
export type CacheAnswer =
  | {
      readonly kind: 'answers';
      /** `undefined`: it does not say. */
      readonly storeDirectory: string | undefined;
      readonly priority: number | undefined;
    }
  /** It wants to know who asks; Nix may be able to tell it. */
  | { readonly kind: 'refuses'; readonly status: number }
  /** Nothing can be read from it. `reason` continues a sentence about it. */
  | { readonly kind: 'fails'; readonly reason: string }
  /** Only Nix can say: it is reached in another way than ours. `reason` continues a sentence about it. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface CacheQuestion {
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds after which a cache counts as dead. */
  readonly patienceMs: number;
}

/** Asks a cache. Never rejects. */
export async function askCache(cache: CacheConfig, { environment, patienceMs }: CacheQuestion): Promise<CacheAnswer> {
  const address = `${addressOf(cache)}/nix-cache-info`;
  if (cache.kind === 's3') return { kind: 'unknown', reason: 'is a bucket' };
  if (address.startsWith('file:')) return readInformation(fileURLToPath(address));
  if (PROXIES.some((name) => (environment[name] ?? '') !== '')) return { kind: 'unknown', reason: 'is behind a proxy' };
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(patienceMs), headers: { 'user-agent': 'ferrule' } });
    const text = await response.text();
    if (response.ok) return informationIn(text);
    if ([401, 403, 407].includes(response.status)) return { kind: 'refuses', status: response.status };
    return { kind: 'fails', reason: `answers with ${response.status}` };
  } catch (error) {
    return failureOf(error, patienceMs);
  }
}

/** Variables by which curl, and so Nix, is told of a proxy. */
const PROXIES = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/**
 * The caches a run should read, and a warning (F1139) for each that is left out: one that does not answer within two seconds would cost
 * every run far more inside Nix (measured: 40 s for a silent one, 84 s for one that says 429). Where only Nix can ask, the cache stays.
 */
export async function cachesThatAnswer(
  caches: readonly CacheConfig[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly caches: readonly CacheConfig[]; readonly warnings: readonly Diagnostic[] }> {
  const asked = await Promise.all(
    caches.map(async (cache) => ({ cache, answer: await askCache(cache, { environment, patienceMs: 2000 }) })),
  );
  return {
    caches: asked.flatMap(({ cache, answer }) => (answer.kind === 'fails' ? [] : [cache])),
    warnings: asked.flatMap(({ cache, answer }) => (answer.kind === 'fails' ? [leftOut(cache, answer.reason)] : [])),
  };
}

function readInformation(path: string): CacheAnswer {
  try {
    return informationIn(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return { kind: 'fails', reason: error.code === 'ENOENT' ? 'is not there' : `cannot be read: ${String(error.code)}` };
  }
}

function informationIn(text: string): CacheAnswer {
  const values = new Map(text.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1).trim()]));
  const storeDirectory = values.get('StoreDir');
  const priority = Number(values.get('Priority') ?? Number.NaN);
  return { kind: 'answers', storeDirectory, priority: Number.isInteger(priority) ? priority : undefined };
}

/** `fetch` hides the reason in the cause. A certificate that is not known here may be known to Nix. */
function failureOf(error: unknown, patienceMs: number): CacheAnswer {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { kind: 'fails', reason: `does not answer within ${patienceMs / 1000} s` };
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const dead = DEAD[code];
  return dead === undefined
    ? { kind: 'unknown', reason: `cannot be asked from here: ${code || String(error)}` }
    : { kind: 'fails', reason: dead };
}

const DEAD: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'takes no connections',
  ECONNRESET: 'breaks the connection off',
  UND_ERR_SOCKET: 'breaks the connection off',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached: there is no network',
  ENOTFOUND: 'has a host name that is not known',
  EAI_AGAIN: 'has a host name that cannot be looked up: there is no network',
  ETIMEDOUT: 'does not answer',
};
