import { element, make, withCode } from './elements.ts';
import { elapsedOf, FAMILY_WORDS, type Family, familyOf, outcomeWord, type Run } from './run.ts';
import { type Bar, barsOf } from './bars.ts';
import { fittedText } from './fitted-text.ts';
import type { Selection } from './selection.ts';
import { ticksFor } from './ticks.ts';
import { duration } from './words.ts';

const ROW = 26;
const BAR = 20;
const AXIS = 26;
const GUTTER = 106;

/** When each unit ran, a row for each place; above them the longest chain, and the stages of the run. */
export function showTimeline(run: Run, selection: Selection): Timeline {
  return new Timeline(run, selection);
}

class Timeline {
  readonly #run: Run;
  readonly #selection: Selection;
  readonly #canvas: HTMLCanvasElement;
  readonly #tip = element('tip');
  readonly #bars: readonly Bar[];
  readonly #rows: readonly string[];
  /** Milliseconds at the left and the right edge. */
  #view: { from: number; to: number };
  #width = 0;
  #colours: Readonly<Record<string, string>> = {};

  constructor(run: Run, selection: Selection) {
    const canvas = element('bars');
    if (!(canvas instanceof HTMLCanvasElement)) throw new Error('the timeline is no canvas');
    this.#run = run;
    this.#selection = selection;
    this.#canvas = canvas;
    this.#rows = ['stages', 'longest chain', ...Array.from({ length: run.data.slots }, (_, slot) => `worker ${slot + 1}`)];
    this.#bars = barsOf(run);
    this.#view = { from: 0, to: this.#end };
    this.#listen();
    this.#showLegend();
    new ResizeObserver(() => this.#resize()).observe(element('timeline'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#resize());
    selection.listen((unit) => {
      if (unit !== undefined) this.#reveal(unit);
      this.#draw();
    });
    this.#resize();
  }

  get #end(): number {
    return Math.max(1, this.#run.data.elapsedMs);
  }

  #showLegend(): void {
    const families = new Set<Family>(
      this.#bars.flatMap(({ unit }) => (this.#run.units[unit] === undefined ? [] : familyOf(this.#run.units[unit]))),
    );
    const entries: readonly (readonly [name: string, words: string])[] = [
      ['chain', 'on the longest chain'],
      ...[...families].map((family) => [family, FAMILY_WORDS[family]] as const),
      ...(this.#run.units.some(({ outcome }) => outcome === 'failed') ? [['failed', 'failed'] as const] : []),
    ];
    element('legend').append(...entries.map(([name, words]) => make('li', {}, make('i', { style: `background: var(--${name})` }), words)));
  }

  #resize(): void {
    const style = getComputedStyle(document.documentElement);
    const names = [
      'surface',
      'line',
      'grid',
      'text',
      'soft',
      'compile',
      'script',
      'python',
      'check',
      'chain',
      'chain-text',
      'bar-text',
      'failed',
      'focus',
      'page',
    ];
    this.#colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    const scale = window.devicePixelRatio;
    this.#width = element('timeline').clientWidth;
    const height = AXIS + this.#rows.length * ROW + 6;
    this.#canvas.width = Math.round(this.#width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.style.height = `${height}px`;
    this.#draw();
  }

  #x(at: number): number {
    const { from, to } = this.#view;
    return GUTTER + ((at - from) / (to - from)) * (this.#width - GUTTER - 10);
  }

  #time(x: number): number {
    const { from, to } = this.#view;
    return from + ((x - GUTTER) / (this.#width - GUTTER - 10)) * (to - from);
  }

  #draw(): void {
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    const scale = window.devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.#width, this.#canvas.height);
    context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = 'middle';
    this.#drawAxis(context);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, this.#width - GUTTER, this.#canvas.height);
    context.clip();
    this.#drawStages(context);
    for (const bar of this.#bars) this.#drawBar(context, bar);
    this.#drawChoice(context);
    context.restore();
    this.#canvas.setAttribute('aria-label', this.#description());
  }

  #drawAxis(context: CanvasRenderingContext2D): void {
    const height = AXIS + this.#rows.length * ROW;
    context.textAlign = 'center';
    for (const { at, text } of ticksFor(this.#view, (this.#width - GUTTER) / 90)) {
      const x = this.#x(at);
      context.fillStyle = this.#colour('grid');
      context.fillRect(x, AXIS - 4, 1, height - AXIS + 4);
      context.fillStyle = this.#colour('soft');
      const half = context.measureText(text).width / 2;
      context.fillText(text, Math.min(Math.max(x, GUTTER + half), this.#width - half - 4), AXIS / 2);
    }
    context.textAlign = 'right';
    for (const [row, name] of this.#rows.entries()) {
      context.fillStyle = this.#colour('soft');
      context.fillText(name, GUTTER - 10, AXIS + row * ROW + ROW / 2);
    }
    context.textAlign = 'left';
  }

  #drawStages(context: CanvasRenderingContext2D): void {
    const { stages } = this.#run.data;
    for (const [index, { stage, at }] of stages.entries()) {
      const [from, to] = [this.#x(at), this.#x(stages[index + 1]?.at ?? this.#end)];
      context.fillStyle = this.#colour(index % 2 === 0 ? 'grid' : 'line');
      context.fillRect(from, AXIS + 3, Math.max(1, to - from), BAR);
      this.#write(context, stage, { from, to, y: AXIS + ROW / 2, colour: 'text' });
    }
  }

  #drawBar(context: CanvasRenderingContext2D, { unit, row, from, to }: Bar): void {
    const found = this.#run.units[unit];
    if (found === undefined || to < this.#view.from || from > this.#view.to) return;
    const [left, right] = [this.#x(from), this.#x(to)];
    const width = Math.max(1.5, right - left - (right - left > 6 ? 1 : 0));
    const onChain = this.#run.chainPlaces.has(unit);
    const y = AXIS + row * ROW + (ROW - BAR) / 2;
    context.fillStyle = this.#colour(found.outcome === 'failed' ? 'failed' : onChain ? 'chain' : familyOf(found));
    context.fillRect(left, y, width, BAR);
    if (found.earlyAt !== undefined && found.earlyAt < to) {
      // From here on others could go on with its metadata.
      context.globalAlpha = 0.28;
      context.fillStyle = this.#colour('surface');
      const early = Math.max(left, this.#x(found.earlyAt));
      context.fillRect(early, y, Math.max(0, left + width - early), BAR);
      context.globalAlpha = 1;
    }
    this.#write(context, found.label, {
      from: left,
      to: left + width,
      y: y + BAR / 2,
      colour: onChain || found.outcome === 'failed' ? 'chain-text' : 'bar-text',
    });
  }

  #drawChoice(context: CanvasRenderingContext2D): void {
    const { unit } = this.#selection;
    context.strokeStyle = this.#colour('text');
    context.lineWidth = 2;
    for (const bar of this.#bars) {
      if (bar.unit !== unit) continue;
      const left = this.#x(bar.from);
      context.strokeRect(left - 1, AXIS + bar.row * ROW + 2, Math.max(3, this.#x(bar.to) - left) + 1, BAR + 2);
    }
  }

  /** Text in a bar, cut to its width; nothing where there is no room for some of it. */
  #write(
    context: CanvasRenderingContext2D,
    text: string,
    place: { readonly from: number; readonly to: number; readonly y: number; readonly colour: string },
  ): void {
    const from = Math.max(place.from, GUTTER) + 5;
    const room = Math.min(place.to, this.#width) - from - 5;
    if (room < 26) return;
    const shown = fittedText(context, text, room);
    if (shown === undefined) return;
    context.fillStyle = this.#colour(place.colour);
    context.fillText(shown, from, place.y + 0.5);
  }

  #colour(name: string): string {
    return this.#colours[name] ?? '#888';
  }

  #description(): string {
    const { unit } = this.#selection;
    const chosen = unit === undefined ? undefined : this.#run.units[unit];
    const whole = `Timeline of ${this.#bars.length} bars over ${duration(this.#end)}`;
    return chosen === undefined ? whole : `${whole}. Chosen: ${chosen.label}, ${outcomeWord(chosen)}, ${duration(elapsedOf(chosen) ?? 0)}`;
  }

  #listen(): void {
    const canvas = this.#canvas;
    let held: { x: number; from: number; to: number; moved: boolean } | undefined;
    canvas.addEventListener('pointerdown', (event) => {
      held = { x: event.offsetX, ...this.#view, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (held === undefined) return this.#hover(event);
      const shift = ((event.offsetX - held.x) / (this.#width - GUTTER)) * (held.to - held.from);
      if (Math.abs(event.offsetX - held.x) > 3) held.moved = true;
      if (!held.moved) return;
      canvas.classList.add('held');
      this.#tip.hidden = true;
      this.#show(held.from - shift, held.to - shift);
    });
    canvas.addEventListener('pointerup', (event) => {
      canvas.classList.remove('held');
      if (held?.moved === false) this.#selection.choose(this.#barAt(event.offsetX, event.offsetY)?.unit);
      held = undefined;
    });
    canvas.addEventListener('pointerleave', () => (this.#tip.hidden = true));
    canvas.addEventListener(
      'wheel',
      (event) => {
        // The page scrolls; pinching, which browsers report so, and a held key zoom.
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.#zoom(Math.exp(event.deltaY / 250), this.#time(event.offsetX));
      },
      { passive: false },
    );
    canvas.addEventListener('keydown', (event) => this.#key(event));
    element('zoom-in').addEventListener('click', () => this.#zoom(0.5));
    element('zoom-out').addEventListener('click', () => this.#zoom(2));
    element('zoom-fit').addEventListener('click', () => this.#show(0, this.#end));
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (step !== undefined) this.#move(step);
    else if (event.key === '+' || event.key === '=') this.#zoom(0.5);
    else if (event.key === '-') this.#zoom(2);
    else if (event.key === '0') this.#show(0, this.#end);
    else if (event.key === 'Escape') this.#selection.choose(undefined);
    else return;
    event.preventDefault();
  }

  /** To the next bar of the row, or to the bar in another row at the same time. */
  #move({ along, across }: { readonly along: number; readonly across: number }): void {
    const chosen = this.#bars.find(({ unit, row }) => unit === this.#selection.unit && row > 1);
    if (chosen === undefined) {
      this.#selection.choose(this.#run.data.chain[0]?.unit ?? this.#bars[0]?.unit);
      return;
    }
    const row = this.#bars.filter((bar) => bar.row === chosen.row + across).toSorted((left, right) => left.from - right.from);
    if (across === 0) {
      this.#selection.choose(row[row.indexOf(chosen) + along]?.unit ?? chosen.unit);
      return;
    }
    const middle = (chosen.from + chosen.to) / 2;
    const nearest = row.toSorted(
      (left, right) => Math.abs(left.from + left.to - 2 * middle) - Math.abs(right.from + right.to - 2 * middle),
    )[0];
    if (nearest !== undefined && nearest.row > 1) this.#selection.choose(nearest.unit);
  }

  #zoom(factor: number, around?: number): void {
    const { from, to } = this.#view;
    const chosen = this.#bars.find(({ unit }) => unit === this.#selection.unit);
    const centre = around ?? (chosen === undefined ? (from + to) / 2 : (chosen.from + chosen.to) / 2);
    this.#show(centre - (centre - from) * factor, centre + (to - centre) * factor);
  }

  #show(from: number, to: number): void {
    const length = Math.min(this.#end, Math.max(5, to - from));
    const start = Math.min(Math.max(0, from), this.#end - length);
    this.#view = { from: start, to: start + length };
    this.#draw();
  }

  #reveal(unit: number): void {
    const bar = this.#bars.find((candidate) => candidate.unit === unit);
    if (bar === undefined) return;
    const { from, to } = this.#view;
    if (bar.to >= from && bar.from <= to) return;
    const middle = (bar.from + bar.to) / 2;
    this.#show(middle - (to - from) / 2, middle + (to - from) / 2);
  }

  #barAt(x: number, y: number): Bar | undefined {
    const row = Math.floor((y - AXIS) / ROW);
    const inRow = this.#bars.filter((bar) => bar.row === row);
    return inRow.find((bar) => x >= this.#x(bar.from) - 1 && x <= Math.max(this.#x(bar.to), this.#x(bar.from) + 3));
  }

  #hover(event: PointerEvent): void {
    const bar = this.#barAt(event.offsetX, event.offsetY);
    const unit = bar === undefined ? undefined : this.#run.units[bar.unit];
    this.#canvas.style.cursor = unit === undefined ? '' : 'pointer';
    this.#tip.hidden = unit === undefined;
    if (unit === undefined) return;
    const [reason] = unit.reasons;
    this.#tip.replaceChildren(
      make('b', {}, unit.label),
      ` ${duration(elapsedOf(unit) ?? 0)}`,
      ...(reason === undefined ? [] : [make('br'), ...withCode(reason)]),
    );
    const left = Math.min(event.offsetX + 12, this.#width - this.#tip.offsetWidth - 8);
    const below = event.offsetY + 18;
    const room = this.#canvas.clientHeight - this.#tip.offsetHeight - 4;
    this.#tip.style.left = `${Math.max(4, left)}px`;
    this.#tip.style.top = `${Math.max(2, Math.min(below, room))}px`;
  }
}

const STEPS: Readonly<Record<string, { readonly along: number; readonly across: number } | undefined>> = {
  ArrowLeft: { along: -1, across: 0 },
  ArrowRight: { along: 1, across: 0 },
  ArrowUp: { along: 0, across: -1 },
  ArrowDown: { along: 0, across: 1 },
};
