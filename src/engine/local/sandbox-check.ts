import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { machineName } from '../../store/session.ts';
import type { Store } from '../../store/store.ts';
import { bubblewrapArguments, findHostDirectories } from './bubblewrap.ts';

/**
 * Whether bubblewrap can make a sandbox here; what it said when it cannot. Containers and hardened systems forbid the namespaces it needs.
 * Asked once for each program and boot: a yes is remembered.
 */
export function whyNoSandbox(options: { readonly store: Store; readonly bubblewrap: string }): string | undefined {
  const { store, bubblewrap } = options;
  const { mtimeMs, ino } = statSync(bubblewrap);
  const question = JSON.stringify([machineName(), bubblewrap, mtimeMs, ino]);
  if (store.getNote('sandbox', question) !== undefined) return undefined;
  const scratch = store.scratch();
  try {
    const command = ['true'];
    const words = bubblewrapArguments({ host: findHostDirectories(), build: scratch.path, mounts: [], workingDirectory: 'build', command });
    const tried = spawnSync(bubblewrap, words, { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
    if (tried.status !== 0) return tried.error?.message ?? tried.stderr.trim();
    store.putNote('sandbox', question, 'works');
    return undefined;
  } finally {
    scratch.dispose();
  }
}
