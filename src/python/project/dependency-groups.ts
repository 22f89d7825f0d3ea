import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { TomlPath } from '../../repository/toml-span.ts';
import { type DistributionName, normalizeName } from '../distribution-name.ts';
import type { DeclaredRequirement, DependencyGroup } from './project.ts';
import { isTable, type TomlReader } from './toml-reader.ts';

/** What a `[dependency-groups]` table says, before groups are put into each other. */
interface WrittenGroup {
  readonly writtenName: string;
  readonly items: readonly GroupItem[];
}

type GroupItem =
  | { readonly kind: 'requirement'; readonly requirement: DeclaredRequirement }
  | { readonly kind: 'include'; readonly group: DistributionName; readonly path: TomlPath };

export interface GroupReading {
  readonly reader: TomlReader;
  /** `undefined` for what is no requirement; it has been noted. */
  readonly requirementAt: (path: TomlPath) => DeclaredRequirement | undefined;
  /** Reports a mistake of the groups at a place. */
  readonly report: (path: TomlPath, words: Pick<Diagnostic, 'message' | 'facts' | 'hints'>) => void;
}

const GROUPS = 'dependency-groups';
const LEGACY: TomlPath = ['tool', 'uv', 'dev-dependencies'];

/**
 * The groups of PEP 735 with everything they include, in the order written. Reported: two spellings of one name, an included group
 * that does not exist, groups that include each other.
 */
export function readDependencyGroups(reading: GroupReading): readonly DependencyGroup[] {
  const written = readWritten(reading);
  const expansion = new Expansion(written, reading.report);
  const groups = [...written].map(([name, { writtenName }]): DependencyGroup => ({
    name,
    writtenName,
    requirements: expansion.of(name),
    requiresPython: groupPython(reading.reader, writtenName),
  }));
  return groups.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

function groupPython(reader: TomlReader, group: string): string | undefined {
  return reader.text(['tool', 'uv', GROUPS, group, 'requires-python']);
}

function readWritten(reading: GroupReading): Map<DistributionName, WrittenGroup> {
  const groups = new Map<DistributionName, WrittenGroup>();
  for (const writtenName of Object.keys(reading.reader.table([GROUPS]) ?? {})) {
    const name = normalizeName(writtenName);
    const twin = groups.get(name);
    if (twin !== undefined) {
      const message = `the dependency groups \`${twin.writtenName}\` and \`${writtenName}\` have the same name`;
      reading.report([GROUPS, writtenName], { message, hints: ['rename one of them: case, `-`, `_` and `.` make no difference'] });
    }
    groups.set(name, { writtenName, items: readItems(reading, [GROUPS, writtenName]) });
  }
  const legacy = readItems(reading, LEGACY);
  if (legacy.length > 0) {
    const dev = normalizeName('dev');
    const { writtenName = 'dev', items = [] } = groups.get(dev) ?? {};
    groups.set(dev, { writtenName, items: [...items, ...legacy] });
  }
  return groups;
}

function readItems(reading: GroupReading, path: TomlPath): readonly GroupItem[] {
  return reading.reader.list(path).flatMap((value, index): readonly GroupItem[] => {
    const place = [...path, index];
    if (isTable(value)) {
      const group = reading.reader.text([...place, 'include-group']);
      if (group !== undefined) return [{ kind: 'include', group: normalizeName(group), path: place }];
      reading.reader.note(place, 'must be a requirement or `{ include-group = "…" }`');
      return [];
    }
    const requirement = reading.requirementAt(place);
    return requirement === undefined ? [] : [{ kind: 'requirement', requirement }];
  });
}

class Expansion {
  readonly #groups: ReadonlyMap<DistributionName, WrittenGroup>;
  readonly #report: GroupReading['report'];
  readonly #done = new Map<DistributionName, readonly DeclaredRequirement[]>();
  /** The groups that are being put into each other, outermost first. */
  readonly #open: DistributionName[] = [];

  constructor(groups: ReadonlyMap<DistributionName, WrittenGroup>, report: GroupReading['report']) {
    this.#groups = groups;
    this.#report = report;
  }

  of(name: DistributionName): readonly DeclaredRequirement[] {
    const done = this.#done.get(name);
    if (done !== undefined) return done;
    this.#open.push(name);
    const items = this.#groups.get(name)?.items ?? [];
    const requirements = items.flatMap((item) => (item.kind === 'requirement' ? [item.requirement] : this.#included(item)));
    this.#open.pop();
    this.#done.set(name, requirements);
    return requirements;
  }

  #included({ group, path }: { readonly group: DistributionName; readonly path: TomlPath }): readonly DeclaredRequirement[] {
    const start = this.#open.indexOf(group);
    if (start !== -1) {
      const circle = [...this.#open.slice(start), group];
      this.#report(path, {
        message: 'dependency groups include each other',
        facts: [['circle', circle.map((name) => `\`${this.#groups.get(name)?.writtenName ?? name}\``).join(' → ')]],
        hints: ['remove one of the `include-group` entries'],
      });
      return [];
    }
    if (this.#groups.has(group)) return this.of(group);
    const known = [...this.#groups.values()].map(({ writtenName }) => `\`${writtenName}\``).join(', ');
    this.#report(path, {
      message: `dependency group \`${group}\` is included but does not exist`,
      facts: [['groups', known]],
      hints: ['add it to `[dependency-groups]`, or correct the name'],
    });
    return [];
  }
}
