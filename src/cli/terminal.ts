import type { OptionValues } from './options.ts';

/** Where a command writes, and how. */
export interface Terminal {
  /** Data. */
  readonly out: (text: string) => void;
  /** Everything else. */
  readonly err: (text: string) => void;
  /** Colours on stdout and on stderr. */
  readonly colour: { readonly out: boolean; readonly err: boolean };
  /** stderr can be redrawn: the live view is shown. */
  readonly live: boolean;
  /** Size of the window, asked anew each time. */
  readonly size: () => { readonly columns: number; readonly rows: number };
}

export interface TerminalFacts {
  readonly environment: Readonly<Record<string, string>>;
  readonly color: OptionValues['color'];
  readonly isTerminal: { readonly out: boolean; readonly err: boolean };
}

/** Whether to colour: the option, then `NO_COLOR`, `CLICOLOR_FORCE`, then whether it is a terminal that is not `dumb`. */
export function coloursOf({ environment, color, isTerminal }: TerminalFacts): Terminal['colour'] {
  if (color === 'always' || color === 'never') return { out: color === 'always', err: color === 'always' };
  if (isSet(environment['NO_COLOR'])) return { out: false, err: false };
  if (isSet(environment['CLICOLOR_FORCE']) && environment['CLICOLOR_FORCE'] !== '0') return { out: true, err: true };
  const dumb = environment['TERM'] === 'dumb';
  return { out: isTerminal.out && !dumb, err: isTerminal.err && !dumb };
}

/** Whether lines can be redrawn: on a terminal that is not `dumb`, and not in CI, whose logs keep every redraw. */
export function isLive({ environment, isTerminal }: Omit<TerminalFacts, 'color'>): boolean {
  return isTerminal.err && environment['TERM'] !== 'dumb' && !isSet(environment['CI']);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
