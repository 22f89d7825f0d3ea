import type { TomlTable } from 'smol-toml';

import type { ConfigLookup } from './cargo-config-lookup.ts';
import { isTable } from './manifest.ts';

/**
 * Where the chain of `inherits` of a profile ends: the PROFILE of build scripts (cargo `src/workspace/profiles.rs`, `ProfileRoot`).
 * cargo's configuration beats the workspace's manifest.
 */
export function profileRoot(options: {
  readonly profile: string;
  /** The workspace's root manifest; `undefined` when it has none of its own. */
  readonly manifest: TomlTable | undefined;
  readonly config: ConfigLookup;
}): 'debug' | 'release' {
  const seen = new Set<string>();
  let name: string | undefined = options.profile;
  while (name !== undefined && !seen.has(name)) {
    if (name === 'dev' || name === 'test') return 'debug';
    if (name === 'release' || name === 'bench') return 'release';
    seen.add(name);
    name = options.config.string(['profile', name, 'inherits']) ?? inheritsOf(options.manifest, name);
  }
  return 'debug';
}

function inheritsOf(manifest: TomlTable | undefined, name: string): string | undefined {
  const profiles = manifest?.['profile'];
  const profile = isTable(profiles) ? profiles[name] : undefined;
  const inherits = isTable(profile) ? profile['inherits'] : undefined;
  return typeof inherits === 'string' ? inherits : undefined;
}

/** Directory below `target/` (cargo: `dev` and `test` share `debug`, `release` and `bench` share `release`). */
export function profileDirectory(profile: string): string {
  if (profile === 'dev' || profile === 'test') return 'debug';
  return profile === 'bench' ? 'release' : profile;
}
