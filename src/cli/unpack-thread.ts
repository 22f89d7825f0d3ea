import { parentPort, workerData } from 'node:worker_threads';
import type { UnpackAnswer, UnpackQuestion, UnpackThreadData } from '../python/wheel/unpack-message.ts';
import { unpackWheel } from '../python/wheel/unpack-wheel.ts';
import { type DirectoryStore, openStore } from '../store/directory-store.ts';
import { StoreFailure } from '../store/store.ts';

/** A thread that unpacks wheels into a store, one after the other: see `UnpackThreads`. */
function run(port: NonNullable<typeof parentPort>, data: UnpackThreadData): void {
  let opened: DirectoryStore | undefined;
  const answer = async (question: Exclude<UnpackQuestion, 'close'>): Promise<UnpackAnswer> => {
    try {
      const store = (opened ??= openStore({ directory: data.store, now: Date.now, processId: process.pid }));
      const result = await unpackWheel({ store, ...question, alone: true });
      return result.ok ? { kind: 'kept' } : { kind: 'refused', diagnostics: result.diagnostics };
    } catch (error) {
      if (error instanceof StoreFailure) return { kind: 'disk', path: error.path, systemCode: error.systemCode };
      return { kind: 'defect', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  port.on('message', (question: UnpackQuestion) => {
    if (question === 'close') {
      opened?.close();
      port.close();
      return;
    }
    void answer(question).then((said) => port.postMessage(said));
  });
}

if (parentPort === null) throw new Error('internal: this program is for a thread of Ferrule');
run(parentPort, workerData);
