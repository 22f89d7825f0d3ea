import type { Store } from '../../store/store.ts';
import { BASE_ENVIRONMENT } from '../host-environment.ts';
import { machineIdentity } from '../machine-identity.ts';

/** What of this machine can change what a build backend makes: its compilers only if the backend may start them. */
export function machinePlatform(store: Store, { compiles }: { readonly compiles: boolean }): Readonly<Record<string, string>> {
  if (!compiles) return { os: process.platform, arch: process.arch };
  const { os, arch, compilers } = machineIdentity({ store, path: BASE_ENVIRONMENT.PATH, os: process.platform, arch: process.arch });
  return { os, arch, compilers };
}
