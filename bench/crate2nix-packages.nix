# As much of nixpkgs as the `Cargo.nix` of crate2nix 0.15 needs to be evaluated, where there is no nixpkgs: its `lib` by built-in functions,
# and a plain derivation for `buildRustCrate`. Real packages cost more: `stdenv.mkDerivation` and the crate's phases come on top of each.
let
  lib = rec {
    inherit (builtins)
      concatMap
      concatStringsSep
      filter
      groupBy
      mapAttrs
      ;
    id = value: value;
    any = builtins.any;
    foldl = builtins.foldl';
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalString = condition: text: if condition then text else "";
    concatMapStringsSep = separator: function: values: concatStringsSep separator (map function values);
    hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        length = builtins.stringLength text;
        own = builtins.stringLength suffix;
      in
      length >= own && builtins.substring (length - own) own text == suffix;
    removePrefix = prefix: text: if hasPrefix prefix text then builtins.substring (builtins.stringLength prefix) (-1) text else text;
    findFirst =
      wanted: otherwise: values:
      let
        found = filter wanted values;
      in
      if found == [ ] then otherwise else builtins.head found;
    assertMsg = condition: message: if condition then true else throw message;
    makeOverridable = function: arguments: function arguments // { override = changes: makeOverridable function (arguments // changes); };
    cleanSourceWith = { filter, src }: builtins.path { inherit filter; path = src; name = "source"; };
    lists = { inherit optional any; };
    strings = { };
  };
  platform = {
    isUnix = true;
    isWindows = false;
    rust = {
      rustcTarget = "x86_64-unknown-linux-gnu";
      platform = {
        arch = "x86_64";
        os = "linux";
        vendor = "unknown";
        target-family = [ "unix" ];
      };
    };
    parsed.cpu = {
      significantByte.name = "littleEndian";
      bits = 64;
    };
  };
  pkgs = {
    inherit lib;
    stdenv = {
      hostPlatform = platform;
      buildPlatform = platform;
    };
    buildPackages = pkgs;
    defaultCrateOverrides = { };
    fetchurl = import <nix/fetchurl.nix>;
    buildRustCrate =
      crate:
      derivation {
        name = "${crate.crateName}-${crate.version}";
        system = "x86_64-linux";
        builder = "/bin/sh";
        inherit (crate) src features release;
        version = crate.version;
        dependencies = crate.dependencies ++ crate.buildDependencies;
        renames = builtins.toJSON crate.crateRenames;
      };
  };
in
pkgs
