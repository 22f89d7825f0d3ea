import { flakeCacheSettings } from '../cache/nix-settings.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import type { NixPlan } from './plan-file.ts';

export interface FlakeSubject {
  readonly name: string;
  readonly plan: NixPlan;
  readonly caches: readonly CacheConfig[];
}

/** A `flake.nix` for a repository that has none: inputs and one line. A pinned toolchain comes from rust-overlay. */
export function flakeText({ name, plan, caches }: FlakeSubject): string {
  const isPinned = Object.values(plan.toolchains).some(({ file }) => file !== null);
  const inputs = [
    '  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";',
    ...(isPinned
      ? ['  inputs.rust-overlay.url = "github:oxalica/rust-overlay";', '  inputs.rust-overlay.inputs.nixpkgs.follows = "nixpkgs";']
      : []),
  ];
  return `{
  description = ${JSON.stringify(name)};

${inputs.join('\n')}
${nixConfigText(caches)}
  # Packages, programs, checks and shells, unit by unit. Arguments of \`nix/ferrule.nix\` change what it makes them with.
  outputs = inputs: import ./nix/ferrule.nix { inherit inputs; };
}
`;
}

/** The caches of `ferrule.toml`, written out: Nix evaluates nothing here. Empty without any. */
export function nixConfigText(caches: readonly CacheConfig[]): string {
  const settings = Object.entries(flakeCacheSettings(caches) ?? {});
  return settings
    .map(([name, values]) => `  nixConfig.${name} = [ ${values.map((value: string) => JSON.stringify(value)).join(' ')} ];\n`)
    .join('');
}
