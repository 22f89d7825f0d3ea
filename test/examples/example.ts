import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Checkout, TemporaryDirectory } from '../end-to-end/checkout.ts';
import { build, type BuildOptions, type Built } from '../end-to-end/rig.ts';

const EXAMPLES = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'examples');

/** One of `examples/`, copied to a directory of its own, with a store of its own. */
export class Example {
  readonly checkout: Checkout;
  readonly #place = new TemporaryDirectory();
  /** What every build of it gets of the environment. */
  readonly variables: Readonly<Record<string, string>>;

  /** `variables` go to every build, after those that make its git repositories found. */
  constructor(name: string, variables: Readonly<Record<string, string>> = {}) {
    const directory = this.#place.join(name);
    cpSync(join(EXAMPLES, name), directory, { recursive: true, filter: (path) => !/\/(target|\.forge|result[^/]*)$/.test(path) });
    this.checkout = new Checkout(directory, {});
    this.variables = { ...forgeVariables(directory), ...variables };
  }

  get store(): string {
    return this.#place.join('store');
  }

  async build(options: Omit<Partial<BuildOptions>, 'store'> = {}): Promise<Built> {
    return await build({
      directory: this.checkout.directory,
      profile: 'dev',
      offline: false,
      ...options,
      store: this.store,
      variables: { ...this.variables, ...options.variables },
    });
  }

  /** `ferrule check`; without targets of everything. */
  async check(targets: readonly string[] = []): Promise<Built> {
    return await this.build({ targets, purpose: 'check', checks: { only: [] }, keepGoing: true });
  }

  /** What a program that was built, or any other, prints; its path is relative to the checkout. */
  run(program: string, ...words: readonly string[]): string {
    const done = spawnSync(this.checkout.path(program), words, { encoding: 'utf8', cwd: this.checkout.directory });
    return `${done.stdout}${done.stderr}`;
  }

  [Symbol.dispose](): void {
    this.#place[Symbol.dispose]();
  }
}

/** What `forge.sh` prints, after it has made the repositories; nothing for an example without git dependencies. */
function forgeVariables(directory: string): Readonly<Record<string, string>> {
  if (!existsSync(join(directory, 'forge'))) return {};
  const done = spawnSync('sh', ['-c', 'eval "$("$1" "$2")" && env | grep "^GIT_CONFIG_"', 'sh', join(EXAMPLES, 'forge.sh'), directory], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(`forge.sh failed: ${done.stderr}`);
  return Object.fromEntries(done.stdout.split('\n').flatMap((line) => (line === '' ? [] : [splitOnce(line)])));
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}
