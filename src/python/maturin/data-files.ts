import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PlacedFile } from './python-files.ts';

const SCHEMES: ReadonlySet<string> = new Set(['data', 'scripts', 'headers', 'purelib', 'platlib']);

type Disk = Pick<PackingDisk, 'directories' | 'probe'>;

/** Files of a wheel's `.data` (PEP 427); links to files are what they point to. F0980 for an entry that is none of the five directories. */
export function dataFiles(options: {
  /** Absolute. */
  readonly directory: string;
  /** `NAME-VERSION.data` */
  readonly target: string;
  readonly disk: Disk;
}): Result<readonly PlacedFile[]> {
  const { directory, target, disk } = options;
  const entries = disk.directories.list(directory) ?? [];
  const strange = entries.filter(({ name }) => !SCHEMES.has(name) || disk.probe.kind(`${directory}/${name}`) !== 'directory');
  if (strange.length > 0) return fail(...strange.map(({ name }) => noScheme(directory, name)));
  const files: PlacedFile[] = [];
  for (const { name } of entries) collect({ disk, files }, { source: `${directory}/${name}`, path: `${target}/${name}` });
  return ok(files);
}

function collect(into: { readonly disk: Disk; readonly files: PlacedFile[] }, place: PlacedFile): void {
  for (const { name, kind } of into.disk.directories.list(place.source) ?? []) {
    const inner = { source: `${place.source}/${name}`, path: `${place.path}/${name}` };
    if (kind === 'directory') collect(into, inner);
    else into.files.push(inner);
  }
}

function noScheme(directory: string, name: string): Diagnostic {
  return {
    code: 'F0980',
    severity: 'error',
    blame: 'input',
    message: `\`${name}\` has no place in a wheel's data`,
    facts: [['in', directory]],
    hints: ['only directories named `data`, `scripts`, `headers`, `purelib` and `platlib` may be there'],
  };
}
