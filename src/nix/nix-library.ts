/** Files of the installed package that Nix reads, as absolute paths. */
export interface NixLibrary {
  readonly ferrule: string;
  readonly engine: string;
  readonly runner: string;
  /** The runner of the Python half. */
  readonly pythonRunner: string;
}
