/** Nix's names of systems, with Rust's names of them as hosts. */
export const NIX_SYSTEMS: Readonly<Record<string, string>> = {
  'x86_64-linux': 'x86_64-unknown-linux-gnu',
  'aarch64-linux': 'aarch64-unknown-linux-gnu',
  'x86_64-darwin': 'x86_64-apple-darwin',
  'aarch64-darwin': 'aarch64-apple-darwin',
};

/** Nix's name of a machine, by Node's words for it; `undefined`: Nix does not run there. */
export function nixSystem(platform: string, arch: string): string | undefined {
  const cpu = new Map([
    ['x64', 'x86_64'],
    ['arm64', 'aarch64'],
  ]).get(arch);
  const name = `${cpu ?? '?'}-${platform}`;
  return Object.hasOwn(NIX_SYSTEMS, name) ? name : undefined;
}
