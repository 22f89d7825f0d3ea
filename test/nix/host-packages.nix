# What users take from nixpkgs, taken from this machine: plain paths that the rig lets into Nix's sandbox. `host-places.json` is written beside
# a copy of this file by the rig, as evaluation is pure and may not look around.
let
  places = builtins.fromJSON (builtins.readFile ./host-places.json);
in
{
  # Prefixes: each has a `bin`.
  inherit (places) node rust python;

  # Prefixes of other interpreters, by version: `"3.12"`.
  inherit (places) pythons;

  # Directories for `PATH`: coreutils, a shell, C compiler and linker, pkg-config.
  inherit (places) tools;

  # The builder of what `nix develop` starts.
  bash = places.bash;

  # Where pkg-config looks in a derivation that asked for a library.
  inherit (places) pkgConfig;

  # System libraries by nixpkgs' names. The machine's are where its compiler looks anyway.
  libraries = { };
}
