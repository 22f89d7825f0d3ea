import type { Digest } from '../../model/digest.ts';

/** What the packer wants to know of the Cargo package behind a wheel: `cargo metadata` says it all. */
export interface CrateFacts {
  readonly name: string;
  readonly version: string;
  readonly authors: readonly string[];
  readonly description: string | undefined;
  readonly homepage: string | undefined;
  readonly documentation: string | undefined;
  readonly repository: string | undefined;
  readonly keywords: readonly string[];
  readonly license: string | undefined;
  /** As the manifest has it, relative to {@link manifestDirectory}. */
  readonly licenseFile: string | undefined;
  /** As `cargo metadata` has it, relative to {@link manifestDirectory}; `undefined`: none, or `false`. */
  readonly readme: string | undefined;
  /** Absolute. */
  readonly manifestDirectory: string;
  /** Absolute. */
  readonly workspaceRoot: string;
}

/** A stable interface of Python that an extension module keeps to. */
export interface StableAbi {
  readonly kind: 'abi3' | 'abi3t';
  /** The lowest `abi3-py3N`; `undefined`: plain `abi3`, which means the Python it is built for. */
  readonly minimum: { readonly major: number; readonly minor: number } | undefined;
}

/** How a library gets its Python side when it has none of its own. */
export type GeneratedBindings = 'cffi' | 'uniffi';

/** What was compiled for a wheel. */
export type CompiledCode =
  /** An extension module (`bindings = "pyo3"` or `"pyo3-ffi"`). `stableAbi` undefined: it is for one Python only. */
  | { readonly kind: 'module'; readonly library: CompiledFile; readonly stableAbi: StableAbi | undefined }
  /** A library that Python opens by itself (`bindings = "cffi"` or `"uniffi"`): its Python side is generated, by stock maturin. */
  | { readonly kind: 'library'; readonly library: CompiledFile }
  /** Programs (`bindings = "bin"`). `embedsPython`: they depend on pyo3, so they are for one Python only. */
  | { readonly kind: 'programs'; readonly programs: readonly CompiledProgram[]; readonly embedsPython: boolean };

/** A file in the store. */
export interface CompiledFile {
  readonly digest: Digest;
  /** Absolute path where it can be read. */
  readonly path: string;
}

export interface CompiledProgram extends CompiledFile {
  readonly name: string;
}
