import { chmodSync, constants, copyFileSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Store } from '../../store/store.ts';
import { DIRECTORY_MODE, EXECUTABLE_MODE, FILE_MODE } from '../../store/store-layout.ts';
import { systemCode } from '../../store/system-error.ts';
import type { ComposedEnvironment, EnvironmentPlan } from './environment-plan.ts';
import type { PlannedDirectory, PlannedEntry, PlannedFile } from './planned-entry.ts';

/** Puts a planned environment into the store; an environment that is there already is left as it is. */
export function writeEnvironment(options: { readonly store: Store; readonly plan: EnvironmentPlan }): ComposedEnvironment {
  const { store, plan } = options;
  const directory = store.keepEnvironment(plan.key, (path) => writeEntries(path, plan.root()));
  return { directory, key: plan.key, digest: plan.description.digest, description: plan.description };
}

/** Writes what is planned into an empty directory. */
export function writeEntries(path: string, directory: PlannedDirectory): void {
  for (const [name, entry] of directory.entries) writeEntry(`${path}/${name}`, entry);
}

function writeEntry(path: string, entry: PlannedEntry): void {
  switch (entry.kind) {
    case 'link':
      symlinkSync(entry.target, path);
      return;
    case 'directory':
      mkdirSync(path);
      writeEntries(path, entry);
      chmodSync(path, DIRECTORY_MODE);
      return;
    case 'text':
      writeFileSync(path, entry.text, { flag: 'wx' });
      chmodSync(path, entry.executable ? EXECUTABLE_MODE : FILE_MODE);
      return;
    case 'file':
      placeFile(path, entry);
      return;
    default:
      throw new Error(`internal: unknown entry ${String(entry satisfies never)}`);
  }
}

/** A second name for the store's file where the file system can, else a copy. */
function placeFile(path: string, file: PlannedFile): void {
  if (!file.makeExecutable && linked(file.source, path)) return;
  copyFileSync(file.source, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  chmodSync(path, file.executable || file.makeExecutable ? EXECUTABLE_MODE : FILE_MODE);
}

function linked(source: string, path: string): boolean {
  try {
    linkSync(source, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EMLINK' || code === 'EXDEV' || code === 'EPERM' || code === 'ENOTSUP') return false;
    throw error;
  }
}
