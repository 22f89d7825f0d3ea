import { renameSync } from 'node:fs';
import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { findPeer, type Peer } from '../peers.ts';
import { fetchProgram, RIPGREP } from '../programs.ts';
import { notMeasured, row, type Row, type Scenario } from '../scenario.ts';
import { coldCargo } from './cold.ts';

export const FRESH_CLONE: Scenario = {
  name: 'fresh-clone',
  title: 'fresh clone, warm store (ripgrep; another clone of the same sources was built before)',
  run: async (lab, { rounds, install }) => {
    const source = await fetchProgram(lab, RIPGREP);
    const sccache = await findPeer(lab, 'sccache', install);
    const chef = await findPeer(lab, 'cargo-chef', install);
    const server = sccache.ok ? await SccacheServer.start(lab, { program: sccache.path, source }) : undefined;
    try {
      lab.say('warming store and caches');
      const contenders = [
        await warmFerrule(lab, source),
        coldCargo(lab, source),
        ...(server === undefined ? [] : [server.contender(source)]),
        ...(chef.ok ? [await cooked(lab, { chef: chef.path, source })] : []),
      ];
      lab.say(`${rounds + 1} rounds of ${contenders.map((contender) => contender.name).join(', ')}`);
      const times = await measure({ rounds, warmUps: 1, contenders });
      const compare = (name: string, label: string, factor: number): Row =>
        row({
          what: 'ripgrep',
          ferrule: times.of('ferrule'),
          against: { name: label, values: times.of(name) },
          goal: { kind: 'faster', times: factor },
        });
      const peerRow = (peer: Peer, name: string, label: string): Row =>
        peer.ok ? compare(name, label, 5) : notMeasured(`ripgrep, ${label}`, peer.reason);
      return [
        compare('cargo', 'cargo, cold', 20),
        peerRow(sccache, 'sccache', 'sccache, warm'),
        peerRow(chef, 'cargo-chef', 'cargo-chef, cooked'),
      ];
    } finally {
      await server?.stop();
    }
  },
};

/** A clone at a new path each time, and one store that another clone filled. */
async function warmFerrule(lab: Lab, source: string): Promise<Contender> {
  const store = lab.newPath('store');
  await lab.ferrule({ directory: lab.clone(source, 'first'), store, arguments: ['build'] });
  let directory = '';
  return {
    name: 'ferrule',
    prepare: () => {
      directory = lab.clone(source, 'clone');
    },
    run: async () => await lab.ferrule({ directory, store, arguments: ['build'] }),
  };
}

/** sccache with a local cache of its own, its server started beforehand. */
class SccacheServer {
  readonly #lab: Lab;
  readonly #program: string;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(lab: Lab, program: string) {
    this.#lab = lab;
    this.#program = program;
    // The server's port has to be nobody else's.
    const port = 20_000 + (process.pid % 20_000);
    this.#environment = {
      RUSTC_WRAPPER: program,
      SCCACHE_DIR: lab.newDirectory('sccache'),
      SCCACHE_SERVER_PORT: String(port),
      SCCACHE_IDLE_TIMEOUT: '0',
    };
  }

  static async start(lab: Lab, { program, source }: { readonly program: string; readonly source: string }): Promise<SccacheServer> {
    const server = new SccacheServer(lab, program);
    await server.#call('--start-server');
    await server.#build(lab.clone(source, 'first'));
    return server;
  }

  contender(source: string): Contender {
    let directory = '';
    return {
      name: 'sccache',
      prepare: () => {
        directory = this.#lab.clone(source, 'sccache');
      },
      run: async () => await this.#build(directory),
    };
  }

  async stop(): Promise<void> {
    await this.#call('--stop-server');
  }

  async #build(directory: string): Promise<void> {
    await this.#lab.cargo({ directory, arguments: ['build', '--release'], environment: this.#environment });
  }

  async #call(word: string): Promise<void> {
    await this.#lab.run({ program: this.#program, directory: this.#lab.checkout, arguments: [word], environment: this.#environment });
  }
}

/**
 * What cargo-chef leaves to do when the layer with its cooked dependencies is at hand: the sources come on top and cargo builds.
 * Getting that layer is not counted. It stands at one path every time, as in a container.
 */
async function cooked(lab: Lab, { chef, source }: { readonly chef: string; readonly source: string }): Promise<Contender> {
  const recipe = lab.newPath('recipe.json');
  // As a subcommand of cargo: it asks for the cargo that started it.
  const cook = async (directory: string, ...words: readonly string[]): Promise<unknown> =>
    await lab.run({
      program: chef,
      directory,
      arguments: ['chef', ...words, '--recipe-path', recipe],
      environment: { CARGO: lab.find('cargo') ?? 'cargo' },
    });
  await cook(source, 'prepare');
  const place = lab.newDirectory('chef');
  await cook(place, 'cook', '--release');
  const layer = lab.newPath('layer');
  renameSync(place, layer);
  return {
    name: 'cargo-chef',
    prepare: async () => {
      renameSyncIfThere(place, lab.newPath('chef-used'));
      await lab.run({ program: 'cp', directory: lab.checkout, arguments: ['-a', layer, place] });
      await lab.run({ program: 'cp', directory: lab.checkout, arguments: ['-rT', source, place] });
    },
    run: async () => await lab.cargo({ directory: place, arguments: ['build', '--release'] }),
  };
}

function renameSyncIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
