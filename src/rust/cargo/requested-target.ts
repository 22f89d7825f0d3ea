import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { ConfigLookup } from './cargo-config-lookup.ts';
import type { CargoSelection } from '../selection.ts';
import type { Toolchain } from '../toolchain.ts';

/**
 * The triple to build for: `--target`, else `build.target` of cargo's configuration, which counts the same; `undefined`: neither.
 * Fails with F0214 for several targets or a target specification file, F0215 when its standard library is not installed.
 */
export function requestedTarget(options: {
  readonly selection: CargoSelection;
  readonly config: ConfigLookup;
  readonly toolchain: Toolchain;
}): Result<string | undefined> {
  const { selection, config, toolchain } = options;
  const triples = selection.target === undefined ? (config.words(['build', 'target']) ?? []) : [selection.target];
  const [triple] = triples;
  if (triple === undefined) return ok(undefined);
  if (triples.length > 1) return fail(severalTargets(triples));
  if (triple === 'host-tuple') return ok(toolchain.host);
  if (triple.endsWith('.json')) return fail(specificationFile(triple));
  return isInstalled(toolchain, triple) ? ok(triple) : fail(notInstalled(toolchain, triple));
}

function isInstalled(toolchain: Toolchain, triple: string): boolean {
  return existsSync(join(toolchain.sysroot, 'lib/rustlib', triple, 'lib'));
}

function severalTargets(triples: readonly string[]): Diagnostic {
  return {
    code: 'F0214',
    severity: 'error',
    blame: 'input',
    message: "`build.target` of cargo's configuration names several targets",
    facts: [['targets', triples.join(', ')]],
    hints: ['choose one with `--target`'],
  };
}

function specificationFile(path: string): Diagnostic {
  return {
    code: 'F0214',
    severity: 'error',
    blame: 'input',
    message: `\`${path}\` is a target specification file, and those need an unstable cargo`,
    hints: ['use a target that rustc knows by name: `rustc --print target-list`'],
  };
}

function notInstalled(toolchain: Toolchain, triple: string): Diagnostic {
  return {
    code: 'F0215',
    severity: 'error',
    blame: 'input',
    message: `the standard library for \`${triple}\` is not installed`,
    facts: [['toolchain', `${toolchain.rustcVersion}, ${toolchain.sysroot}`]],
    hints: [`run \`rustup target add ${triple}\`, or list it under \`targets\` in \`rust-toolchain.toml\``],
  };
}
