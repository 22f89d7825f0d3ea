import { join, normalize } from 'node:path';
import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { isWithin } from '../../source/path-within.ts';
import { pythonVersionOf } from './cargo-version.ts';
import type { CrateFacts } from './crate-facts.ts';
import type { PackingDisk } from './packing-disk.ts';
import { contentTypeOf, readmeText, singleLine } from './readme.ts';
import type { LicenseFile, WheelMetadata } from './wheel-metadata.ts';

const NOTHING: ReadonlyMap<string, string> = new Map();

/** What the crate's manifest says of a wheel (maturin `src/metadata.rs`, `from_cargo_toml`). F0978 unreadable file, F0979 a version that Python does not know. */
export function crateMetadata(crate: CrateFacts, disk: PackingDisk): Result<WheelMetadata> {
  const version = pythonVersionOf(crate.version);
  if (version === undefined) return fail(noPythonVersion(crate));
  const readme = crateReadme(crate, disk);
  if (!readme.ok) return readme;
  const license = crateLicense(crate, disk);
  if (!license.ok) return license;
  const authors = crate.authors.length === 0 ? undefined : crate.authors.join(', ');
  return ok({
    name: crate.name,
    version,
    summary: crate.description === undefined ? undefined : singleLine(crate.description),
    ...readme.value,
    keywords: crate.keywords.length === 0 ? undefined : crate.keywords.join(','),
    homePage: crate.homepage,
    author: authors,
    authorEmail: authors?.includes('@') === true ? authors : undefined,
    maintainer: undefined,
    maintainerEmail: undefined,
    license: crate.license,
    licenseExpression: undefined,
    licenseFiles: license.value,
    classifiers: [],
    requiresDist: [],
    providesExtra: [],
    requiresPython: undefined,
    projectUrls: crateUrls(crate),
    scripts: NOTHING,
    guiScripts: NOTHING,
    entryPoints: new Map(),
  });
}

type Readme = Pick<WheelMetadata, 'description' | 'descriptionContentType'>;

const GUESSED_READMES = ['README.md', 'README.txt', 'README.rst', 'README'];

function crateReadme(crate: CrateFacts, disk: PackingDisk): Result<Readme> {
  const file = crate.readme ?? GUESSED_READMES.find((name) => disk.probe.kind(join(crate.manifestDirectory, name)) !== undefined);
  if (file === undefined) return ok({ description: undefined, descriptionContentType: undefined });
  const text = readmeText({ path: join(crate.manifestDirectory, file), shown: file, disk });
  return text.ok ? ok({ description: text.value, descriptionContentType: contentTypeOf(file) }) : text;
}

function crateLicense(crate: CrateFacts, disk: PackingDisk): Result<readonly LicenseFile[]> {
  if (crate.licenseFile === undefined) return ok([]);
  const source = normalize(join(crate.manifestDirectory, crate.licenseFile));
  if (!isWithin(source, crate.workspaceRoot) || disk.probe.kind(source) !== 'file') {
    return fail({
      code: 'F0978',
      severity: 'error',
      blame: 'input',
      message: `the license file \`${crate.licenseFile}\` of \`${crate.name}\` is not there`,
      facts: [['named in', join(crate.manifestDirectory, 'Cargo.toml')]],
      hints: ['correct `license-file`; it has to lie in the Cargo workspace'],
    });
  }
  const inside = isWithin(source, crate.manifestDirectory) ? source.slice(crate.manifestDirectory.length + 1) : undefined;
  return ok([{ path: inside ?? source.slice(source.lastIndexOf('/') + 1), source }]);
}

function crateUrls(crate: CrateFacts): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  if (crate.homepage !== undefined) urls.set('Homepage', crate.homepage);
  if (crate.documentation !== undefined) urls.set('Documentation', crate.documentation);
  if (crate.repository !== undefined) urls.set('Source Code', crate.repository);
  return urls;
}

function noPythonVersion(crate: CrateFacts): Diagnostic {
  return {
    code: 'F0979',
    severity: 'error',
    blame: 'input',
    message: `version \`${crate.version}\` of the crate \`${crate.name}\` is none that Python knows`,
    facts: [['named in', join(crate.manifestDirectory, 'Cargo.toml')]],
    hints: ['use a pre-release of the form `1.2.3-alpha.1`, `-beta.1`, `-rc.1` or `-dev.1` (PEP 440)'],
  };
}
