import { basename } from 'node:path';

/** What a member is called where people read it: its path, or the directory's name where it is the repository itself. */
export function memberName({ path, directory }: { readonly path: string; readonly directory: string }): string {
  return path === '.' || path === '' ? basename(directory) : path;
}
