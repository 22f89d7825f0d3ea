import { RememberedDirectories } from '../repository/directory-listings.ts';
import type { Store } from '../store/store.ts';
import { DiskProbe } from './disk-probe.ts';
import { QuestionMemory } from './question-memory.ts';
import { ScanCache } from './scan-cache.ts';
import { StatDigestCache } from './stat-digest-cache.ts';
import { TreeMemory } from './tree-memory.ts';

/** What is remembered of a repository's files between runs, in five notes of the store. One per run: nothing is looked at twice. */
export interface SourceMemory {
  readonly directories: RememberedDirectories;
  readonly digests: StatDigestCache;
  readonly scans: ScanCache;
  readonly trees: TreeMemory;
  readonly probe: DiskProbe;
  readonly questions: QuestionMemory;
  /** Absolute paths of every file and directory that was looked at in this run. */
  readonly watched: () => readonly string[];
  /** Writes the notes that have changed. Call it once, at the end; losing it costs time and nothing else. */
  save(): void;
}

/** `now` is in milliseconds since the epoch: the clock that file stamps are compared with. */
export function openSourceMemory(options: {
  readonly store: Store;
  readonly repositoryRoot: string;
  readonly now: () => number;
}): SourceMemory {
  const { store, repositoryRoot, now } = options;
  const directories = new RememberedDirectories({ text: store.getNote('source-directories', repositoryRoot), now });
  const digests = new StatDigestCache({ text: store.getNote('source-digests', repositoryRoot), now });
  const scans = new ScanCache({ text: store.getNote('source-scans', repositoryRoot), digests });
  const trees = new TreeMemory({ text: store.getNote('source-trees', repositoryRoot) });
  const probe = new DiskProbe();
  const questions = new QuestionMemory({ text: store.getNote('source-questions', repositoryRoot) });
  return {
    directories,
    digests,
    scans,
    trees,
    probe,
    questions,
    watched: () => [...directories.watched, ...digests.watched, ...probe.watched],
    save: () => {
      const notes = {
        'source-directories': directories,
        'source-digests': digests,
        'source-scans': scans,
        'source-trees': trees,
        'source-questions': questions,
      };
      for (const [namespace, memory] of Object.entries(notes)) {
        const text = memory.save();
        if (text !== undefined) store.putNote(namespace, repositoryRoot, text);
      }
    },
  };
}
