import { join, relative } from 'node:path';

import type { ConfigLookup } from './cargo-config-lookup.ts';
import type { ConfigValue } from './cargo-config.ts';
import type { RustFacts } from '../facts.ts';
import { SOURCE_ROOT } from '../layout.ts';

/**
 * `[env]` of cargo's configuration (cargo `src/util/context/mod.rs`, `EnvConfigValue`), sorted by name. A `relative` value becomes
 * the path it has inside the sandbox when it lies below `sourceAnchor`, else it stays a path of this machine.
 */
export function configEnvironment(config: ConfigLookup, sourceAnchor: string): RustFacts['configEnvironment'] {
  return config.names(['env']).flatMap((name) => {
    const entry = entryOf(config.file(['env', name]));
    if (entry === undefined) return [];
    const value = entry.relative ? placeInSandbox(join(entry.root, entry.value), sourceAnchor) : entry.value;
    return [{ name, value, force: entry.force }];
  });
}

interface EnvironmentEntry {
  readonly value: string;
  readonly force: boolean;
  readonly relative: boolean;
  readonly root: string;
}

function entryOf(value: ConfigValue | undefined): EnvironmentEntry | undefined {
  if (value?.kind === 'string') return { value: value.value, force: false, relative: false, root: value.root };
  if (value?.kind !== 'table') return undefined;
  const text = value.entries.get('value');
  if (text?.kind !== 'string') return undefined;
  return { value: text.value, force: isTrue(value.entries.get('force')), relative: isTrue(value.entries.get('relative')), root: text.root };
}

function isTrue(value: ConfigValue | undefined): boolean {
  return value?.kind === 'boolean' && value.value;
}

function placeInSandbox(path: string, sourceAnchor: string): string {
  const below = relative(sourceAnchor, path);
  return below === '..' || below.startsWith('../') ? path : join(SOURCE_ROOT, below);
}
