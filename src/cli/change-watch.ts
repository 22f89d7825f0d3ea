import { existsSync, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

/** Editors write a file in several steps, and many files at once: what comes within this time is one change. */
const SETTLE_MS = 60;

/** Links to results, which the runs themselves make. */
const OWN_LINK = /^\.?result(?:[-.]|$)/;

/** Notices changes in directories, whenever they come: while somebody waits and before. */
export class ChangeWatch implements Disposable {
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = false;
  #notify: (() => void) | undefined;

  /** Watches these directories and no others. Those that are gone are left out. */
  update(directories: Iterable<string>): void {
    const wanted = new Set(directories);
    for (const [directory, watcher] of this.#watchers) {
      if (wanted.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of wanted) {
      if (this.#watchers.has(directory) || !existsSync(directory)) continue;
      const watcher = watch(directory, (_, name) => {
        if (name === null || !OWN_LINK.test(name)) this.#change();
      });
      // A directory that is removed meanwhile: that was the change.
      watcher.on('error', () => this.#change());
      this.#watchers.set(directory, watcher);
    }
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Settles a moment after a change since the last call, or when the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#notify = undefined;
    }
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    this.#changed = false;
  }

  #change(): void {
    this.#changed = true;
    this.#notify?.();
  }

  [Symbol.dispose](): void {
    this.update([]);
  }
}

/** The directories in which a change of one of these paths shows, as far as they lie below `root`. Paths may be missing. */
export function directoriesOf(paths: readonly string[], root: string): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const path of paths) {
    if (path !== root && !path.startsWith(`${root}/`)) continue;
    const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    const directory = isDirectory ? path : dirname(path);
    if (directory === root || directory.startsWith(`${root}/`)) directories.add(directory);
  }
  return directories;
}

/** The nearest directory, from here upwards, that is the top of a repository; without any, this one. */
export function watchRoot(directory: string): string {
  for (let place = directory; ; place = dirname(place)) {
    if (existsSync(join(place, 'ferrule.toml')) || existsSync(join(place, '.git'))) return place;
    if (dirname(place) === place) return directory;
  }
}

const NEVER_SOURCES: ReadonlySet<string> = new Set(['target', 'node_modules', '__pycache__']);

/** Every directory below one that may hold sources: for a run that failed before it was known what it depends on. */
export function sourceDirectories(root: string): readonly string[] {
  const below = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NEVER_SOURCES.has(entry.name),
  );
  return [root, ...below.flatMap(({ name }) => sourceDirectories(join(root, name)))];
}
