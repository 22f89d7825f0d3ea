import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { constants, Script } from 'node:vm';
import { readCodeCache, writeCodeCache } from './code-cache.ts';
import { packageVersion } from './package-files.ts';

/** File name of the bundled program beside this file; its content's hash is part of it. Put here by `scripts/bundle.mjs`. */
declare const FERRULE_PROGRAM: string;

/**
 * The first thing that runs: answers `--version` by itself, and starts everything else from V8's compiled form of the program,
 * which is kept in the user's cache directory. That takes a third off what a build with nothing to do costs.
 */
function boot(): void {
  const [first, ...more] = process.argv.slice(2);
  if (more.length === 0 && (first === '--version' || first === '-V')) {
    process.stdout.write(`ferrule ${packageVersion()}\n`);
    return;
  }
  const program = join(__dirname, FERRULE_PROGRAM);
  const cache = codeCachePath();
  const cachedData = cache === undefined ? undefined : readCodeCache(cache);
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${readFileSync(program, 'utf8')}\n})`, {
    filename: program,
    ...(cachedData === undefined ? {} : { cachedData }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const main: unknown = script.runInThisContext();
  if (typeof main !== 'function') throw new Error('internal: the program is not a function');
  Reflect.apply(main, undefined, [{}, createRequire(program), { exports: {} }, program, __dirname]);
  const isFresh = cachedData !== undefined && script.cachedDataRejected !== true;
  // Functions are compiled when first called: only after a build the cache holds what the next build needs.
  if (cache === undefined || isFresh || !(process.argv.includes('build') || process.argv.includes('check'))) return;
  process.once('exit', () => writeCodeCache(cache, script.createCachedData()));
}

/** One file for each program, Node and processor; `undefined` when there is no place for it. */
function codeCachePath(): string | undefined {
  const { XDG_CACHE_HOME: chosen } = process.env;
  const directory = chosen !== undefined && isAbsolute(chosen) ? chosen : join(homedir(), '.cache');
  if (!isAbsolute(directory) || dirname(directory) === directory) return undefined;
  return join(directory, 'ferrule', 'code', `${FERRULE_PROGRAM}-${process.version}-${process.arch}`);
}

boot();
