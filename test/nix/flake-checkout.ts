import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import type { NixPlan } from '../../src/nix/plan-file.ts';
import { type Checkout, type SavedFiles, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { NixBuilder } from './nix-builder.ts';
import type { NixVersion } from './programs.ts';
import { type Ended, type Nix, startNix } from './rig.ts';

/** The `flake.nix` of the tests: the machine's package set in nixpkgs' place. */
export const FLAKE = `{
  outputs = _: import ./nix/ferrule.nix { packagesFor = _: import ./host-packages.nix; };
}
`;

/** Every system that a flake is planned for. */
export const SYSTEMS = ['aarch64-darwin', 'aarch64-linux', 'x86_64-darwin', 'x86_64-linux'] as const;

/** A repository with an exported flake, in git, and a Nix of its own. */
export class FlakeCheckout {
  readonly nix: Nix;
  readonly place: TemporaryDirectory;
  readonly checkout: Checkout;
  readonly builder: NixBuilder;
  #saved: SavedFiles = new Map();
  #exported = '';

  private constructor(started: { readonly nix: Nix; readonly place: TemporaryDirectory; readonly checkout: Checkout }) {
    this.nix = started.nix;
    this.place = started.place;
    this.checkout = started.checkout;
    this.builder = new NixBuilder(this.nix, this.place.join('store'));
  }

  /** `make` puts the repository into a directory. */
  static async start(options: { readonly version: NixVersion; readonly make: (directory: string) => Checkout }): Promise<FlakeCheckout> {
    const nix = await startNix(options);
    const place = new TemporaryDirectory();
    const checkout = options.make(place.join('checkout'));
    const flake = new FlakeCheckout({ nix, place, checkout });
    flake.builder.prepare(checkout.directory);
    checkout.write('flake.nix', FLAKE);
    flake.#git('init', '--quiet');
    await flake.export();
    flake.#saved = checkout.save();
    return flake;
  }

  /** Writes the plan, and tells git of everything there is. */
  async export(): Promise<void> {
    const { status, stderr } = await this.builder.run(['nix', 'export'], this.checkout);
    expect(status, stderr).toBe(0);
    this.#exported = stderr;
    this.#git('add', '--all');
  }

  /** What the last export said. */
  get exported(): string {
    return this.#exported;
  }

  plan(): NixPlan {
    return JSON.parse(this.checkout.read('nix/ferrule.json'));
  }

  /** Runs `nix` in the repository. */
  async run(...words: readonly string[]): Promise<Ended> {
    return await this.nix.run(words, { cwd: this.checkout.directory });
  }

  /** What `nix flake show --json` says. */
  async shown(): Promise<Readonly<Record<string, unknown>>> {
    const { status, stdout, stderr } = await this.run(
      'flake',
      'show',
      '--json',
      ...(this.nix.version === 'current' ? ['--all-systems'] : []),
    );
    expect(status, stderr).toBe(0);
    return Object(JSON.parse(stdout));
  }

  /** Builds an output, and says where it is in the store. */
  async build(name: string): Promise<string> {
    const { status, stdout, stderr } = await this.run('build', '--no-link', '--json', `.#${name}`);
    expect(status, stderr).toBe(0);
    const built: unknown = JSON.parse(stdout);
    return String(Object(built)[0].outputs.out);
  }

  /** Names of the derivations that would be built. */
  async pending(...names: readonly string[]): Promise<readonly string[]> {
    const { stderr } = await this.run('build', '--dry-run', '--no-link', ...names.map((name) => `.#${name}`));
    return [...stderr.matchAll(/^ +\/nix\/store\/[a-z0-9]{32}-(.*)-[0-9a-f]{16}\.drv$/gm)].map(([, label = '']) => label).toSorted();
  }

  /** Looks at the repository as it is after a change, and takes the change back. */
  async changing(change: () => void, look: () => Promise<void>): Promise<void> {
    try {
      change();
      this.#git('add', '--all');
      await look();
    } finally {
      this.checkout.restore(this.#saved);
      this.#git('add', '--all');
    }
  }

  dispose(): void {
    this.builder[Symbol.dispose]();
    this.place[Symbol.dispose]();
    this.nix.dispose();
  }

  #git(...words: readonly string[]): void {
    const { status, stderr } = spawnSync('git', words, { cwd: this.checkout.directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }
}
