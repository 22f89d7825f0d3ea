import { readFileSync, writeFileSync } from 'node:fs';
import type { NixVersion } from '../nix/programs.ts';
import { type Ended, type Nix, startNix } from '../nix/rig.ts';

/** A Nix that has built something small and a pair of keys to sign it with. */
export interface Publisher {
  readonly nix: Nix;
  /** The path of what it has built, which refers to three others. */
  readonly top: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Four derivations that need nothing but a shell: `top` refers to `a`, `b` and `c`. */
const EXPRESSION = `
let
  make = name: needs: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-euc" "for i in $(seq 2000); do echo \${name} \${toString needs} $((i * i * i)); done > $out" ];
    PATH = "/usr/bin:/bin";
  };
in make "top" [ (make "a" [ ]) (make "b" [ ]) (make "c" [ ]) ]
`;

/** How `nix build` of the four ended. Its `--json` has the path. */
export async function buildFour(nix: Nix, words: readonly string[] = []): Promise<Ended> {
  writeFileSync(nix.outside('/four.nix'), EXPRESSION);
  return await nix.run(['build', '--impure', '--file', nix.outside('/four.nix'), '--no-link', '--json', ...words]);
}

/** Names of the derivations that Nix says it has built. */
export function builtNames({ stderr }: Ended): readonly string[] {
  return [...stderr.matchAll(/^building '\/nix\/store\/[a-z0-9]{32}-(.+)\.drv'/gm)].map(([, name]) => name ?? '').toSorted();
}

export async function startPublisher(version: NixVersion): Promise<Publisher> {
  const nix = await startNix({ version });
  const [secret, open] = [nix.outside('/secret'), nix.outside('/public')];
  const made = await nix.enter(['nix-store', '--generate-binary-cache-key', 'team-1', secret, open]);
  const built = await buildFour(nix);
  if (made.status !== 0 || built.status !== 0) throw new Error(`${made.stderr}${built.stderr}`);
  return {
    nix,
    top: JSON.parse(built.stdout)[0].outputs.out,
    publicKey: readFileSync(open, 'utf8'),
    secretKey: readFileSync(secret, 'utf8'),
  };
}
