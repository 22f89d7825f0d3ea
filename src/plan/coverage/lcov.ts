/** What of one source file was executed, how often. */
export interface FileCoverage {
  /** Lines that can be executed, from 1. */
  readonly lines: Map<number, number>;
  /** By name; the lines are those of the definition, as `FN` has them: `12` or `12,15`. */
  readonly functions: Map<string, { readonly lines: string; hits: number }>;
  /** By `LINE,BLOCK,BRANCH`; `undefined`: the line was not reached. */
  readonly branches: Map<string, number | undefined>;
}

/** Coverage by path of the source file. */
export type Coverage = ReadonlyMap<string, FileCoverage>;

/** Lines that can be executed, and those that were. */
export interface LineCount {
  readonly total: number;
  readonly covered: number;
}

/** Adds up tracefiles (LCOV, `geninfo(1)`). `placed` names each source as the result has it; `undefined`: it is left out. */
export function mergeLcov(
  tracefiles: readonly { readonly text: string; readonly placed: (source: string) => string | undefined }[],
): Coverage {
  const files = new Map<string, FileCoverage>();
  for (const { text, placed } of tracefiles) {
    let file: FileCoverage | undefined;
    for (const line of text.split('\n')) {
      const colon = line.indexOf(':');
      const value = line.slice(colon + 1);
      if (line === 'end_of_record') file = undefined;
      else if (line.startsWith('SF:')) file = fileNamed(files, placed(value));
      else if (file !== undefined) addRecord(file, line.slice(0, colon), value);
    }
  }
  return new Map([...files].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** The tracefile of a coverage, its files in order. */
export function writeLcov(coverage: Coverage): string {
  return [...coverage].map(([path, file]) => `${['TN:', `SF:${path}`, ...recordsOf(file)].join('\n')}\nend_of_record\n`).join('');
}

export function countLines(files: Iterable<FileCoverage>): LineCount {
  let total = 0;
  let covered = 0;
  for (const { lines } of files) {
    total += lines.size;
    for (const hits of lines.values()) covered += hits > 0 ? 1 : 0;
  }
  return { total, covered };
}

function fileNamed(files: Map<string, FileCoverage>, path: string | undefined): FileCoverage | undefined {
  if (path === undefined) return undefined;
  const known = files.get(path) ?? { lines: new Map(), functions: new Map(), branches: new Map() };
  files.set(path, known);
  return known;
}

function addRecord({ lines, functions, branches }: FileCoverage, kind: string, value: string): void {
  switch (kind) {
    case 'DA': {
      const [line, hits] = value.split(',').map(Number);
      if (line !== undefined && hits !== undefined) lines.set(line, (lines.get(line) ?? 0) + hits);
      break;
    }
    case 'FN': {
      const [, place = '', name = ''] = /^(\d+(?:,\d+)?),(.*)$/.exec(value) ?? [];
      if (!functions.has(name)) functions.set(name, { lines: place, hits: 0 });
      break;
    }
    case 'FNDA': {
      const comma = value.indexOf(',');
      const known = functions.get(value.slice(comma + 1));
      if (known !== undefined) known.hits += Number(value.slice(0, comma));
      break;
    }
    case 'BRDA': {
      const comma = value.lastIndexOf(',');
      const branch = value.slice(0, comma);
      const taken = value.slice(comma + 1);
      const known = branches.get(branch);
      branches.set(branch, taken === '-' ? known : (known ?? 0) + Number(taken));
      break;
    }
    default:
      break;
  }
}

function recordsOf({ lines, functions, branches }: FileCoverage): readonly string[] {
  const inOrder = [...lines].toSorted(([left], [right]) => left - right);
  const named = [...functions].toSorted(([, left], [, right]) => Number.parseInt(left.lines, 10) - Number.parseInt(right.lines, 10));
  const { covered } = countLines([{ lines, functions, branches }]);
  // Instances of one generic function stand at one place, and count once.
  const places = (some: typeof named): number => new Set(some.map(([, known]) => known.lines)).size;
  return [
    ...named.map(([name, known]) => `FN:${known.lines},${name}`),
    ...named.map(([name, { hits }]) => `FNDA:${hits},${name}`),
    `FNF:${places(named)}`,
    `FNH:${places(named.filter(([, { hits }]) => hits > 0))}`,
    ...[...branches].map(([branch, taken]) => `BRDA:${branch},${taken ?? '-'}`),
    `BRF:${branches.size}`,
    `BRH:${[...branches.values()].filter((taken) => (taken ?? 0) > 0).length}`,
    ...inOrder.map(([line, hits]) => `DA:${line},${hits}`),
    `LF:${lines.size}`,
    `LH:${covered}`,
  ];
}
