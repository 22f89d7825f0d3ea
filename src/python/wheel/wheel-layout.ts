import { findCollision } from './archive-paths.ts';
import { WheelRefused } from './wheel-refused.ts';

/** Where a wheel's entries go in its tree. */
export interface WheelLayout {
  /** `numpy-2.1.0.dist-info`. */
  readonly distInfo: string;
  /** Paths in the tree, by paths in the archive; files only. */
  readonly places: ReadonlyMap<string, string>;
}

const SCHEMES: Readonly<Record<string, string>> = {
  purelib: 'site',
  platlib: 'site',
  scripts: 'scripts',
  headers: 'headers',
  data: 'data',
};

/**
 * Finds a wheel's metadata and spreads its `.data` directory (binary distribution format, "The .data directory"). `paths` are those of
 * its files. Throws {@link WheelRefused} without exactly one `.dist-info` at its top, for unknown kinds of data, and when two entries
 * are installed to one path.
 */
export function layOut(paths: readonly string[]): WheelLayout {
  const distInfo = findDistInfo(paths);
  const data = `${distInfo.slice(0, -'.dist-info'.length)}.data/`;
  const places = new Map<string, string>();
  for (const path of paths) places.set(path, path.startsWith(data) ? dataPlace(path, data) : `site/${path}`);
  checkPlaces(places);
  return { distInfo, places };
}

/** Entries of a wheel with `.data` may collide only where they are installed. */
function checkPlaces(places: ReadonlyMap<string, string>): void {
  const collision = findCollision([...places.values()]);
  if (collision === undefined) return;
  const [first = '', second = ''] = [...places].flatMap(([path, place]) =>
    place === collision.first || place === collision.second ? [path] : [],
  );
  throw new WheelRefused({ kind: 'collision', first, second, why: 'installed' });
}

function findDistInfo(paths: readonly string[]): string {
  const found = new Set<string>();
  for (const path of paths) {
    const slash = path.indexOf('/');
    if (slash !== -1 && path.endsWith('.dist-info', slash)) found.add(path.slice(0, slash));
  }
  const [first, ...others] = [...found].toSorted();
  if (first === undefined) throw new WheelRefused({ kind: 'metadata', problem: 'it has no `.dist-info` directory' });
  if (others.length > 0) {
    const names = [first, ...others].map((name) => `\`${name}\``).join(', ');
    throw new WheelRefused({ kind: 'metadata', problem: `it has more than one \`.dist-info\` directory: ${names}` });
  }
  return first;
}

function dataPlace(path: string, data: string): string {
  const below = path.slice(data.length);
  const slash = below.indexOf('/');
  const scheme = slash === -1 ? undefined : SCHEMES[below.slice(0, slash)];
  if (scheme === undefined) throw new WheelRefused({ kind: 'entry', path, why: 'is data of an unknown kind' });
  return `${scheme}${below.slice(slash)}`;
}
