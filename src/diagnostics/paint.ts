/** What a piece of text means; colours follow from it and are never needed to understand it. */
export type Tone = 'error' | 'warning' | 'hint' | 'good' | 'strong' | 'faint';

const SEQUENCES: Readonly<Record<Tone, string>> = {
  error: '1;31',
  warning: '1;33',
  hint: '1;36',
  good: '1;32',
  strong: '1',
  faint: '2',
};

/** Gives a text its colour. */
export type Paint = (tone: Tone, text: string) => string;

/** Colours by ANSI sequences, or none at all. */
export function paintFor(colour: boolean): Paint {
  return colour ? (tone, text) => (text === '' ? '' : `\u001B[${SEQUENCES[tone]}m${text}\u001B[0m`) : (_tone, text) => text;
}
