import { stripVTControlCharacters } from 'node:util';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CacheConfig } from '../repository/cache-config.ts';
import { addressOf } from './nix-settings.ts';

/** What goes wrong with a cache while Nix builds. */
type Trouble = 'silent' | 'unsigned' | 'missing' | 'damaged';

const SIGNS: readonly (readonly [trouble: Trouble, sign: RegExp])[] = [
  ['silent', /unable to (?:download|upload|access) '([^']+)'(?!.*; retrying in )/],
  ['silent', /substituter '([^']+)' is disabled/],
  ['unsigned', /substitute for '[^']+' from '([^']+)'.* not signed by any of the keys/],
  ['missing', /file '[^']+' does not exist in binary cache '([^']+)'/],
  [
    'damaged',
    /NAR info file '[^']+' is corrupt|failed to (?:read compressed data|open archive)|hash mismatch importing path|bad archive|is not a Nix archive/i,
  ],
];

const WORDS: Readonly<Record<Trouble, readonly [message: string, hint: string]>> = {
  silent: ['does not answer as it should', 'see what it says with `ferrule cache show`'],
  unsigned: ['signs with keys that are not its `public-keys`', 'compare them with those the cache publishes: its key may have changed'],
  missing: ['has lost what it lists', 'push again, or have its server checked'],
  damaged: ['sent damaged data', 'have its server checked, or a proxy on the way'],
};

/** Follows what Nix says about caches during one run. */
export interface CacheWatch {
  /** Takes one message of Nix, colours and line ends allowed. A warning (F1140) the first time a cache is in that kind of trouble. */
  readonly read: (message: string) => Diagnostic | undefined;
  /**
   * Whether a cache was in trouble. When Nix fails all the same and no build did, running it again with `WITHOUT_CACHES` builds everything
   * here: Nix 2.8 ends by a signal when a look-up is answered with 5xx.
   */
  readonly troubled: () => boolean;
}

export function watchCaches(caches: readonly CacheConfig[]): CacheWatch {
  const told = new Set<string>();
  return {
    troubled: () => told.size > 0,
    read: (message) => {
      const found = troubleIn(stripVTControlCharacters(message));
      if (found === undefined) return undefined;
      const cache = caches.find((cache) => found.address?.startsWith(addressOf(cache)) === true);
      // What Nix fetches by an address of its own, a crate for example, is no cache of ours and told by whoever wanted it.
      if (cache === undefined && found.trouble === 'silent' && !/nix-cache-info|\.narinfo|\/nar\/|disabled/.test(message)) return undefined;
      const name = cache === undefined ? undefined : `\`${cache.name}\``;
      const subject = `${name ?? found.address ?? ''} ${found.trouble}`;
      if (told.has(subject)) return undefined;
      told.add(subject);
      return warning({ name: name === undefined ? 'a binary cache' : `the cache ${name}`, message, ...found });
    },
  };
}

function troubleIn(message: string): { readonly trouble: Trouble; readonly address: string | undefined } | undefined {
  for (const [trouble, sign] of SIGNS) {
    const match = sign.exec(message);
    if (match !== null) return { trouble, address: match[1] };
  }
  return undefined;
}

function warning({ name, message, trouble }: { readonly name: string; readonly message: string; readonly trouble: Trouble }): Diagnostic {
  const [words, hint] = WORDS[trouble];
  const said = stripVTControlCharacters(message)
    .trim()
    .replace(/^(?:error|warning): /, '');
  return {
    code: 'F1140',
    severity: 'warning',
    blame: 'infrastructure',
    message: `${name} ${words}; what it cannot give is built here`,
    facts: [['Nix says', said]],
    hints: [hint],
  };
}
