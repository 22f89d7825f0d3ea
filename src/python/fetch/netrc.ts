export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Credentials by host; `''`: the `default` entry. */
export type Netrc = ReadonlyMap<string, Credentials>;

/**
 * Reads a netrc file (netrc(5)). Of several entries for one host the first counts. What is not understood is skipped: a netrc is written for
 * other programs too.
 */
export function parseNetrc(text: string): Netrc {
  const entries = new Map<string, Credentials>();
  const words = tokens(text);
  let host: string | undefined;
  let username = '';
  let password = '';
  const close = (): void => {
    if (host !== undefined && !entries.has(host) && (username !== '' || password !== '')) entries.set(host, { username, password });
    username = '';
    password = '';
  };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const value = words[at + 1] ?? '';
    if (word === 'machine' || word === 'default') {
      close();
      host = word === 'default' ? '' : value.toLowerCase();
      if (word === 'machine') at += 1;
    } else if (word === 'login' || word === 'password' || word === 'account') {
      if (word === 'login') username = value;
      if (word === 'password') password = value;
      at += 1;
    }
  }
  close();
  return entries;
}

/** Words, quoted ones whole; comments and macro definitions (up to an empty line) are left out. */
function tokens(text: string): readonly string[] {
  const found: string[] = [];
  let isMacro = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (isMacro && line.trim() !== '') continue;
    isMacro = false;
    for (const [word, quoted] of line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)) {
      if (word.startsWith('#') && !['login', 'password', 'account', 'machine'].includes(found.at(-1) ?? '')) break;
      if (word === 'macdef') {
        isMacro = true;
        break;
      }
      found.push(quoted === undefined ? word : quoted.replaceAll(/\\(.)/g, '$1'));
    }
  }
  return found;
}
