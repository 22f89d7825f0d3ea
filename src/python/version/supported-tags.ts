import type { Interpreter } from '../interpreter.ts';
import type { WheelFilename } from '../wheel-filename.ts';
import { downFrom, platformTags } from './platform-tags.ts';
import { parseVersion } from './version.ts';

/** Which wheels an interpreter can use, and which of them it prefers (PEP 425, in the order of uv). */
export interface SupportedTags {
  /** `cp313-cp313-manylinux_2_36_x86_64`, best first: some thousand. */
  readonly tags: readonly string[];
  /** The higher, the better; `undefined`: it cannot be used. The best of a compressed tag set counts. */
  priority(filename: Pick<WheelFilename, 'pythons' | 'abis' | 'platforms'>): number | undefined;
}

export function supportedTags(interpreter: Interpreter): SupportedTags {
  return new TagTable(tagRows(interpreter), platformTags(interpreter));
}

/** `cp313-abi3` with every platform tag, or with `any` alone. */
interface TagRow {
  readonly pair: string;
  readonly platforms: 'native' | 'any';
}

/** A tag's rank is its row's start and its platform's place in it, so the product of rows and platforms is never made for a lookup. */
class TagTable implements SupportedTags {
  readonly #rows: readonly TagRow[];
  readonly #platforms: readonly string[];
  readonly #platformIndex: ReadonlyMap<string, number>;
  readonly #native = new Map<string, number>();
  readonly #any = new Map<string, number>();
  readonly #length: number;
  #tags: readonly string[] | undefined;

  constructor(rows: readonly TagRow[], platforms: readonly string[]) {
    this.#rows = rows;
    this.#platforms = platforms;
    this.#platformIndex = new Map(platforms.map((platform, index) => [platform, index]));
    let length = 0;
    for (const row of rows) {
      (row.platforms === 'any' ? this.#any : this.#native).set(row.pair, length);
      length += row.platforms === 'any' ? 1 : platforms.length;
    }
    this.#length = length;
  }

  get tags(): readonly string[] {
    this.#tags ??= this.#rows.flatMap(({ pair, platforms }) =>
      (platforms === 'any' ? ['any'] : this.#platforms).map((platform) => `${pair}-${platform}`),
    );
    return this.#tags;
  }

  priority({ pythons, abis, platforms }: Pick<WheelFilename, 'pythons' | 'abis' | 'platforms'>): number | undefined {
    const place = Math.min(...platforms.map((platform) => this.#platformIndex.get(platform) ?? Infinity));
    const isAny = platforms.includes('any');
    let best = Infinity;
    for (const python of pythons) {
      for (const abi of abis) {
        const pair = `${python}-${abi}`;
        best = Math.min(best, (this.#native.get(pair) ?? Infinity) + place);
        if (isAny) best = Math.min(best, this.#any.get(pair) ?? Infinity);
      }
    }
    return best === Infinity ? undefined : this.#length - best;
  }
}

function tagRows(interpreter: Interpreter): readonly TagRow[] {
  const { version, implementation } = interpreter;
  const { major, minor } = version;
  const isCpython = implementation === 'cpython';
  const language = `${LANGUAGES[implementation]}${major}${minor}`;
  const pythons = [`py${major}${minor}`, `py${major}`, ...downFrom(minor - 1, 0).map((older) => `py${major}${older}`)];
  return [
    ...abisOf(interpreter).map((abi) => native(`${language}-${abi}`)),
    ...(isCpython ? stableRows(interpreter) : []),
    ...pythons.map((python) => native(`${python}-none`)),
    ...(isCpython ? [any(`${language}-none`)] : []),
    ...pythons.map((python) => any(`${python}-none`)),
  ];
}

const LANGUAGES = { cpython: 'cp', pypy: 'pp', graalpy: 'graalpy' } as const;

function native(pair: string): TagRow {
  return { pair, platforms: 'native' };
}

function any(pair: string): TagRow {
  return { pair, platforms: 'any' };
}

/** The interpreter's own ABI; a debug build also loads modules of the usual one. */
function abisOf({ implementation, version, markers, freeThreaded, debug }: Interpreter): readonly string[] {
  const python = `${version.major}${version.minor}`;
  const [first = 0, second = 0] = parseVersion(markers.implementation_version)?.release ?? [];
  if (implementation === 'pypy') return [`pypy${python}_pp${first}${second}`];
  if (implementation === 'graalpy') return [`graalpy${first}${second}_${python}_native`];
  // Until 3.7 `m` told of the allocator that everybody used.
  const flags = `${freeThreaded ? 't' : ''}${debug ? 'd' : ''}${version.minor < 8 ? 'm' : ''}`;
  return [`cp${python}${flags}`, ...(debug ? [`cp${python}${flags.replace('d', '')}`] : [])];
}

/** The stable ABI since 3.2 (PEP 384; without a global lock PEP 803), and programs of this version that use no ABI. */
function stableRows({ version: { major, minor }, freeThreaded }: Interpreter): readonly TagRow[] {
  const abi = freeThreaded ? 'abi3t' : 'abi3';
  return downFrom(minor, 2).flatMap((older) => [
    native(`cp${major}${older}-${abi}`),
    ...(older === minor ? [native(`cp${major}${minor}-none`)] : []),
  ]);
}
