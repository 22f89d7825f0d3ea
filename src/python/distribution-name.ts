declare const nameBrand: unique symbol;

/** A distribution's name as PEP 503 normalises it: lower case, runs of `-`, `_` and `.` as one `-`. Also used for extras and groups. */
export type DistributionName = string & { readonly [nameBrand]: never };

/** `Zope.Interface` → `zope-interface` (PEP 503). */
export function normalizeName(text: string): DistributionName {
  return text.replaceAll(/[-_.]+/g, '-').toLowerCase() as DistributionName;
}

/** As file names have it: `zope_interface` (PyPA binary distribution format, escaping). */
export function fileNameForm(name: string): string {
  return normalizeName(name).replaceAll('-', '_');
}
