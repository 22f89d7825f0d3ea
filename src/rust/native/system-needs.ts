import { type Diagnostic, fail, ok, type Result } from '../../diagnostics/diagnostic.ts';
import { missingNeed } from './native-diagnostics.ts';
import type { NativeNeed, NativeNeeds } from './native-libraries.ts';
import type { MissingKind } from './system-packages-table.ts';
import { findLibrary, type LibraryPlaces, resolvePkgConfig, type SystemModule } from './system-libraries.ts';
import { findTool, type SystemTool, type ToolPlaces } from './system-tools.ts';

/** A crate's needs as this machine meets them. */
export interface SystemNeeds {
  /** `.pc` files to put at `PKG_CONFIG_ROOT/NAME.pc`, the closure of the declared modules. */
  readonly modules: readonly SystemModule[];
  /** Absolute real paths of all library files that can be linked to, those of the modules too; sorted. */
  readonly libraries: readonly string[];
  readonly tools: readonly SystemTool[];
}

/** Finds what a crate needs. Fails with one F0801 or F0802 for each required thing that is not there. */
export function resolveNeeds(options: {
  readonly crate: string;
  readonly version: string;
  readonly needs: Pick<NativeNeeds, 'modules' | 'libraries' | 'tools'>;
  readonly libraryPlaces: LibraryPlaces;
  readonly toolPlaces: ToolPlaces;
}): Result<SystemNeeds> {
  const { needs, libraryPlaces } = options;
  const modules = resolvePkgConfig({ modules: needs.modules.map((need) => need.name), places: libraryPlaces });
  const libraries = needs.libraries.map((need) => ({ need, files: findLibrary(need.name, libraryPlaces.libraries) }));
  const tools = needs.tools.map((need) => ({ need, tool: findTool(need.name, options.toolPlaces) }));
  const report = missingReporter(options);
  const missing = [
    ...modules.missing.flatMap(({ name, absent }) => report('module', needOf(needs.modules, name), absent)),
    ...libraries.flatMap(({ need, files }) => (files.length > 0 ? [] : report('library', need))),
    ...tools.flatMap(({ need, tool }) => (tool === undefined ? report('tool', need) : [])),
  ];
  if (missing.length > 0) return fail(...missing);
  const files = [...modules.found.flatMap((module) => module.libraries), ...libraries.flatMap((library) => library.files)];
  return ok({
    modules: modules.found,
    libraries: [...new Set(files)].toSorted(),
    tools: tools.flatMap(({ tool }) => tool ?? []),
  });
}

type Report = (kind: MissingKind, need: NativeNeed, absent?: string) => readonly Diagnostic[];

function missingReporter({ crate, version }: { readonly crate: string; readonly version: string }): Report {
  return (kind, need, absent = need.name) => (need.required ? [missingNeed({ crate, version, kind, name: need.name, absent })] : []);
}

function needOf(needs: readonly NativeNeed[], name: string): NativeNeed {
  return needs.find((need) => need.name === name || need.name.startsWith(`${name} `)) ?? { name, required: true };
}
