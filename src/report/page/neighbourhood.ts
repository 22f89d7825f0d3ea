import { element, make, makeSvg } from './elements.ts';
import { elapsedOf, outcomeWord, type Run } from './run.ts';
import type { Selection } from './selection.ts';
import { duration } from './words.ts';

/** Units that a column holds. */
const MOST = 9;
const WIDTH = 204;
const HEIGHT = 42;
const GAP_X = 56;
const GAP_Y = 10;
const MARGIN = 18;

interface Column {
  /** From the left: two steps below the centre to two above it. */
  readonly units: readonly number[];
  /** Left out for want of room. */
  readonly hidden: number;
}

/** The units around the chosen one: what it is built from to the left, what is built with it to the right, two steps each way. */
export function showNeighbourhood(run: Run, selection: Selection): Neighbourhood {
  return new Neighbourhood(run, selection);
}

class Neighbourhood {
  readonly #run: Run;
  readonly #selection: Selection;

  constructor(run: Run, selection: Selection) {
    this.#run = run;
    this.#selection = selection;
    selection.listen(() => this.#show());
    this.#show();
  }

  get #centre(): number | undefined {
    return this.#selection.unit ?? this.#run.data.asked[0] ?? (this.#run.units.length > 0 ? 0 : undefined);
  }

  #show(): void {
    const centre = this.#centre;
    if (centre === undefined) return;
    const hadFocus = element('graph').contains(document.activeElement);
    const columns = this.#columns(centre);
    const positions = placesOf(columns);
    const height =
      Math.max(...columns.map(({ units, hidden }) => (units.length + (hidden > 0 ? 0.7 : 0)) * (HEIGHT + GAP_Y))) + 2 * MARGIN - GAP_Y;
    const used = columns.map(({ units }, at) => (units.length > 0 ? at : 2));
    const [first, last] = [Math.min(...used), Math.max(...used)];
    const left = MARGIN + first * (WIDTH + GAP_X);
    const width = (last - first + 1) * (WIDTH + GAP_X) - GAP_X + 2 * MARGIN;
    const svg = makeSvg('svg', {
      width,
      height,
      viewBox: `${left - MARGIN} 0 ${width} ${height}`,
      role: 'group',
      'aria-label': 'Units around the chosen one',
    });
    svg.append(
      ...this.#edges(positions),
      ...[...positions].map(([unit, place]) => this.#node(unit, { ...place, isCentre: unit === centre })),
    );
    for (const [at, { units, hidden }] of columns.entries()) {
      if (hidden === 0) continue;
      const y = MARGIN + units.length * (HEIGHT + GAP_Y) + 12;
      svg.append(makeSvg('text', { class: 'small', x: MARGIN + at * (WIDTH + GAP_X) + 4, y }, `and ${hidden} more`));
    }
    element('graph').replaceChildren(svg);
    element('graph-about').replaceChildren(
      make('span', {}, `${this.#run.units[centre]?.label ?? ''}: to the left what it is built from, to the right what uses it`),
    );
    const place = positions.get(centre);
    const graph = element('graph');
    if (place !== undefined) graph.scrollLeft = place.x - left - (graph.clientWidth - WIDTH) / 2;
    if (hadFocus) svg.querySelector<SVGElement>('g.centre')?.focus({ preventScroll: true });
  }

  #columns(centre: number): readonly Column[] {
    const seen = new Set([centre]);
    const step = (from: readonly number[], next: (unit: number) => readonly number[]): Column => {
      const all = [...new Set(from.flatMap(next))].filter((unit) => !seen.has(unit));
      for (const unit of all) seen.add(unit);
      const weight = (unit: number): number =>
        (this.#run.chainPlaces.has(unit) ? 1e12 : 0) + (elapsedOf(this.#run.units[unit] ?? NOTHING) ?? 0);
      const sorted = all.toSorted((left, right) => weight(right) - weight(left) || left - right);
      return { units: sorted.slice(0, MOST), hidden: Math.max(0, sorted.length - MOST) };
    };
    const below = (unit: number): readonly number[] => this.#run.units[unit]?.dependencies ?? [];
    const above = (unit: number): readonly number[] => this.#run.dependents[unit] ?? [];
    const [down, up] = [step([centre], below), step([centre], above)];
    return [step(down.units, below), down, { units: [centre], hidden: 0 }, up, step(up.units, above)];
  }

  #edges(positions: ReadonlyMap<number, Place>): readonly SVGPathElement[] {
    return [...positions].flatMap(([unit, to]) =>
      (this.#run.units[unit]?.dependencies ?? []).flatMap((below) => {
        const from = positions.get(below);
        if (from === undefined || from.x >= to.x) return [];
        const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
        const places = [this.#run.chainPlaces.get(below), this.#run.chainPlaces.get(unit)];
        const onChain = places[0] !== undefined && places[1] === places[0] + 1;
        const bend = (x2 - x1) / 2;
        return [
          makeSvg('path', { class: onChain ? 'onchain' : undefined, d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }),
        ];
      }),
    );
  }

  #node(id: number, { x, y, isCentre }: Place & { readonly isCentre: boolean }): SVGGElement {
    const unit = this.#run.units[id] ?? NOTHING;
    const elapsed = elapsedOf(unit);
    const about = elapsed === undefined ? outcomeWord(unit) : `${outcomeWord(unit)}, ${duration(elapsed)}`;
    const names = [isCentre ? 'centre' : '', this.#run.chainPlaces.has(id) ? 'onchain' : ''].filter((name) => name !== '');
    const group = makeSvg(
      'g',
      { class: names.join(' '), role: 'button', tabindex: 0, 'aria-label': `${unit.label}, ${about}`, 'data-unit': id },
      makeSvg('title', {}, unit.label),
      makeSvg('rect', { x, y, width: WIDTH, height: HEIGHT, rx: 6 }),
      makeSvg('text', { x: x + 10, y: y + 18 }, shortened(unit.label)),
      makeSvg('text', { class: 'small', x: x + 10, y: y + 34 }, about),
    );
    group.addEventListener('click', () => this.#selection.choose(id));
    group.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      this.#selection.choose(id);
    });
    return group;
  }
}

const NOTHING = { label: '', verb: '', outcome: 'skipped', dependencies: [], reasons: [], savedMs: undefined } as const;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Columns side by side, the shorter ones in the middle of the longest. */
function placesOf(columns: readonly Column[]): ReadonlyMap<number, Place> {
  const tallest = Math.max(...columns.map(({ units }) => units.length));
  return new Map(
    columns.flatMap(({ units, hidden }, column) => {
      const top = hidden > 0 ? 0 : ((tallest - units.length) * (HEIGHT + GAP_Y)) / 2;
      return units.map((unit, row): [number, Place] => [
        unit,
        { x: MARGIN + column * (WIDTH + GAP_X), y: MARGIN + top + row * (HEIGHT + GAP_Y) },
      ]);
    }),
  );
}

function shortened(label: string): string {
  return label.length <= 28 ? label : `${label.slice(0, 27)}…`;
}
