import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';

/** A tool that is compared with, or why it cannot be. */
export type Peer = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

const INSTALLATION = {
  sccache: ['install', 'sccache', '--no-default-features', '--locked'],
  'cargo-chef': ['install', 'cargo-chef', '--locked'],
  crate2nix: ['install', 'crate2nix', '--locked'],
} as const;

/** Finds a tool on the search path, or builds it into the bench's own directory when that was asked for. */
export async function findPeer(lab: Lab, program: keyof typeof INSTALLATION, install: boolean): Promise<Peer> {
  const found = lab.find(program);
  if (found !== undefined) return { ok: true, path: found };
  const words = INSTALLATION[program];
  if (!install) return { ok: false, reason: `${program} is not on the PATH: \`cargo ${words.join(' ')}\`, or run with \`--install\`` };
  lab.say(`building ${program}`);
  const root = lab.newDirectory(program);
  const targetDirectory = lab.newPath(`${program}-target`);
  try {
    await lab.cargo({ directory: root, arguments: [...words, '--quiet', '--root', root, '--target-dir', targetDirectory] });
  } catch (error) {
    return {
      ok: false,
      reason: `${program} could not be built: ${error instanceof Error ? (error.message.split('\n').at(-1) ?? '') : String(error)}`,
    };
  }
  return { ok: true, path: join(root, 'bin', program) };
}

/**
 * What crane builds dependencies from: the package with nothing in its own sources. crane's `mkDummySrc` and cargo-chef's recipe do the
 * same; here every Rust file becomes an empty program.
 */
export function emptySources(lab: Lab, source: string): string {
  const directory = lab.clone(source, 'empty');
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.rs')) writeFileSync(join(directory, path), 'fn main() {}\n');
  }
  return directory;
}
