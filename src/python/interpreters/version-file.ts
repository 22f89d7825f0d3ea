import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import type { Span } from '../../diagnostics/diagnostic.ts';

/** A line of a `.python-version` file. */
export interface VersionPin {
  readonly text: string;
  /** File relative to the highest directory that was looked at. */
  readonly span: Span;
  /** Absolute directory of the file. */
  readonly directory: string;
}

export interface PinSearch {
  /** The nearest pin; `undefined`: there is none. */
  readonly pin: VersionPin | undefined;
  /** Absolute paths that were looked for, found or not. */
  readonly watched: readonly string[];
}

/** In this order; `.python-versions` is uv's for several, of which the first counts. */
const FILES = ['.python-version', '.python-versions'];

/** Looks in a directory and its parents up to `root`. pyenv's `system` says nothing and is passed over. */
export function findVersionPin(directory: string, root: string): PinSearch {
  const watched: string[] = [];
  for (const place of upwards(directory, root)) {
    for (const name of FILES) {
      const path = join(place, name);
      watched.push(path);
      const pin = firstLine(path, root);
      if (pin !== undefined && pin.text !== 'system') return { pin, watched };
    }
  }
  return { pin: undefined, watched };
}

/** A directory and its parents up to and with `root`; only itself where `root` is not above it. */
export function upwards(directory: string, root: string): readonly string[] {
  if (directory !== root && !directory.startsWith(root === '/' ? root : `${root}/`)) return [directory];
  const places = [directory];
  for (let place = directory; place !== root && place !== dirname(place); places.push(place)) place = dirname(place);
  return places;
}

function firstLine(path: string, root: string): VersionPin | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  for (const match of text.matchAll(/^[^\S\n]*([^#\s][^#\n]*?)[^\S\n]*(?:#.*)?$/gm)) {
    const line = match[1] ?? '';
    const start = match.index + match[0].indexOf(line);
    return { text: line, span: { file: relative(root, path), text, start, end: start + line.length }, directory: dirname(path) };
  }
  return undefined;
}

/** `undefined`: nothing there that can be read as a file. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Absent, a directory, or not ours to read: as good as absent.
    return undefined;
  }
}
