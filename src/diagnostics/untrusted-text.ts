const ESCAPE = '\u001B';
const BELL = '\u0007';

/** A terminal escape sequence: CSI, OSC (ended by BEL or ST), or one of the two-character ones. */
const SEQUENCE = new RegExp(
  `${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?|[()][0-9A-Z]|[0-Z\\\\^_c])`,
  'gu',
);
const COLOUR = new RegExp(`^${ESCAPE}\\[[0-9;:]*m$`, 'u');
const HYPERLINK = new RegExp(`^${ESCAPE}\\]8;`, 'u');

/** Control characters, and the marks that make text read in another order than it stands. */
const CONTROL = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/**
 * Text from a manifest, an archive or a path, made harmless for a terminal: escape sequences are dropped, other control
 * characters show as `\uFFFD`; line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(SEQUENCE, '').replace(CONTROL, (character) => (character === '\n' || character === '\t' ? character : '\uFFFD'));
}

/** One character of a source line as it is shown: a control character becomes `\uFFFD`, a tab four blanks. */
export function printableCharacter(character: string): string {
  if (character === '\t') return '    ';
  return character.replace(CONTROL, '\uFFFD');
}

/**
 * Output of a compiler or a script, passed through: colours and hyperlinks stay when `colour` is set, everything that would
 * move the cursor, ring or rename the window goes. Of a line that was overwritten by carriage returns the last state stays.
 */
export function passThrough(text: string, colour: boolean): string {
  return text
    .split('\n')
    .map((line) => passLine(line.endsWith('\r') ? line.slice(0, -1) : line, colour))
    .join('\n');
}

function passLine(line: string, colour: boolean): string {
  const last = line.slice(line.lastIndexOf('\r') + 1);
  let passed = '';
  let position = 0;
  for (const match of last.matchAll(SEQUENCE)) {
    const [sequence] = match;
    passed += withoutControl(last.slice(position, match.index));
    if (colour && (COLOUR.test(sequence) || HYPERLINK.test(sequence))) passed += sequence;
    position = match.index + sequence.length;
  }
  return passed + withoutControl(last.slice(position));
}

function withoutControl(text: string): string {
  return text.replace(CONTROL, (character) => (character === '\t' ? character : ''));
}
