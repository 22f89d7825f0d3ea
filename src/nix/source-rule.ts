import { compareBytes } from '../model/wire.ts';
import type { NixSource } from './plan-file.ts';

/**
 * A rule that selects `files` out of `visible`: the package's directory without what is not meant, and single files beside it. Files
 * that come later into a directory that is kept are selected too, so that only a narrower choice needs a new plan. All relative to the
 * repository's root.
 */
export function sourceRule(options: {
  readonly files: readonly string[];
  /** Everything of the package's directory by git's rules, nested packages included. */
  readonly visible: readonly string[];
  /** `''` for the root itself. */
  readonly packageDirectory: string;
}): NixSource {
  const { files, visible, packageDirectory } = options;
  const wanted = new Set(files);
  const directories = new Set(files.flatMap(ancestors));
  const inside = files.filter((file) => isBelow(file, packageDirectory));
  const drop = new Set<string>();
  for (const file of visible) {
    if (wanted.has(file)) continue;
    const path = [...ancestors(file).toReversed(), file].find((above) => isBelow(above, packageDirectory) && !directories.has(above));
    if (path !== undefined) drop.add(path);
  }
  const keep = [...(inside.length === 0 ? [] : [packageDirectory]), ...files.filter((file) => !isBelow(file, packageDirectory))];
  return { keep: keep.toSorted(compareBytes), drop: [...drop].toSorted(compareBytes) };
}

/** Whether a rule selects a file: the longest path above it, or itself, that the rule names decides. */
export function selects(rule: NixSource, file: string): boolean {
  const keep = new Set(rule.keep);
  const drop = new Set(rule.drop);
  for (const path of [file, ...ancestors(file), '']) {
    if (keep.has(path)) return true;
    if (drop.has(path)) return false;
  }
  return false;
}

/** Directories above a path, the nearest first, the root left out. */
function ancestors(path: string): string[] {
  const above: string[] = [];
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) above.push(path.slice(0, end));
  return above;
}

function isBelow(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`);
}
