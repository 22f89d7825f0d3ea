import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { answerOf, buildWithCargo, buildWithFerrule, type FerruleBuild, resultOf } from './builders.ts';
import { checkOut, copyCheckout, writeFiles } from './checkout.ts';
import { compareStores } from './store-difference.ts';
import type { Refusal, Subject } from './subject.ts';

/** What came of a subject. */
export interface Trial {
  readonly units: number;
  readonly cargoSeconds: number;
  readonly ferruleSeconds: number;
  /** Of the second build, where nothing is to be done. */
  readonly againSeconds: number;
  /** Of a third one, asked differently: every unit is looked up. */
  readonly lookUpSeconds: number;
  /** Whether a second checkout elsewhere, with another store and `-j1`, gave the same digest; `undefined`: not tried. */
  readonly same: boolean | undefined;
  /** Empty: all is well. */
  readonly problems: readonly string[];
}

export interface TrialOptions {
  readonly subject: Subject;
  /** Path of the bundled `ferrule`. */
  readonly program: string;
  /** Everything is done below it. */
  readonly directory: string;
  readonly twin: boolean;
  /** Further arguments for every build with Ferrule. */
  readonly arguments: readonly string[];
}

/** Builds with both, asks both results the same, builds again, and, with `twin`, once more elsewhere. */
export function trySubject(options: TrialOptions): Trial {
  const { subject, directory, program, twin } = options;
  const checkout = join(directory, 'checkout');
  mkdirSync(directory, { recursive: true });
  checkOut(subject, checkout);
  const cargo = buildWithCargo({ subject, checkout, target: join(directory, 'target') });
  const store = join(directory, 'store');
  rmSync(store, { recursive: true, force: true });
  const common = { program, checkout, store, profile: subject.profile, arguments: options.arguments };
  const first = buildWithFerrule(common);
  const problems = failures(first);
  const trial = { units: first.total, cargoSeconds: cargo.seconds, ferruleSeconds: first.seconds };
  if (problems.length > 0) return { ...trial, againSeconds: 0, lookUpSeconds: 0, same: undefined, problems };
  for (const command of subject.commands) {
    const expected = answerOf({ command, result: cargo.result, checkout });
    const answer = answerOf({ command, result: resultOf(checkout), checkout });
    if (!expected.startsWith('status 0')) problems.push(`cargo's own result fails at ${command.words.join(' ')}: ${expected}`);
    if (answer !== expected) problems.push(`${command.words.join(' ')}:\n  cargo: ${expected}\n  ferrule: ${answer}`);
  }
  const again = buildWithFerrule(common);
  // The answer of an earlier run is remembered for the same question: another one looks every unit up.
  const lookedUp = buildWithFerrule({ ...common, arguments: [...common.arguments, '--keep-going'] });
  for (const build of [again, lookedUp]) {
    problems.push(...failures(build));
    if (build.executed > 0) problems.push(`with nothing changed, ${build.executed} actions were executed`);
  }
  const same = twin ? tryTwin({ ...options, checkout, store, digest: first.digest, problems }) : undefined;
  for (const refusal of subject.refusals ?? []) problems.push(...tryRefusal({ ...options, checkout, refusal }));
  return { ...trial, againSeconds: again.seconds, lookUpSeconds: lookedUp.seconds, same, problems };
}

function tryTwin(
  options: TrialOptions & { readonly checkout: string; readonly store: string; readonly digest: string; readonly problems: string[] },
): boolean {
  const { subject, directory, program, checkout, store, digest, problems } = options;
  const elsewhere = join(directory, 'another/place/of/it');
  const otherStore = join(directory, 'another/store');
  copyCheckout(checkout, elsewhere);
  rmSync(otherStore, { recursive: true, force: true });
  const build = buildWithFerrule({
    program,
    checkout: elsewhere,
    store: otherStore,
    profile: subject.profile,
    arguments: [...options.arguments, '-j1'],
  });
  problems.push(...failures(build));
  const { outputs, loneKeys } = compareStores(store, otherStore);
  if (outputs.length > 0) problems.push(`not deterministic: ${outputs.join(', ')}`);
  if (loneKeys > 0) problems.push(`${loneKeys} actions of one of two checkouts have a key that the other does not know`);
  rmSync(otherStore, { recursive: true, force: true });
  return build.digest === digest && loneKeys === 0 && outputs.length === 0;
}

function tryRefusal(options: TrialOptions & { readonly checkout: string; readonly refusal: Refusal }): readonly string[] {
  const { subject, directory, program, checkout, refusal } = options;
  const elsewhere = join(directory, 'refused');
  const store = join(directory, 'refused-store');
  copyCheckout(checkout, elsewhere);
  writeFiles(refusal.files ?? {}, elsewhere);
  rmSync(store, { recursive: true, force: true });
  const build = buildWithFerrule({
    program,
    checkout: elsewhere,
    store,
    profile: subject.profile,
    ...(refusal.hide === undefined ? {} : { hide: refusal.hide }),
  });
  rmSync(store, { recursive: true, force: true });
  const said = build.diagnostics.find((diagnostic) => diagnostic.code === refusal.code)?.words;
  if (said === undefined) return [`${refusal.code} did not come, but status ${build.status}: ${JSON.stringify(build.diagnostics)}`];
  return refusal.says.filter((words) => !said.includes(words)).map((words) => `${refusal.code} does not say \`${words}\`: ${said}`);
}

function failures(build: FerruleBuild): string[] {
  return build.status === 0 ? [] : [`status ${build.status}\n${build.stderr.slice(-6000)}`];
}
