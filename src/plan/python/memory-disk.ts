import type { PackingDisk } from '../../python/maturin/packing-disk.ts';
import type { SourceMemory } from '../../source/source-memory.ts';
import type { DirectoryStore } from '../../store/directory-store.ts';

/** The project's files as the run knows them: each is looked at once. */
export function packingDisk(memory: SourceMemory, store: DirectoryStore): PackingDisk {
  return {
    directories: memory.directories,
    probe: memory.probe,
    keep: (path) => {
      const state = memory.digests.look(path);
      if (state !== undefined && store.blobPath(state.digest, state.executable) === undefined) {
        const digest = store.copyFile(path, { executable: state.executable });
        const kept = { digest, executable: state.executable };
        memory.digests.correct(path, kept);
        return kept;
      }
      return state;
    },
  };
}
