import { button, element, make, withCode } from './elements.ts';
import { elapsedOf, outcomeWord, type Run, spanOf, workOf } from './run.ts';
import type { Selection } from './selection.ts';
import { count, duration, percent } from './words.ts';

/** Names that a list has before it asks. */
const MOST_NAMES = 12;

/** Everything about the chosen unit; without one, the longest chain. */
export function showDetails(run: Run, selection: Selection): Details {
  return new Details(run, selection);
}

class Details {
  readonly #run: Run;
  readonly #selection: Selection;

  constructor(run: Run, selection: Selection) {
    this.#run = run;
    this.#selection = selection;
    selection.listen(() => this.#show());
    this.#show();
  }

  #show(): void {
    const { unit } = this.#selection;
    element('details').replaceChildren(...(unit === undefined ? this.#chain() : this.#unit(unit)));
  }

  #unit(id: number): readonly Node[] {
    const unit = this.#run.units[id];
    if (unit === undefined) return [];
    const { label, outcome, startedAt, earlyAt, slot, key, reasons, savedMs, dependencies } = unit;
    const elapsed = elapsedOf(unit);
    const place = this.#run.chainPlaces.get(id);
    const facts: readonly (readonly [name: string, value: string | undefined])[] = [
      ['Result', outcomeWord(unit)],
      ['Time', elapsed === undefined ? undefined : duration(elapsed)],
      ['Saved', savedMs === undefined ? undefined : `${duration(savedMs)}, when it last ran`],
      ['Began', startedAt === undefined || slot === undefined ? undefined : `after ${duration(startedAt)}, on worker ${slot + 1}`],
      ['Metadata', earlyAt === undefined || startedAt === undefined ? undefined : `after ${duration(earlyAt - startedAt)} of that`],
      ['Chain', place === undefined ? undefined : `${place + 1} of ${this.#run.data.chain.length} on the longest`],
    ];
    const list = make('dl');
    for (const [name, value] of facts) if (value !== undefined) list.append(make('dt', {}, name), make('dd', {}, value));
    if (key !== undefined) list.append(make('dt', {}, 'Key'), make('dd', { class: 'key', title: key }, key.slice(0, 16)));
    return [
      make('h3', {}, label),
      list,
      ...(reasons.length === 0
        ? []
        : [
            make('h4', {}, outcome === 'cached' ? 'What changed' : 'Why it ran'),
            make('ul', {}, ...reasons.map((reason) => make('li', {}, ...withCode(reason)))),
          ]),
      ...this.#units('Built from', dependencies),
      ...this.#units('Used by', this.#run.dependents[id] ?? []),
    ];
  }

  #units(title: string, ids: readonly number[]): readonly Node[] {
    if (ids.length === 0) return [];
    const list = make('ul');
    const item = (id: number): HTMLLIElement =>
      make(
        'li',
        {},
        button(this.#run.units[id]?.label ?? '', () => this.#selection.choose(id)),
      );
    list.append(...ids.slice(0, MOST_NAMES).map(item));
    if (ids.length > MOST_NAMES) {
      const more = button(`and ${ids.length - MOST_NAMES} more`, () => list.replaceChildren(...ids.map(item)));
      list.append(make('li', {}, more));
    }
    return [make('h4', {}, `${title} (${ids.length})`), list];
  }

  #chain(): readonly Node[] {
    const { chain, chainMs } = this.#run.data;
    if (chain.length === 0)
      return [make('h3', {}, 'Nothing ran'), make('p', {}, 'Every unit was reused. Choose one to see what it is built from.')];
    const list = make('ul');
    for (const { unit, readyAt } of chain) {
      const found = this.#run.units[unit];
      if (found === undefined) continue;
      const waited = (found.startedAt ?? readyAt) - readyAt;
      const when = `${outcomeWord(found)} in ${duration(elapsedOf(found) ?? 0)}${waited > 200 && unit !== chain[0]?.unit ? `, after waiting ${duration(waited)} for a worker` : ''}`;
      list.append(
        make(
          'li',
          {},
          button(found.label, () => this.#selection.choose(unit)),
          make('span', { class: 'when' }, when),
        ),
      );
    }
    return [
      make('h3', {}, 'Longest chain, the critical path'),
      make(
        'p',
        { class: 'when' },
        `${count(chain.length, 'unit')}, each built on the one before: ${duration(chainMs)} at least. ${this.#limit()}`,
      ),
      make('h4', {}, 'From first to last'),
      list,
    ];
  }

  /** What would have made the run faster. */
  #limit(): string {
    const { data, units } = this.#run;
    const span = spanOf(units);
    const busy = workOf(units) / Math.max(1, span * data.slots);
    if (data.chainMs > 0.7 * span) return 'It decided how long the run took.';
    return busy > 0.7
      ? `The ${count(data.slots, 'worker')} were busy ${percent(busy, 1)} of the time: more of them, or less work, would help most.`
      : '';
  }
}
