import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import { cachesThatAnswer } from './ask-cache.ts';
import { watchCaches } from './cache-trouble.ts';
import { engineCacheArguments, WITHOUT_CACHES } from './nix-settings.ts';

/** A Nix command that may read binary caches. */
export interface CachedRun<Ended extends { readonly status: number | undefined }> {
  /** `undefined`: nothing may be fetched. */
  readonly caches: readonly CacheConfig[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the command with these arguments besides its own, and passes on each message of Nix as it comes. */
  readonly run: (words: readonly string[], onMessage: (message: string) => void) => Promise<Ended>;
  /** Whether trying again would change nothing: something that was built failed, or the user wants no more. */
  readonly isFinal: (ended: Ended) => boolean;
  /** Takes warnings: F1139, F1140. */
  readonly say: (warning: Diagnostic) => void;
}

/**
 * Runs a Nix command with the caches that answer. Should it fail though no build did, and a cache was in trouble, it runs once more without
 * any: a cache never fails a build.
 */
export async function runWithCaches<Ended extends { readonly status: number | undefined }>(options: CachedRun<Ended>): Promise<Ended> {
  const { caches, environment, run, isFinal, say } = options;
  if (caches === undefined) return await run(WITHOUT_CACHES, () => undefined);
  const live = await cachesThatAnswer(caches, environment);
  for (const warning of live.warnings) say(warning);
  const watch = watchCaches(live.caches);
  const ended = await run(engineCacheArguments(live.caches), (message) => {
    const warning = watch.read(message);
    if (warning !== undefined) say(warning);
  });
  if (ended.status === 0 || !watch.troubled() || isFinal(ended)) return ended;
  return await run(WITHOUT_CACHES, () => undefined);
}
