import type { MarkerEnvironment } from '../interpreter.ts';
import { evaluateMarker, type Marker, parseMarker } from '../version/marker.ts';
import type { LockConflict } from './lock.ts';

/** A marker of a lock that cannot be read. */
export class UnreadableMarker extends Error {
  readonly marker: string;
  constructor(marker: string, reason: string) {
    super(reason);
    this.name = 'UnreadableMarker';
    this.marker = marker;
  }
}

/** Answers markers for one environment; the same text is parsed and, where extras have no say in it, answered once. */
export class MarkerAnswers {
  readonly #environment: MarkerEnvironment;
  readonly #markers = new Map<string, Marker>();
  readonly #answers = new Map<string, boolean>();

  constructor(environment: MarkerEnvironment) {
    this.#environment = environment;
  }

  /** Whether a marker holds; `activated` are uv's stand-ins for extras, groups and projects ({@link conflictName}). Throws {@link UnreadableMarker}. */
  holds(text: string | undefined, activated: ReadonlySet<string>): boolean {
    if (text === undefined) return true;
    const known = this.#answers.get(text);
    if (known !== undefined) return known;
    const holds = evaluateMarker({ marker: this.#parse(text), environment: this.#environment, extras: activated });
    if (!text.includes('extra')) this.#answers.set(text, holds);
    return holds;
  }

  #parse(text: string): Marker {
    const known = this.#markers.get(text);
    if (known !== undefined) return known;
    const parsed = parseMarker(text);
    if (!parsed.ok) throw new UnreadableMarker(text, parsed.message);
    this.#markers.set(text, parsed.marker);
    return parsed.marker;
  }
}

/**
 * How uv's markers name an extra, a group or a project that takes part in conflicts: `extra-3-foo-bar`, with the length of the
 * name before it, since names have hyphens too (uv, universal markers).
 */
export function conflictName({ package: name, extra, group }: LockConflict): string {
  const length = Buffer.byteLength(name);
  if (extra !== undefined) return `extra-${length}-${name}-${extra}`;
  if (group !== undefined) return `group-${length}-${name}-${group}`;
  return `project-${length}-${name}`;
}
