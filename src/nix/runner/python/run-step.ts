import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DirectoryStore, openStore } from '../../../store/directory-store.ts';
import { removeTree } from '../../../store/removal.ts';
import type { PythonStep } from '../../python-steps.ts';
import type { BuildRoot } from '../build-root.ts';
import { assembled, pathIn, type SourcePiece } from '../source-pieces.ts';
import type { PythonAttributes } from './attributes.ts';
import { backendStep } from './backend-step.ts';
import { composeStep } from './compose-step.ts';
import { packStep } from './pack-step.ts';
import { FILES, keepArchive, type StepPlace } from './step-place.ts';

/** Runs the step of one derivation of the Python half: the code is the local engine's, and what it takes for its store is a directory of the output. */
export class PythonRunner {
  readonly #attributes: PythonAttributes;
  readonly #root: BuildRoot;

  constructor(attributes: PythonAttributes, root: BuildRoot) {
    this.#attributes = attributes;
    this.#root = root;
  }

  /** Throws {@link RunnerFailure} when the step fails. */
  async run(): Promise<void> {
    const { steps, outputs } = this.#attributes;
    mkdirSync(outputs.out, { recursive: true });
    const directory = join(outputs.out, '.ferrule-store');
    const store = openStore({ directory, now: Date.now, processId: process.pid });
    for (const step of steps) await this.#step(step, this.#place(store));
    store.close();
    removeTree(directory);
  }

  async #step(step: PythonStep, place: StepPlace): Promise<void> {
    switch (step.kind) {
      case 'unpack':
        return await keepArchive({ path: place.file(step.from), filename: step.filename }, place);
      case 'backend':
        return await backendStep(step, place);
      case 'pack':
        return await packStep(step, place);
      case 'compose':
        return await composeStep(step, place);
      case 'collect-wheel': {
        const from = join(place.need(step.need), FILES);
        for (const name of readdirSync(from)) copyFileSync(join(from, name), join(place.output, name));
      }
    }
  }

  #place(store: DirectoryStore): StepPlace {
    const { needs, sources, fetches, outputs } = this.#attributes;
    const part = (index: number): readonly SourcePiece[] => given(sources[index], `part ${index} of the repository`);
    const whole = new Map<number, string>();
    const source = (index: number): string => {
      const directory = whole.get(index) ?? assembled(part(index));
      whole.set(index, directory);
      return directory;
    };
    return {
      attributes: this.#attributes,
      root: this.#root,
      store,
      output: outputs.out,
      need: (index) => given(needs[index], `need ${index}`),
      source,
      file: (file) => ('fetch' in file ? given(fetches[file.fetch], file.fetch).path : pathIn(part(file.source), file.file)),
    };
  }
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`\`ferrule.nix\` gave no ${what}`);
  return value;
}
