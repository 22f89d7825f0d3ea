import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';
import { type Contender, measure } from '../measure.ts';
import { row, type Row, type Scenario } from '../scenario.ts';
import { interpreterOf, Uv } from './environment-uv.ts';

const TARGET = 'environment-of-150:env';

export const ENVIRONMENT: Scenario = {
  name: 'environment',
  title: 'environment of 182 distributions from a lock',
  run: async (lab, { rounds }) => {
    const source = lab.newDirectory('project');
    for (const name of ['pyproject.toml', 'uv.lock']) copyFileSync(join(lab.checkout, 'bench/environment', name), join(source, name));
    const bench = await EnvironmentBench.prepare(lab, source);
    return [...(await bench.warm(rounds * 5)), ...(await bench.unchanged(rounds * 5)), ...(await bench.cold(rounds))];
  },
};

/** Both sides with everything downloaded: our store, uv's cache. */
class EnvironmentBench {
  readonly #lab: Lab;
  readonly #source: string;
  readonly #store: string;
  readonly #uv: Uv;
  readonly #cache: string;

  private constructor(options: {
    readonly lab: Lab;
    readonly source: string;
    readonly store: string;
    readonly uv: Uv;
    readonly cache: string;
  }) {
    this.#lab = options.lab;
    this.#source = options.source;
    this.#store = options.store;
    this.#uv = options.uv;
    this.#cache = options.cache;
  }

  static async prepare(lab: Lab, source: string): Promise<EnvironmentBench> {
    const store = lab.newPath('store');
    const cache = lab.newPath('uv-cache');
    lab.say('ferrule: downloading and unpacking');
    const ours = lab.clone(source, 'ferrule');
    await lab.ferrule({ directory: ours, store, arguments: ['build', TARGET] });
    const uv = await Uv.install(lab, interpreterOf(join(ours, 'result')));
    lab.say('uv: downloading and unpacking');
    await uv.sync({ directory: lab.clone(source, 'uv'), cache, offline: false });
    return new EnvironmentBench({ lab, source, store, uv, cache });
  }

  /** Unpacked wheels at hand, a new checkout each time. */
  async warm(rounds: number): Promise<readonly Row[]> {
    this.#lab.say(`new checkouts: ${rounds + 1} rounds`);
    const anew = this.#checkout('anew', () => this.#setAside(['environments', 'notes/environment']));
    const before = this.#checkout('before', () => undefined);
    const times = await measure({ rounds, warmUps: 1, contenders: [anew, before, this.#sync()] });
    const against = { name: 'uv sync, hard links', values: times.of('uv') };
    return [
      row({ what: 'composed for the first time', ferrule: times.of('anew'), against, goal: { kind: 'faster', times: 10 } }),
      row({ what: 'composed before, in another checkout', ferrule: times.of('before'), against }),
    ];
  }

  async unchanged(rounds: number): Promise<readonly Row[]> {
    const ours = this.#lab.clone(this.#source, 'ferrule');
    const theirs = this.#lab.clone(this.#source, 'uv');
    const contenders = [
      { name: 'ferrule', run: async () => await this.#ferrule(ours) },
      { name: 'uv', run: async () => await this.#uv.sync({ directory: theirs, cache: this.#cache, offline: true }) },
    ];
    const times = await measure({ rounds, warmUps: 3, contenders });
    const against = { name: 'uv sync --frozen', values: times.of('uv') };
    return [row({ what: 'nothing changed', ferrule: times.of('ferrule'), against, goal: { kind: 'at most', ratio: 0.5 } })];
  }

  /** Downloaded wheels and nothing else. uv keeps no wheels in its cache, so it is given the files, without any look-up of them. */
  async cold(rounds: number): Promise<readonly Row[]> {
    const files = this.#wheelFiles();
    this.#lab.say(`unpacking ${files.length} wheels: ${rounds + 1} rounds`);
    const ours = this.#checkout('ferrule', () =>
      this.#setAside([
        'environments',
        'trees',
        ...['environment', 'listing', 'listing-whole', 'wheel', 'bundle'].map((notes) => `notes/${notes}`),
      ]),
    );
    let directory = '';
    const theirs: Contender = {
      name: 'uv',
      prepare: () => {
        directory = this.#lab.newDirectory('uv');
      },
      run: async () => await this.#uv.installFiles({ directory, cache: this.#lab.newPath('uv-cache'), files }),
    };
    const times = await measure({ rounds, warmUps: 1, contenders: [ours, theirs] });
    const against = { name: 'uv pip install, from files', values: times.of('uv') };
    return [
      row({ what: 'wheels downloaded, nothing unpacked', ferrule: times.of('ferrule'), against, goal: { kind: 'at most', ratio: 1 } }),
    ];
  }

  #checkout(name: string, forget: () => void): Contender {
    let directory = '';
    return {
      name,
      prepare: () => {
        directory = this.#lab.clone(this.#source, name);
        forget();
      },
      run: async () => await this.#ferrule(directory),
    };
  }

  #sync(): Contender {
    let directory = '';
    return {
      name: 'uv',
      prepare: () => {
        directory = this.#lab.clone(this.#source, 'uv');
      },
      run: async () => await this.#uv.sync({ directory, cache: this.#cache, offline: true }),
    };
  }

  async #ferrule(directory: string): Promise<unknown> {
    return await this.#lab.ferrule({ directory, store: this.#store, arguments: ['build', TARGET, '--offline'] });
  }

  /** Takes parts of the store away, without deleting anything. */
  #setAside(parts: readonly string[]): void {
    for (const part of parts) {
      const path = join(this.#store, 'v1', part);
      if (existsSync(path)) renameSync(path, this.#lab.newPath(part.replaceAll('/', '-')));
    }
  }

  /** The wheels of our store under their own names, told by the lock. */
  #wheelFiles(): readonly string[] {
    const directory = this.#lab.newPath('wheels');
    mkdirSync(directory);
    const lock = readFileSync(join(this.#source, 'uv.lock'), 'utf8');
    const files: string[] = [];
    for (const match of lock.matchAll(/url = "[^"]*\/(?<name>[^"/]+\.whl)", hash = "sha256:(?<hash>[0-9a-f]{64})"/g)) {
      const { name = '', hash = '' } = match.groups ?? {};
      const blob = join(this.#store, 'v1/blobs', hash.slice(0, 2), hash);
      if (!existsSync(blob)) continue;
      const file = join(directory, decodeURIComponent(name));
      copyFileSync(blob, file);
      files.push(file);
    }
    return files;
  }
}
