import { displayWidth } from '../../diagnostics/display-width.ts';

/** What a {@link Window} is drawn on. */
export interface Screen {
  readonly write: (text: string) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
}

export interface WindowOptions {
  readonly screen: Screen;
  /** The lines to show now, each without line end and within the window's columns. */
  readonly draw: (size: { readonly columns: number; readonly rows: number }) => readonly string[];
}

/** At most ten redraws a second; and nothing is shown of a run that is over before the first. */
const REDRAW_MS = 100;

const BEGIN_UPDATE = '\u001B[?2026h';
const END_UPDATE = '\u001B[?2026l';
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_BELOW = '\u001B[J';

/**
 * Lines at the bottom of a terminal that are redrawn in place, with ordinary text scrolling by above them.
 *
 * ```
 * closed ──open──▶ waiting ──first redraw──▶ shown ──close──▶ closed
 * ```
 */
export class Window {
  readonly #options: WindowOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Columns of each line on the screen, escape sequences not counted. */
  #shown: readonly number[] = [];
  #cursorHidden = false;
  #above = '';

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** Begins to redraw. */
  open(): void {
    this.#timer ??= setInterval(() => this.#redraw(), REDRAW_MS).unref();
  }

  /** Puts text above the window; it appears with the next redraw, in the order given. */
  print(text: string): void {
    this.#above += text.endsWith('\n') || text === '' ? text : `${text}\n`;
    if (this.#timer === undefined) this.#flush([]);
  }

  /** Takes the window off the screen and restores the cursor. Idempotent; {@link print} goes on working. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#flush([]);
  }

  #redraw(): void {
    this.#flush(this.#options.draw(this.#options.screen.size()));
  }

  #flush(lines: readonly string[]): void {
    const nothingNew = this.#above === '' && lines.length === 0 && this.#shown.length === 0;
    if (nothingNew && !this.#cursorHidden) return;
    const show = lines.length > 0;
    const cursor = show === this.#cursorHidden ? '' : show ? HIDE_CURSOR : SHOW_CURSOR;
    const frame = `${this.#erase()}${this.#above}${lines.map((line) => `${line}\n`).join('')}${cursor}`;
    // Without a window there is nothing to protect from tearing, and text stays plain.
    this.#options.screen.write(show || this.#shown.length > 0 ? `${BEGIN_UPDATE}${frame}${END_UPDATE}` : frame);
    this.#above = '';
    this.#cursorHidden = show;
    this.#shown = lines.map(columnsOf);
  }

  /** A window that became narrower has wrapped its lines: they take more rows now than when they were drawn. */
  #erase(): string {
    if (this.#shown.length === 0) return '';
    const { columns } = this.#options.screen.size();
    const rows = this.#shown.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / Math.max(1, columns))), 0);
    return `\u001B[${rows}A\r${ERASE_BELOW}`;
  }
}

const ESCAPE = '\u001B';
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'gu');

function columnsOf(line: string): number {
  return displayWidth(line.replace(COLOUR, ''));
}
