import type { WheelMetadata } from './wheel-metadata.ts';

/** Version of core metadata that {@link metadataText} writes. */
const METADATA_VERSION = '2.4';

/** METADATA (PyPA core metadata), its fields in the order in which maturin writes them (`src/metadata.rs`, `to_vec`). */
export function metadataText(metadata: WheelMetadata): string {
  const lines = [
    field('Metadata-Version', METADATA_VERSION),
    field('Name', metadata.name),
    field('Version', metadata.version),
    ...metadata.classifiers.map((value) => field('Classifier', value)),
    ...metadata.requiresDist.map((value) => field('Requires-Dist', value)),
    ...metadata.providesExtra.map((value) => field('Provides-Extra', value)),
    ...metadata.licenseFiles.map(({ path }) => field('License-File', path)),
    ...optional('Summary', metadata.summary),
    ...optional('Keywords', metadata.keywords),
    ...optional('Home-Page', metadata.homePage),
    ...optional('Author', metadata.author),
    ...optional('Author-email', metadata.authorEmail),
    ...optional('Maintainer', metadata.maintainer),
    ...optional('Maintainer-email', metadata.maintainerEmail),
    ...optional('License-Expression', metadata.licenseExpression),
    ...optional('License', metadata.license === undefined ? undefined : folded(metadata.license)),
    ...optional('Requires-Python', metadata.requiresPython),
    ...optional('Description-Content-Type', metadata.descriptionContentType),
    ...[...metadata.projectUrls].map(([label, url]) => field('Project-URL', `${label}, ${url}`)),
  ];
  const body = metadata.description === undefined ? '' : `\n${metadata.description}\n`;
  return lines.join('') + body;
}

function field(name: string, value: string): string {
  return `${name}: ${value}\n`;
}

function optional(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [field(name, value)];
}

const FOLD_AT = 78;

/** A long value on several lines (RFC 5322, 2.2.3), each but the first behind a tab, which counts as nothing wide. */
function folded(text: string): string {
  const lines = text.split('\n').flatMap(foldedLine);
  return lines.map((line) => line.trimEnd()).join('\r\n\t');
}

function foldedLine(line: string): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<= )(?=[^ ])/)) {
    if (current !== '' && (current + word).trimEnd().length > FOLD_AT) {
      lines.push(current);
      current = '';
    }
    current += word;
  }
  return [...lines, current];
}

/** WHEEL (PyPA binary distribution format). */
export function wheelText(options: { readonly generator: string; readonly tags: readonly string[] }): string {
  const head = ['Wheel-Version: 1.0', `Generator: ${options.generator}`, 'Root-Is-Purelib: false'];
  return [...head, ...options.tags.map((tag) => `Tag: ${tag}`), ''].join('\n');
}

/** `entry_points.txt`; `undefined`: there are none, and no file. */
export function entryPointsText(metadata: Pick<WheelMetadata, 'scripts' | 'guiScripts' | 'entryPoints'>): string | undefined {
  const groups: readonly (readonly [string, ReadonlyMap<string, string>])[] = [
    ...(metadata.scripts.size > 0 ? [['console_scripts', metadata.scripts] as const] : []),
    ...(metadata.guiScripts.size > 0 ? [['gui_scripts', metadata.guiScripts] as const] : []),
    ...metadata.entryPoints,
  ];
  if (groups.length === 0) return undefined;
  return groups.map(([name, points]) => `[${name}]\n${[...points].map(([key, value]) => `${key}=${value}\n`).join('')}`).join('');
}
