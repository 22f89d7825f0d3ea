import type { CompileStep, NeedIndex } from './plan-file.ts';
import type { KnownUnits } from './unit-references.ts';

type Artifacts = CompileStep['artifacts'];

/**
 * Files of needs in the plan's file, by the directory they are to be put in. `".rmeta 0-3 5.2"`: what the first units of the needs 0 to 3 and
 * the third hash of need 5 have left with that ending. Whatever is not named like that is written as it is.
 */
export type WrittenArtifacts = Readonly<Record<string, readonly (string | Artifacts[string][number])[]>>;

const NAMED = /^.+-([0-9a-f]{16})((?:\.[a-z]+)?)$/;

interface Place {
  readonly need: NeedIndex;
  readonly unit: number;
}

/** `outputs`: names of the files of each need. */
export function shortenArtifacts(artifacts: Artifacts, { needs }: KnownUnits, outputs: readonly (readonly string[])[]): WrittenArtifacts {
  return Object.fromEntries(
    Object.entries(artifacts).map(([directory, groups]) => {
      const endings = new Map<string, Place[]>();
      const others: Artifacts[string][number][] = [];
      for (const [need, ...files] of groups) {
        for (const file of files) {
          const [, hash = '', ending = ''] = NAMED.exec(file) ?? [];
          const unit = needs[need]?.indexOf(hash) ?? -1;
          const like = (outputs[need] ?? []).filter((output) => output.endsWith(`-${hash}${ending}`));
          if (unit === -1 || like.length !== 1 || like[0] !== file) others.push([need, file]);
          else endings.set(ending, [...(endings.get(ending) ?? []), { need, unit }]);
        }
      }
      const patterns = [...endings].toSorted(([left], [right]) => (left < right ? -1 : 1));
      return [directory, [...patterns.map(([ending, places]) => `${ending} ${ranges(places)}`), ...others]];
    }),
  );
}

/** `filesOf`: names of what a need has left. Throws when something is not there. */
export function lengthenArtifacts(
  written: WrittenArtifacts,
  { needs }: KnownUnits,
  filesOf: (need: NeedIndex) => readonly string[],
): Artifacts {
  return Object.fromEntries(
    Object.entries(written).map(([directory, groups]) => [
      directory,
      groups.flatMap((group): readonly Artifacts[string][number][] => {
        if (typeof group !== 'string') return [group];
        const [ending = '', ...words] = group.split(' ');
        return words.flatMap(placesOf).map(({ need, unit }) => {
          const last = `-${needs[need]?.[unit] ?? ''}${ending}`;
          const file = filesOf(need).find((name) => name.endsWith(last));
          if (file === undefined) throw new Error(`need ${need} has left nothing that ends in \`${last}\``);
          return [need, file];
        });
      }),
    ]),
  );
}

function ranges(places: readonly Place[]): string {
  const sorted = places.toSorted((left, right) => left.need - right.need || left.unit - right.unit);
  const runs: { first: NeedIndex; last: NeedIndex; unit: number }[] = [];
  for (const { need, unit } of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && run.unit === unit && run.last === need - 1) run.last = need;
    else runs.push({ first: need, last: need, unit });
  }
  return runs.map(({ first, last, unit }) => `${first}${last === first ? '' : `-${last}`}${unit === 0 ? '' : `.${unit}`}`).join(' ');
}

function placesOf(word: string): readonly Place[] {
  const [, first = '', last = first, unit = '0'] = /^(\d+)(?:-(\d+))?(?:\.(\d+))?$/.exec(word) ?? [];
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, index) => ({ need: Number(first) + index, unit: Number(unit) }));
}
