import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeHostPackages } from './host-packages.ts';
import { nixVersions } from './programs.ts';
import { type Nix, startNix } from './rig.ts';

const FLAKE = `{
  outputs = { self }: let
    host = import ./host-packages.nix;
    run = name: script: derivation {
      inherit name;
      system = "@system@";
      builder = "/bin/sh";
      args = [ "-euc" script ];
      PATH = builtins.concatStringsSep ":" host.tools;
    };
  in {
    packages.@system@ = {
      place = run "place" "pwd > $out";
      network = run "network" "cat /proc/net/dev > $out";
      home = run "home" "if [ -e $HOME ]; then exit 1; fi; echo none > $out";
      versions = run "versions" ''
        { \${host.node}/bin/node --version; \${host.rust}/bin/rustc --version; \${host.python}/bin/python3 --version; cc --version; } > $out
      '';
      program = run "program" ''
        echo 'int main(void) { return 7; }' > seven.c
        mkdir -p $out/bin
        cc seven.c -o $out/bin/program
      '';
    };
  };
}
`;

describe.each(nixVersions())('the rig with Nix of kind %s', (version) => {
  let nix: Nix;
  let flake: string;

  beforeAll(async () => {
    nix = await startNix({ version });
    flake = join(nix.outside('/'), 'flake');
    mkdirSync(flake);
    writeFileSync(join(flake, 'flake.nix'), FLAKE.replaceAll('@system@', nix.system));
    writeHostPackages(flake, nix.places);
  }, 120_000);

  afterAll(() => nix.dispose());

  async function build(name: string): Promise<string> {
    const { status, stdout, stderr } = await nix.run(['build', '--no-link', '--json', `path:${flake}#${name}`]);
    expect(stderr.split('\n').filter((line) => line.startsWith('error'))).toEqual([]);
    expect(status).toBe(0);
    return JSON.parse(stdout)[0].outputs.out;
  }

  test('builds in the sandbox, in `/build`, without a network', async () => {
    expect(readFileSync(nix.outside(await build('place')), 'utf8')).toBe('/build\n');
    const interfaces = readFileSync(nix.outside(await build('network')), 'utf8').match(/^ *\w+(?=:)/gm);
    expect(interfaces?.map((name) => name.trim())).toEqual(['lo']);
  });

  test('shows builds the toolchains of this machine, and no home directory', async () => {
    const versions = readFileSync(nix.outside(await build('versions')), 'utf8');
    expect(versions).toMatch(/^v\d+[^]*^rustc 1[^]*^Python 3[^]*^.*cc /m);
    await build('home');
  });

  test('has a store at `/nix/store` that only its own commands see', async () => {
    const path = await build('program');
    expect(path).toMatch(/^\/nix\/store\/[a-z0-9]{32}-program$/);
    expect(existsSync(path)).toBe(false);
    expect((await nix.enter([`${path}/bin/program`])).status).toBe(7);
  });
});
