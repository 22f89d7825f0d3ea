import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import type { Mount } from './mounts.ts';

/** The system directories an action can read, found once per run. */
export interface HostDirectories {
  readonly arguments: readonly string[];
}

/** Directories of the machine that hold compilers, libraries and tools. */
const SYSTEM_DIRECTORIES = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'] as const;

/** The few files of `/etc` that compilers and interpreters need: loader cache, alternatives, names of users. */
const SYSTEM_FILES = [
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/alternatives',
  '/etc/passwd',
  '/etc/group',
  '/etc/nsswitch.conf',
  '/etc/localtime',
] as const;

/** Looks at the machine once: symbolic links such as `/lib -> usr/lib` stay links. */
export function findHostDirectories(): HostDirectories {
  const found: string[] = [];
  for (const path of [...SYSTEM_DIRECTORIES, ...SYSTEM_FILES]) {
    const state = lstatSync(path, { throwIfNoEntry: false });
    if (state === undefined) continue;
    if (state.isSymbolicLink() && path.lastIndexOf('/') === 0) found.push('--symlink', readlinkSync(path), path);
    else if (existsSync(path)) found.push('--ro-bind', path, path);
  }
  return { arguments: found };
}

/**
 * Arguments of `bwrap` for one action: new namespaces for everything, no network, no capabilities, a root that holds the
 * system directories read-only, an empty `/tmp` and `/build`.
 */
export function bubblewrapArguments(options: {
  readonly host: HostDirectories;
  readonly build: string;
  readonly mounts: readonly Mount[];
  readonly workingDirectory: string;
  readonly command: readonly string[];
}): readonly string[] {
  const { host, build, mounts, workingDirectory, command } = options;
  return [
    '--unshare-all',
    '--die-with-parent',
    '--cap-drop',
    'ALL',
    '--uid',
    '1000',
    '--gid',
    '1000',
    '--hostname',
    'localhost',
    ...host.arguments,
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--bind',
    build,
    '/build',
    ...mounts.flatMap((mount) => ['--ro-bind', mount.source, mount.target]),
    '--chdir',
    `/${workingDirectory}`,
    '--',
    ...command,
  ];
}
