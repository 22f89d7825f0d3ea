import type { Interpreter } from '../interpreter.ts';

/** Where things stand in an environment; paths relative to it. */
export interface SiteLayout {
  /** `lib/python3.11/site-packages`; `python3.13t` without a global interpreter lock (CPython `sysconfig`, scheme `posix_prefix`). */
  readonly sitePackages: string;
  /** Directory of a distribution's headers is below this: `include/site/python3.11`. */
  readonly headers: string;
  /** Names of the interpreter in `bin/`, the one that the others point to first. */
  readonly interpreterNames: readonly string[];
  /** Whether `lib64` is to lead to `lib`: 64-bit Linux (CPython `venv/__init__.py`, `create_directories`). */
  readonly hasLib64: boolean;
}

/** Paths below `site-packages` may be written without the Python version in policies: `site-packages/…`. */
export const SITE_PACKAGES_ALIAS = 'site-packages';

export function siteLayout(interpreter: Interpreter): SiteLayout {
  const { implementation, version, freeThreaded, platform, pointerWidth } = interpreter;
  const suffix = `${version.major}.${version.minor}${freeThreaded ? 't' : ''}`;
  const base = implementation === 'cpython' ? 'python' : implementation;
  const own = implementation === 'cpython' ? [] : [implementation, `${implementation}${version.major}`, `${implementation}${suffix}`];
  return {
    sitePackages: `lib/${base}${suffix}/site-packages`,
    headers: `include/site/${base}${suffix}`,
    interpreterNames: [
      ...new Set(['python', `python${version.major}`, `python${version.major}.${version.minor}`, `python${suffix}`, ...own]),
    ],
    hasLib64: platform.os === 'linux' && pointerWidth === 64,
  };
}
