import type { Store } from '../../store/store.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import { machineIdentity } from '../machine-identity.ts';

/** What of this machine can change what a build backend makes: it may call the compilers. */
export function machinePlatform(store: Store): Readonly<Record<string, string>> {
  const { os, arch, compilers } = machineIdentity({ store, path: BASE_ENVIRONMENT.PATH, os: process.platform, arch: process.arch });
  return { os, arch, compilers };
}
