/** One process that cargo started, as `-vv` prints it. */
export interface CargoCall {
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
}

/** `Running` in colour, which build scripts and rustc do not print at the start of a line. */
const RUNNING = new RegExp(String.raw`^\x1b\[1m\x1b\[92m +Running\x1b\[0m \``, 'gm');

/**
 * Every ``Running `…` `` of cargo's standard error, in order: environment assignments, then argv, quoted as for a shell. The text
 * is that of `--color=always`: without colours cargo's printer drops control characters, and with them the separators of
 * CARGO_ENCODED_RUSTFLAGS.
 */
export function parseVerboseLog(text: string): readonly CargoCall[] {
  return [...text.matchAll(RUNNING)].map((match) => parseCall(text, match.index + match[0].length));
}

function parseCall(text: string, start: number): CargoCall {
  const words = shellWords(text, start);
  const environment: Record<string, string> = {};
  let position = 0;
  for (; position < words.length; position += 1) {
    const [, name, value] = /^([^/=]+)=(.*)$/s.exec(words[position] ?? '') ?? [];
    if (name === undefined || value === undefined) break;
    environment[name] = value;
  }
  return { environment, arguments: words.slice(position) };
}

/** The words up to the closing backtick (crate shell-escape: single quotes, with `'` and `!` escaped outside of them). */
function shellWords(text: string, start: number): readonly string[] {
  const words: string[] = [];
  let word = '';
  let begun = false;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quoted) {
      if (char === "'") quoted = false;
      else word += char;
    } else if (char === "'") {
      quoted = true;
      begun = true;
    } else if (char === '\\') {
      at += 1;
      word += text.charAt(at);
      begun = true;
    } else if (char === ' ' || char === '`') {
      if (begun) words.push(word);
      word = '';
      begun = false;
      if (char === '`') return words;
    } else {
      word += char;
      begun = true;
    }
  }
  throw new Error('a command in the log does not end');
}
