/** Everything a wheel's `dist-info` says about its distribution, already in the spelling of the files. */
export interface WheelMetadata {
  readonly name: string;
  /** PEP 440, normal form. */
  readonly version: string;
  readonly summary: string | undefined;
  /** The long one. */
  readonly description: string | undefined;
  readonly descriptionContentType: string | undefined;
  readonly keywords: string | undefined;
  readonly homePage: string | undefined;
  readonly author: string | undefined;
  readonly authorEmail: string | undefined;
  readonly maintainer: string | undefined;
  readonly maintainerEmail: string | undefined;
  readonly license: string | undefined;
  readonly licenseExpression: string | undefined;
  readonly licenseFiles: readonly LicenseFile[];
  readonly classifiers: readonly string[];
  readonly requiresDist: readonly string[];
  readonly providesExtra: readonly string[];
  readonly requiresPython: string | undefined;
  readonly projectUrls: ReadonlyMap<string, string>;
  readonly scripts: ReadonlyMap<string, string>;
  readonly guiScripts: ReadonlyMap<string, string>;
  readonly entryPoints: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export interface LicenseFile {
  /** Below `dist-info/licenses`. */
  readonly path: string;
  /** Absolute. */
  readonly source: string;
}

/** `NAME-VERSION` as file names have it: of the wheel, its dist-info and its data. */
export function fileStem(metadata: Pick<WheelMetadata, 'name' | 'version'>): string {
  return `${metadata.name.replaceAll(/[-_.]+/g, '_').toLowerCase()}-${metadata.version.replaceAll('-', '_')}`;
}
