import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../lab.ts';

const VERSION = '0.13.8';

/** uv as it is compared with: of one version, with a cache of its own. */
export class Uv {
  readonly #lab: Lab;
  readonly #program: string;
  /** Absolute path of the interpreter that both sides use. */
  readonly #python: string;

  private constructor(options: { readonly lab: Lab; readonly program: string; readonly python: string }) {
    this.#lab = options.lab;
    this.#program = options.program;
    this.#python = options.python;
  }

  /** Installed from the package index into a virtual environment of the bench, unless the search path has that very version. */
  static async install(lab: Lab, python: string): Promise<Uv> {
    const found = lab.find('uv');
    if (found !== undefined) {
      const { stdout } = await lab.run({ program: found, directory: lab.checkout, arguments: ['--version'] });
      if (stdout.startsWith(`uv ${VERSION}`)) return new Uv({ lab, program: found, python });
    }
    lab.say(`installing uv ${VERSION}`);
    const directory = lab.newPath('uv');
    await lab.run({ program: python, directory: lab.checkout, arguments: ['-m', 'venv', directory] });
    const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${VERSION}`];
    await lab.run({ program: join(directory, 'bin/python'), directory: lab.checkout, arguments: words });
    return new Uv({ lab, program: join(directory, 'bin/uv'), python });
  }

  /** `uv sync --frozen` with hard links into `.venv` of the directory. */
  async sync(options: { readonly directory: string; readonly cache: string; readonly offline: boolean }): Promise<void> {
    const { directory, cache, offline } = options;
    const words = ['sync', '--quiet', '--frozen', '--link-mode', 'hardlink', '--python', this.#python, ...(offline ? ['--offline'] : [])];
    await this.#run({ directory, cache, words });
  }

  /** A new environment from wheel files, into a cache that knows nothing. */
  async installFiles(options: { readonly directory: string; readonly cache: string; readonly files: readonly string[] }): Promise<void> {
    const { directory, cache, files } = options;
    await this.#run({ directory, cache, words: ['venv', '--quiet', '--python', this.#python, '.venv'] });
    const words = ['pip', 'install', '--quiet', '--offline', '--no-index', '--no-deps', '--link-mode', 'hardlink', ...files];
    await this.#run({ directory, cache, words });
  }

  /** `uv run --frozen`, which builds and installs what has changed first. */
  async run({
    directory,
    cache,
    words,
  }: {
    readonly directory: string;
    readonly cache: string;
    readonly words: readonly string[];
  }): Promise<void> {
    await this.#run({ directory, cache, words: ['run', '--quiet', '--frozen', '--python', this.#python, ...words] });
  }

  async #run(options: { readonly directory: string; readonly cache: string; readonly words: readonly string[] }): Promise<void> {
    const { directory, cache, words } = options;
    const environment = { UV_CACHE_DIR: cache, UV_PYTHON_DOWNLOADS: 'never', VIRTUAL_ENV: join(directory, '.venv') };
    await this.#lab.run({ program: this.#program, directory, arguments: words, environment });
  }
}

/** The interpreter that an environment of Ferrule's was composed for. */
export function interpreterOf(environment: string): string {
  const home = /^home = (?<home>.*)$/m.exec(readFileSync(join(environment, 'pyvenv.cfg'), 'utf8'))?.groups?.['home'];
  if (home === undefined) throw new Error(`${environment} does not say which Python it is for`);
  return join(home, 'python3');
}
