import type { ReportUnit } from '../report-data.ts';
import { button, element, make, withCode } from './elements.ts';
import { elapsedOf, outcomeWord, type Run } from './run.ts';
import type { Selection } from './selection.ts';
import { count, duration } from './words.ts';

/** Rows that are shown at once: more would make the page slow, and nobody reads them. */
const PAGE = 200;

type Column = 'unit' | 'outcome' | 'time' | 'start' | 'why';

interface Filter {
  readonly name: string;
  readonly words: string;
  readonly holds: (unit: ReportUnit, id: number) => boolean;
}

function byOutcome(name: ReportUnit['outcome'], words: string): Filter {
  return { name, words, holds: (unit) => unit.outcome === name };
}

/** All units, to be searched, filtered and sorted. */
export function showUnits(run: Run, selection: Selection): UnitTable {
  return new UnitTable(run, selection);
}

class UnitTable {
  readonly #run: Run;
  readonly #selection: Selection;
  readonly #filters: readonly Filter[];
  readonly #texts: readonly string[];
  readonly #search: HTMLInputElement;
  #filter: Filter;
  #column: Column = 'time';
  #ascending = false;
  #shown = PAGE;

  constructor(run: Run, selection: Selection) {
    const search = element('search');
    if (!(search instanceof HTMLInputElement)) throw new Error('the search is no input');
    this.#run = run;
    this.#selection = selection;
    this.#search = search;
    this.#texts = run.units.map(({ label, key, reasons }) => `${label} ${key ?? ''} ${reasons.join(' ')}`.toLowerCase());
    const all: Filter = { name: 'all', words: 'All', holds: () => true };
    const chain: Filter = { name: 'chain', words: 'Longest chain', holds: (_, id) => run.chainPlaces.has(id) };
    const candidates = [
      all,
      byOutcome('executed', 'Built'),
      byOutcome('cached', 'Reused'),
      byOutcome('failed', 'Failed'),
      byOutcome('skipped', 'Not tried'),
      chain,
    ];
    this.#filters = candidates.filter((filter) => filter === all || this.#count(filter) > 0);
    this.#filter = all;
    element('units').classList.toggle(
      'noreasons',
      run.units.every(({ reasons }) => reasons.length === 0),
    );
    this.#showChips();
    this.#listen();
    selection.listen(() => this.#mark());
    this.#show();
  }

  #count(filter: Filter): number {
    return this.#run.units.filter(filter.holds).length;
  }

  #showChips(): void {
    const chips = this.#filters.map((filter) => {
      const chip = button(filter.words, () => this.#choose(filter), { role: 'radio', 'data-filter': filter.name });
      chip.append(make('span', { class: 'n' }, String(this.#count(filter))));
      return chip;
    });
    element('chips').append(...chips);
    element('chips').addEventListener('keydown', (event) => {
      const step =
        event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      const next = (this.#filters.indexOf(this.#filter) + step + this.#filters.length) % this.#filters.length;
      const filter = this.#filters[next];
      if (filter !== undefined) this.#choose(filter);
      chips[next]?.focus();
    });
  }

  #choose(filter: Filter): void {
    this.#filter = filter;
    this.#shown = PAGE;
    this.#show();
  }

  #listen(): void {
    this.#search.addEventListener('input', () => {
      this.#shown = PAGE;
      this.#show();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      this.#search.focus();
    });
    element('more').addEventListener('click', () => {
      this.#shown = Infinity;
      this.#show();
    });
    element('rows').addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest('tr') : null;
      const unit = Number(row?.dataset['unit'] ?? NaN);
      if (!Number.isNaN(unit)) this.#selection.choose(unit);
    });
  }

  #matching(): readonly number[] {
    const words = this.#search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found = [...this.#run.units.keys()].filter((id) => {
      const unit = this.#run.units[id];
      return unit !== undefined && this.#filter.holds(unit, id) && words.every((word) => this.#texts[id]?.includes(word) === true);
    });
    const direction = this.#ascending ? 1 : -1;
    return found.toSorted((left, right) => direction * this.#compare(left, right) || left - right);
  }

  #compare(left: number, right: number): number {
    const [one, other] = [this.#run.units[left], this.#run.units[right]];
    if (one === undefined || other === undefined) return 0;
    switch (this.#column) {
      case 'unit':
        return one.label < other.label ? -1 : one.label > other.label ? 1 : 0;
      case 'outcome':
        return outcomeWord(one).localeCompare(outcomeWord(other));
      case 'time':
        return (elapsedOf(one) ?? -1) - (elapsedOf(other) ?? -1) || (one.savedMs ?? 0) - (other.savedMs ?? 0);
      case 'start':
        return (one.startedAt ?? Infinity) === (other.startedAt ?? Infinity)
          ? 0
          : (one.startedAt ?? Infinity) - (other.startedAt ?? Infinity);
      case 'why':
        return (one.reasons[0] ?? '\uffff').localeCompare(other.reasons[0] ?? '\uffff');
    }
  }

  #show(): void {
    const found = this.#matching();
    const rows = found.slice(0, this.#shown).map((id) => this.#row(id));
    element('rows').replaceChildren(
      ...(rows.length === 0 ? [make('tr', {}, make('td', { class: 'none', colspan: 5 }, 'No unit fits'))] : rows),
    );
    element('count').textContent =
      found.length === this.#run.units.length ? '' : `${count(found.length, 'unit')} of ${this.#run.units.length}`;
    element('more').hidden = found.length <= rows.length;
    element('more').textContent = `Show all ${found.length.toLocaleString('en')}`;
    for (const chip of element('chips').children) {
      const isChosen = chip instanceof HTMLElement && chip.dataset['filter'] === this.#filter.name;
      chip.setAttribute('aria-checked', String(isChosen));
      chip.setAttribute('tabindex', isChosen ? '0' : '-1');
    }
    this.#showColumns();
    this.#mark();
  }

  #showColumns(): void {
    const columns: readonly (readonly [column: Column, words: string])[] = [
      ['unit', 'Unit'],
      ['outcome', 'Result'],
      ['time', 'Time'],
      ['start', 'Began'],
      ['why', 'Why it ran'],
    ];
    const focused = document.activeElement?.closest('th')?.dataset['column'];
    const cells = columns.map(([column, words]) => {
      const sorted = column === this.#column ? (this.#ascending ? 'ascending' : 'descending') : undefined;
      const head = make('th', {
        scope: 'col',
        'aria-sort': sorted,
        'data-column': column,
        class: column === 'time' || column === 'start' ? 'right' : undefined,
      });
      head.append(button(words, () => this.#sort(column)));
      return head;
    });
    element('columns').replaceChildren(...cells);
    if (focused !== undefined)
      cells
        .find((cell) => cell.dataset['column'] === focused)
        ?.querySelector('button')
        ?.focus();
  }

  #sort(column: Column): void {
    this.#ascending = column === this.#column ? !this.#ascending : column !== 'time';
    this.#column = column;
    this.#show();
  }

  #row(id: number): HTMLTableRowElement {
    const unit = this.#run.units[id];
    if (unit === undefined) return make('tr');
    const { label, outcome, startedAt, reasons, savedMs } = unit;
    const elapsed = elapsedOf(unit);
    const time = elapsed === undefined ? (savedMs === undefined ? '' : `(${duration(savedMs)})`) : duration(elapsed);
    const dot = make('span', {
      class: `dot ${outcome === 'executed' && this.#run.chainPlaces.has(id) ? 'chain' : outcome}`,
      'aria-hidden': 'true',
    });
    return make(
      'tr',
      { 'data-unit': id },
      make('td', {}, make('div', { class: 'unit' }, dot, make('button', { type: 'button' }, label))),
      make('td', { class: `outcome ${outcome}` }, outcomeWord(unit)),
      make('td', { class: 'right', title: elapsed === undefined && savedMs !== undefined ? 'what it took when it ran' : undefined }, time),
      make('td', { class: 'right' }, startedAt === undefined ? '' : duration(startedAt)),
      make('td', { class: 'why' }, ...withCode(reasons[0] ?? ''), ...(reasons.length > 1 ? [` (+${reasons.length - 1})`] : [])),
    );
  }

  #mark(): void {
    for (const row of element('rows').children) {
      if (!(row instanceof HTMLElement)) continue;
      if (row.dataset['unit'] === String(this.#selection.unit)) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
  }
}
