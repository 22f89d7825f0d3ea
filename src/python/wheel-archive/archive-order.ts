import { compareBytes } from '../../model/wire.ts';

/**
 * Paths as an archive has them: sorted, `dist-info` behind everything else (as the binary distribution format recommends), its
 * RECORD last of all. Compared by component, so that `a/b` stands before `a-c`.
 */
export function archiveOrder(paths: Iterable<string>, distInfo: string): readonly string[] {
  return [...paths].toSorted((left, right) => rank(left, distInfo) - rank(right, distInfo) || compareBytes(sortKey(left), sortKey(right)));
}

function rank(path: string, distInfo: string): number {
  if (path === `${distInfo}/RECORD`) return 2;
  return path.startsWith(`${distInfo}/`) ? 1 : 0;
}

/** A separator sorts before every character that a component can hold. */
export function sortKey(path: string): string {
  return path.replaceAll('/', '\0');
}
