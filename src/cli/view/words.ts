import type { NodeSummary, RunEvent } from '../../engine/events.ts';
import type { Paint, Tone } from '../../diagnostics/paint.ts';

const VERBS: Readonly<Record<string, string>> = {
  build: 'Building',
  check: 'Checking',
  compile: 'Compiling',
  compose: 'Composing',
  fetch: 'Fetching',
  format: 'Formatting',
  link: 'Linking',
  measure: 'Measuring',
  pack: 'Packing',
  run: 'Running',
  test: 'Testing',
};

const STAGES: Readonly<Record<Extract<RunEvent, { readonly type: 'stage' }>['stage'], readonly [verb: string, object: string]>> = {
  discover: ['Discovering', 'members'],
  fetch: ['Fetching', 'dependencies'],
  plan: ['Planning', 'with cargo'],
  run: ['Building', ''],
  link: ['Linking', 'results'],
};

/** `Compiling`, as it stands before a unit's label. */
export function verbOf(node: NodeSummary): string {
  return VERBS[node.verb] ?? node.verb;
}

export function stageWords(stage: keyof typeof STAGES): readonly [verb: string, object: string] {
  return STAGES[stage];
}

/** Columns of the verb and the blank after it, as cargo lays its lines out. */
export const VERB_COLUMNS = 13;

/** `   Compiling serde v1.0.228`: the verb to the right of its column, as cargo does. */
export function statusLine(verb: string, text: string, options: { readonly paint: Paint; readonly tone: Tone }): string {
  const padding = ' '.repeat(Math.max(0, VERB_COLUMNS - 1 - verb.length));
  return `${padding}${options.paint(options.tone, verb)} ${text}`.trimEnd();
}

/** `1 unit`, `2 units`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
