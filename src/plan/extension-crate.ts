import type { CrateFacts } from '../python/maturin/crate-facts.ts';
import type { Package } from '../rust/unit.ts';

/** A package of a workspace as the packer of wheels wants to know it. */
export function crateFactsOf(pkg: Package, workspaceRoot: string): CrateFacts {
  const of = (name: string): string | undefined => {
    const value = pkg.packageVariables[`CARGO_PKG_${name}`];
    return value === undefined || value === '' ? undefined : value;
  };
  return {
    name: pkg.name,
    version: pkg.version,
    authors: pkg.about?.authors ?? [],
    description: of('DESCRIPTION'),
    homepage: of('HOMEPAGE'),
    documentation: pkg.about?.documentation,
    repository: of('REPOSITORY'),
    keywords: pkg.about?.keywords ?? [],
    license: of('LICENSE'),
    licenseFile: of('LICENSE_FILE'),
    readme: of('README'),
    manifestDirectory: pkg.root,
    workspaceRoot,
  };
}
