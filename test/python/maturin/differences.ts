/** Where a wheel of ours may differ from maturin's, each with its reason. */
export interface Difference {
  readonly what: string;
  readonly why: string;
  /** Paths that one side may have alone. */
  readonly path?: RegExp;
  /** Lines that are left out of both before files of that path are compared. */
  readonly line?: { readonly path: RegExp; readonly line: RegExp };
}

export const DIFFERENCES: readonly Difference[] = [
  {
    what: 'Generator of WHEEL',
    why: 'it says who packed the wheel',
    line: { path: /\.dist-info\/WHEEL$/, line: /^Generator: / },
  },
  {
    what: 'no sboms/CRATE.cyclonedx.json',
    why: 'it names the directory the project was built in, so two checkouts of one commit would give two wheels',
    path: /\.dist-info\/sboms\/[^/]+\.cyclonedx\.json$/,
  },
  {
    what: 'no sboms/auditwheel.cdx.json',
    why: 'it names the packages of this machine that libraries were taken from, which the sandbox does not show',
    path: /\.dist-info\/sboms\/auditwheel\.cdx\.json$/,
  },
  {
    what: 'lines of RECORD for those',
    why: 'RECORD follows the files',
    line: { path: /\.dist-info\/RECORD$/, line: /\.dist-info\/(?:WHEEL|sboms\/[^/]+\.(?:cyclonedx|cdx)\.json),/ },
  },
];
