import { type Digest, parseSha256 } from '../../model/digest.ts';
import type { Store } from '../../store/store.ts';
import type { DirectoryDigests } from './planned-entry.ts';

const NAMESPACE = 'installed-metadata';

/** Changes whenever the same metadata would be installed in another way. */
const RULES = 1;

/**
 * Digests of distributions' `dist-info` as they are installed. They are the same in every environment, and are remembered together for
 * those of one name, of which most stay when a lock changes.
 */
export class InstalledDigests {
  readonly #store: Pick<Store, 'getNote' | 'putNote'>;
  readonly #name: string;
  readonly #known: ReadonlyMap<string, string>;
  readonly #used = new Map<string, string>();

  /** `name`: of the environment. */
  constructor(store: Pick<Store, 'getNote' | 'putNote'>, name: string) {
    this.#store = store;
    this.#name = `${RULES} ${name}`;
    const text = store.getNote(NAMESPACE, this.#name) ?? '';
    this.#known = new Map(
      text.split('\n').map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(0, Math.max(0, line.indexOf('\t')))]),
    );
  }

  /** `key`: everything that they follow from, in one line. */
  of(key: string, compute: () => DirectoryDigests): DirectoryDigests {
    const line = this.#known.get(key);
    const found = (line === undefined ? undefined : parseDigests(line)) ?? compute();
    this.#used.set(key, line ?? [found.standing, found.portable].map(({ hash, size }) => `${hash} ${size}`).join(' '));
    return found;
  }

  /** Keeps those that were asked for, when any of them was new. */
  save(): void {
    if ([...this.#used.keys()].every((key) => this.#known.has(key))) return;
    this.#store.putNote(NAMESPACE, this.#name, Array.from(this.#used, ([key, digests]) => `${digests}\t${key}`).join('\n'));
  }
}

function parseDigests(text: string): DirectoryDigests | undefined {
  const [first, firstSize, second, secondSize] = text.split(' ');
  const [standing, portable] = [digestFrom(first, firstSize), digestFrom(second, secondSize)];
  return standing === undefined || portable === undefined ? undefined : { standing, portable };
}

function digestFrom(hash = '', size = ''): Digest | undefined {
  const parsed = parseSha256(hash);
  return parsed === undefined || !/^[0-9]+$/.test(size) ? undefined : { hash: parsed, size: Number(size) };
}
