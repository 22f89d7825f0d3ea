import { basename, dirname } from 'node:path';
import { xmlText } from '../checks/xml-text.ts';
import { type Coverage, countLines, type FileCoverage, type LineCount } from './lcov.ts';

/** A coverage in Cobertura's XML, as services for merge requests read it: a package for each directory, a class for each file. */
export function coberturaReport(options: {
  readonly coverage: Coverage;
  /** Absolute: what its paths are relative to. */
  readonly root: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}): string {
  const { coverage, root, at } = options;
  const packages = new Map<string, (readonly [path: string, file: FileCoverage])[]>();
  for (const entry of coverage) {
    const directory = dirname(entry[0]);
    packages.set(directory, [...(packages.get(directory) ?? []), entry]);
  }
  const { total, covered } = countLines(coverage.values());
  const rates = `${rate({ total, covered })} lines-covered="${covered}" lines-valid="${total}"`;
  return `<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage ${rates} branches-covered="0" branches-valid="0" complexity="0" version="1" timestamp="${Math.round(at)}">
  <sources>
    <source>${xmlText(root)}</source>
  </sources>
  <packages>
${[...packages].map(([directory, files]) => packageElement(directory, files)).join('')}  </packages>
</coverage>
`;
}

function packageElement(directory: string, files: readonly (readonly [path: string, file: FileCoverage])[]): string {
  const counts = rate(countLines(files.map(([, file]) => file)));
  const name = directory === '.' ? '.' : directory.replaceAll('/', '.');
  return `    <package name="${xmlText(name)}" ${counts} complexity="0">
      <classes>
${files.map(([path, file]) => classElement(path, file)).join('')}      </classes>
    </package>
`;
}

function classElement(path: string, file: FileCoverage): string {
  const lines = [...file.lines]
    .toSorted(([left], [right]) => left - right)
    .map(([line, hits]) => `            <line number="${line}" hits="${hits}"/>\n`);
  return `        <class name="${xmlText(basename(path))}" filename="${xmlText(path)}" ${rate(countLines([file]))} complexity="0">
          <methods/>
          <lines>
${lines.join('')}          </lines>
        </class>
`;
}

function rate({ total, covered }: LineCount): string {
  return `line-rate="${total === 0 ? '1' : (covered / total).toFixed(4)}" branch-rate="0"`;
}
