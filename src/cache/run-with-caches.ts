import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import { cachesThatAnswer } from './ask-cache.ts';
import { watchCaches } from './cache-trouble.ts';
import { engineCacheArguments, WITHOUT_CACHES } from './nix-settings.ts';

/** A Nix command that may read binary caches. */
export interface CachedRun<Ended extends { readonly status: number | undefined }> {
  readonly caches: readonly CacheConfig[];
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the command with these arguments besides its own, and passes on each message of Nix as it comes. */
  readonly run: (words: readonly string[], onMessage: (message: string) => void) => Promise<Ended>;
  /** Whether it ended as it did because of what was to be built: then trying again would change nothing. */
  readonly buildFailed: (ended: Ended) => boolean;
  /** Takes warnings: F1139, F1140. */
  readonly say: (warning: Diagnostic) => void;
}

/**
 * Runs a Nix command with the caches that answer. Should it fail though no build did, and a cache was in trouble, it runs once more without
 * any: a cache never fails a build.
 */
export async function runWithCaches<Ended extends { readonly status: number | undefined }>(options: CachedRun<Ended>): Promise<Ended> {
  const { caches, environment, run, buildFailed, say } = options;
  const live = await cachesThatAnswer(caches, environment);
  for (const warning of live.warnings) say(warning);
  const watch = watchCaches(live.caches);
  const ended = await run(engineCacheArguments(live.caches), (message) => {
    const warning = watch.read(message);
    if (warning !== undefined) say(warning);
  });
  if (ended.status === 0 || !watch.troubled() || buildFailed(ended)) return ended;
  return await run(WITHOUT_CACHES, () => undefined);
}
