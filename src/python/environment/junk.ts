import type { SiteLayout } from './site-layout.ts';

/** What can be imported or is read by Python at the top of `site-packages`. */
const MEANINGFUL = /\.(?:py|pyi|pth|so|pyd|egg-link)$/;

/** Directories that projects ship by mistake: their own tests, documentation and tools, which nobody imports. */
const STRAY_DIRECTORIES: ReadonlySet<string> = new Set([
  'benchmark',
  'benchmarks',
  'build_tools',
  'doc',
  'docs',
  'example',
  'examples',
  'licenses',
  'test',
  'testing',
  'tests',
  'tools',
]);

/** Whether a path is of no use to an importer: `LICENSE` or `README.md` at the top of `site-packages`, or below `tests/` there. */
export function isJunk(path: string, layout: SiteLayout): boolean {
  const start = `${layout.sitePackages}/`;
  if (!path.startsWith(start)) return false;
  const [top = '', ...rest] = path.slice(start.length).split('/');
  if (rest.length > 0) return STRAY_DIRECTORIES.has(top.toLowerCase());
  return !MEANINGFUL.test(top);
}
