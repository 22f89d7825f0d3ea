import { ok, type Result } from '../../diagnostics/diagnostic.ts';
import type { CrateFacts } from './crate-facts.ts';
import { dataFiles } from './data-files.ts';
import { includedFiles } from './included-files.ts';
import { projectLayout } from './layout.ts';
import type { PackingDisk } from './packing-disk.ts';
import type { PackingProject } from './packing-project.ts';
import { wheelMetadata } from './project-metadata.ts';
import { pythonFiles } from './python-files.ts';
import { sbomFiles } from './sbom-files.ts';

export interface PackedSourcesQuestion {
  readonly project: PackingProject;
  readonly crate: CrateFacts;
  /** As for the packer. */
  readonly ignoreRoot: string;
  readonly disk: PackingDisk;
}

/**
 * Everything on disk that packing reads besides what is compiled, as sorted absolute paths: files that go into the wheel and those that
 * decide about them, such as `.gitignore`. Diagnostics as of `packExtension`.
 */
export function packedSources(question: PackedSourcesQuestion): Result<readonly string[]> {
  const { project, crate, ignoreRoot } = question;
  const read = new Set<string>([`${project.directory}/pyproject.toml`]);
  const disk = recording(question.disk, read);
  const metadata = wheelMetadata({ project, crate, disk });
  if (!metadata.ok) return metadata;
  const layout = projectLayout({ project, crate, disk });
  if (!layout.ok) return layout;
  const written = project.settings.include.filter(({ kind }) => kind === 'source');
  const included = includedFiles({
    project: { ...project, settings: { ...project.settings, include: written } },
    layout: layout.value,
    disk,
    outDirectories: new Map(),
    crateName: crate.name,
  });
  if (!included.ok) return included;
  const { dataDirectory, extensionName } = layout.value;
  const data = dataDirectory === undefined ? ok([]) : dataFiles({ directory: dataDirectory, target: 'data', disk });
  if (!data.ok) return data;
  const documents = sbomFiles({ project, distInfo: '', disk });
  if (!documents.ok) return documents;
  const stub = `${project.directory}/${extensionName}.pyi`;
  if (disk.probe.kind(stub) === 'file') read.add(stub);
  const packed = [
    ...pythonFiles({ layout: layout.value, ignoreRoot, disk }),
    ...included.value,
    ...data.value,
    ...metadata.value.licenseFiles,
    ...documents.value,
  ];
  for (const { source } of packed) read.add(source);
  return ok([...read].filter((path) => !path.includes('/.git/')).toSorted());
}

/** Remembers each file that was seen to be there. */
function recording(disk: PackingDisk, read: Set<string>): PackingDisk {
  return {
    directories: {
      list: (directory) => disk.directories.list(directory),
      readText: (file) => {
        const text = disk.directories.readText(file);
        if (text !== undefined) read.add(file);
        return text;
      },
    },
    probe: {
      kind: (path) => {
        const kind = disk.probe.kind(path);
        if (kind === 'file') read.add(path);
        return kind;
      },
    },
    keep: (path) => {
      const state = disk.keep(path);
      if (state !== undefined) read.add(path);
      return state;
    },
  };
}
