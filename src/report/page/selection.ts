type Listener = (unit: number | undefined) => void;

/** The chosen unit, which all parts of the page show; it stands in the address, so that it can be passed on. */
export class Selection {
  readonly #listeners: Listener[] = [];
  #unit: number | undefined;

  constructor(units: number) {
    window.addEventListener('hashchange', () => this.#set(fromAddress(units)));
    this.#unit = fromAddress(units);
  }

  get unit(): number | undefined {
    return this.#unit;
  }

  choose(unit: number | undefined): void {
    if (unit === this.#unit) return;
    history.replaceState(undefined, '', unit === undefined ? location.pathname : `#unit=${unit}`);
    this.#set(unit);
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #set(unit: number | undefined): void {
    this.#unit = unit;
    for (const listener of this.#listeners) listener(unit);
  }
}

function fromAddress(units: number): number | undefined {
  const unit = Number(/^#unit=(\d+)$/.exec(location.hash)?.[1] ?? NaN);
  return unit < units ? unit : undefined;
}
