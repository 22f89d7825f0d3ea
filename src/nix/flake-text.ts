import type { NixPlan } from './plan-file.ts';

/** A `flake.nix` for a repository that has none: inputs and one line. A pinned toolchain comes from rust-overlay. */
export function flakeText({ name, plan }: { readonly name: string; readonly plan: NixPlan }): string {
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

  # Packages, programs, checks and shells, unit by unit. Arguments of \`nix/ferrule.nix\` change what it makes them with.
  outputs = inputs: import ./nix/ferrule.nix { inherit inputs; };
}
`;
}
