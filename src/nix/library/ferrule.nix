# Written by `ferrule nix export`, the same in every repository: builds what `ferrule.json` describes, one derivation for each unit.
# Pure evaluation, no import from derivation, nothing downloaded while evaluating.
{
  # The repository. Files are taken from it as `ferrule.json` says, so an edit rebuilds what reads the file and nothing else.
  src ? ../.,
  # Flake inputs: `nixpkgs`; and for Rust toolchains that nixpkgs does not have, `rust-overlay` or `fenix`.
  inputs ? { },
  plan ? builtins.fromJSON (builtins.readFile ./ferrule.json),
  systems ? builtins.attrNames plan.systems,
  # system -> what derivations are made with; see `fromNixpkgs` below for what it has to hold.
  packagesFor ? null,
  # system -> pkgs -> toolchain (`{ version, file }` of the plan) -> a package with `bin/rustc` and `bin/cargo`.
  rustFor ? null,
  # system -> pkgs -> version (`"3.12"`) -> a package with `bin/python3`.
  pythonFor ? null,
  # sha256 of the toolchain's manifest, which fenix asks for.
  rustSha256 ? "",
  # unit (`{ name, version, label, … }` of the plan) -> attributes of its derivation -> changed attributes.
  overrideUnit ? (_: attributes: attributes),
  # The same for derivations of Python distributions.
  overrideDistribution ? (_: attributes: attributes),
  # Name of a part of the repository -> where it lies already.
  sources ? { },
  # Refuse a plan that was made from other manifests or locks.
  checkPlan ? true,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    concatStringsSep
    filter
    foldl'
    hashFile
    isAttrs
    listToAttrs
    map
    mapAttrs
    match
    pathExists
    readDir
    seq
    stringLength
    substring
    toString
    ;

  root = toString src;
  below = path: if path == "" then src else src + "/${path}";
  nameValue = name: value: { inherit name value; };
  named = from: names: listToAttrs (map (name: nameValue name from.${name}) names);
  setOf = names: listToAttrs (map (name: nameValue name true) names);
  optional = condition: value: if condition then [ value ] else [ ];

  ## Is the plan made from this source?

  stale =
    path:
    throw "nix/ferrule.json was not made from this ${path}: run `ferrule nix export`, and `git add` what is new";
  entries =
    path: if pathExists (below path) then (names: if names == [ ] then null else names) (attrNames (readDir (below path))) else null;
  fileHash = path: if pathExists (below path) then hashFile "sha256" (below path) else null;
  differing =
    actual: expected: filter (path: actual path != expected.${path}) (attrNames expected);
  changes =
    differing fileHash plan.madeFrom.contents
    ++ differing entries plan.madeFrom.listings
    ++ differing (path: pathExists (below path)) plan.madeFrom.presence;
  checked =
    if plan.version != 2 then
      throw "nix/ferrule.json is of another version than nix/ferrule.nix: run `ferrule nix export`"
    else if checkPlan && changes != [ ] then
      stale (builtins.head changes)
    else
      true;

  ## Parts of the repository

  parentOf =
    path:
    let
      parts = match "(.*)/[^/]*" path;
    in
    if parts == null then "" else builtins.head parts;
  above = path: if path == "" then [ ] else [ (parentOf path) ] ++ above (parentOf path);

  # Directories that hold no sources, where they came into the repository without git's knowledge.
  junk = setOf [
    ".direnv"
    ".git"
    ".mypy_cache"
    ".pytest_cache"
    ".ruff_cache"
    ".venv"
    "__pycache__"
    "node_modules"
    "target"
  ];

  # What stands at each path that is kept, on its own: from the root, Nix would look at every neighbour of every part.
  partOf =
    name: rule:
    let
      keep = setOf rule.keep;
      drop = setOf rule.drop;
      leadsTo = setOf (concatMap above rule.keep);
      tops = filter (path: !(builtins.any (parent: keep ? ${parent}) (above path))) rule.keep;
      decide =
        path:
        if keep ? ${path} then
          true
        else if drop ? ${path} || path == "" then
          false
        else
          decide (parentOf path);
      start = stringLength root + 1;
      wanted =
        path: type:
        let
          relative = substring start (-1) path;
        in
        keep ? ${relative}
        || leadsTo ? ${relative}
        || (decide relative && !(type == "directory" && junk ? ${baseNameOf relative}));
      pieceAt =
        at:
        let
          path =
            if !(sources ? ${name}) then
              below at
            else if at == "" then
              sources.${name}
            else
              sources.${name} + "/" + at;
        in
        optional (pathExists path) {
          inherit at;
          path = builtins.path (
            {
              name = "source";
              inherit path;
            }
            // (if sources ? ${name} then { } else { filter = wanted; })
          );
        };
    in
    concatMap pieceAt tops;
  parts = mapAttrs partOf plan.sources;

  ## Downloads: fixed outputs, named and hashed as the locks have them

  fetchFile =
    { name, url, sha256 }:
    derivation {
      inherit name url;
      urls = [ url ];
      system = "builtin";
      builder = "builtin:fetchurl";
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = sha256;
      executable = false;
      unpack = false;
      preferLocalBuild = true;
      impureEnvVars = [
        "http_proxy"
        "https_proxy"
        "ftp_proxy"
        "all_proxy"
        "no_proxy"
      ];
    };
  fetchWith =
    packages: fetch:
    if fetch.kind == "crate" then
      {
        inherit (fetch) kind;
        top = "${fetch.name}-${fetch.version}";
        path = fetchFile {
          name = "${fetch.name}-${fetch.version}.crate";
          inherit (fetch) url sha256;
        };
      }
    else if fetch.kind == "git" then
      {
        inherit (fetch) kind;
        path = packages.fetchGit {
          inherit (fetch) name url;
          rev = fetch.revision;
          sha256 = fetch.narSha256;
        };
      }
    else
      {
        inherit (fetch) kind;
        path = fetchFile { inherit (fetch) name url sha256; };
      };

  ## What derivations are made with

  # From nixpkgs: `node`, `rust TOOLCHAIN`, `python VERSION`, `tools` (directories for PATH), `library NAME` (what a system library adds),
  # `fetchGit`, `patchWheels` (how libraries of wheels find what they need; null: as they are).
  fromNixpkgs =
    system:
    let
      pkgs = import inputs.nixpkgs {
        inherit system;
        overlays = if inputs ? rust-overlay then [ inputs.rust-overlay.overlays.default ] else [ ];
      };
      inherit (pkgs) lib;
    in
    {
      inherit pkgs;
      node = pkgs.nodejs;
      rust =
        toolchain:
        if rustFor != null then
          rustFor system pkgs toolchain
        else if toolchain.file != null && pkgs ? rust-bin then
          pkgs.rust-bin.fromRustupToolchainFile (below toolchain.file)
        else if pkgs ? rust-bin then
          pkgs.rust-bin.stable.${toolchain.version}.default
        else if toolchain.file != null && inputs ? fenix then
          inputs.fenix.packages.${system}.fromToolchainFile {
            file = below toolchain.file;
            sha256 = rustSha256;
          }
        else
          pkgs.symlinkJoin {
            name = "rust-${pkgs.rustc.version}";
            paths = [
              pkgs.rustc
              pkgs.cargo
              pkgs.clippy
              pkgs.rustfmt
            ];
            passthru.version = pkgs.rustc.version;
          };
      tools = map (tool: "${lib.getBin tool}/bin") [
        pkgs.stdenv.cc
        pkgs.stdenv.cc.bintools
        pkgs.coreutils
        pkgs.bash
        pkgs.findutils
        pkgs.gnugrep
        pkgs.gnused
        pkgs.gawk
        pkgs.gnumake
        pkgs.gnutar
        pkgs.gzip
        pkgs.diffutils
        pkgs.patch
        pkgs.which
      ];
      library =
        name:
        let
          library = lib.getAttrFromPath (lib.splitString "." name) pkgs;
          all = lib.closePropagation [ library ];
          directory = path: optional (pathExists path) path;
        in
        {
          path = [ "${lib.getBin library}/bin" ];
          pkgConfig = concatMap (one: [
            "${lib.getDev one}/lib/pkgconfig"
            "${lib.getDev one}/share/pkgconfig"
          ]) all;
          include = map (one: "${lib.getDev one}/include") all;
          link = map (one: "${lib.getLib one}/lib") all;
        };
      python =
        { version, nixpkgs }: if pythonFor != null then pythonFor system pkgs version else pkgs.${nixpkgs};
      # Wheels expect the libraries of an ordinary Linux.
      patchWheels =
        if pkgs.stdenv.hostPlatform.isLinux then
          {
            patchelf = "${pkgs.patchelf}/bin/patchelf";
            loader = pkgs.stdenv.cc.bintools.dynamicLinker;
            libc = [ "${lib.getLib pkgs.stdenv.cc.libc}/lib" ];
            manylinux = mapAttrs (_: map (library: "${lib.getLib library}/lib")) {
              inherit (pkgs.pythonManylinuxPackages) manylinux1 manylinux2010 manylinux2014;
            };
          }
        else
          null;
      fetchGit =
        {
          name,
          url,
          rev,
          sha256,
        }:
        pkgs.fetchgit {
          inherit
            name
            url
            rev
            sha256
            ;
          fetchSubmodules = true;
        };
    };

  # What a package set may leave out.
  completed =
    system: given:
    {
      patchWheels = null;
      bash = null;
      library = name: given.libraries.${name} or { };
      libraries = { };
      fetchGit =
        { name, sha256, ... }@request:
        derivation {
          inherit name system;
          inherit (request) url rev;
          builder = "/bin/sh";
          args = [
            "-c"
            "echo the package set has no fetchGit, and the checkout is not in the store: $url $rev; exit 1"
          ];
          outputHashMode = "recursive";
          outputHashAlgo = "sha256";
          outputHash = sha256;
        };
    }
    // given
    // {
      rust = if builtins.isFunction given.rust then given.rust else (_: given.rust);
      python =
        if builtins.isFunction (given.python or null) then
          given.python
        else
          { version, ... }:
          given.pythons.${version}
            or (throw "nix/ferrule.json asks for Python ${version}, and the package set has ${
              concatStringsSep ", " (attrNames (given.pythons or { }))
            }");
    };

  sets = listToAttrs (
    map (
      system: nameValue system (completed system ((if packagesFor == null then fromNixpkgs else packagesFor) system))
    ) systems
  );

  ## Derivations

  # What is not of this toolchain's version would not be what the plan says.
  toolchainOf =
    packages: name:
    let
      toolchain = plan.toolchains.${name};
      rust = packages.rust toolchain;
    in
    if isAttrs rust && rust ? version && toolchain.file == null && rust.version != toolchain.version then
      throw "nix/ferrule.json was planned with rustc ${toolchain.version}, and the toolchain here is ${rust.version}: pin one with rust-toolchain.toml, or run `ferrule nix export` with that toolchain"
    else
      rust;

  # Where nixpkgs' compiler and linker look for libraries.
  searchVariables =
    libraries:
    let
      of = what: concatMap (library: library.${what} or [ ]) libraries;
      include = map (path: "-isystem ${path}") (of "include");
      link = map (path: "-L${path}") (of "link");
    in
    (if include == [ ] then { } else { NIX_CFLAGS_COMPILE = concatStringsSep " " include; })
    // (if link == [ ] then { } else { NIX_LDFLAGS = concatStringsSep " " link; });

  runner = builtins.path {
    name = "ferrule-runner.mjs";
    path = ./ferrule-runner.mjs;
  };
  pythonRunner = builtins.path {
    name = "ferrule-python.mjs";
    path = ./ferrule-python.mjs;
  };

  # A library and what is needed wherever it is.
  closures = mapAttrs (
    name: node: foldl' (all: one: all // closures.${one}) { ${name} = true; } (node.through or [ ])
  ) plan.nodes;
  needsOf =
    node:
    if node ? through then
      attrNames (foldl' (all: one: all // closures.${one}) (setOf node.needs) node.through)
    else
      node.needs;

  graphFor =
    system:
    let
      packages = sets.${system};
      fetches = mapAttrs (_: fetchWith packages) plan.fetches;
      toolchains = mapAttrs (name: _: toolchainOf packages name) plan.toolchains;
      libraries = listToAttrs (
        map (name: nameValue name (packages.library name)) (
          attrNames (setOf (concatMap (node: node.system) (attrValues plan.nodes)))
        )
      );
      # What the runner of the Python half has beside that of the Rust half. A wheel that is only unpacked knows no compiler.
      distributionAttributes =
        node:
        let
          inherit (node.distribution) python;
          system' = map (library: libraries.${library}) node.system;
        in
        {
          args = [ pythonRunner ];
          python =
            if python == null then
              null
            else
              {
                version = python;
                prefix = "${packages.python plan.pythons.${python}}";
              };
          patch = if node.distribution.patches then packages.patchWheels else null;
          libraries = concatMap (library: library.link or [ ]) system';
        }
        // (
          if node.distribution.compiles then
            { }
          else
            {
              path = [ ];
              pkgConfig = [ ];
              variables = { };
            }
        );
      inherit (plan.systems.${system}) environments units;
      derive =
        name: node:
        let
          system' = map (library: libraries.${library}) node.system;
          needs = needsOf node;
          of = what: concatMap (library: library.${what} or [ ]) system';
          attributes = {
            inherit name system;
            builder = "${packages.node}/bin/node";
            args = [ runner ];
            __structuredAttrs = true;
            inherit (node) label steps;
            needs = map (need: nodes.${need}) needs;
            units = units.${name} or "";
            neededUnits = map (need: units.${need} or "") needs;
            packages = named plan.packages (node.packages or [ ]);
            words = named plan.words (node.words or [ ]);
            environments = named environments (node.environments or [ ]);
            fetches = named fetches node.fetches;
            sources = map (source: parts.${source}) node.sources;
            toolchain = if node.toolchain == null then null else toolchains.${node.toolchain};
            path = of "path" ++ packages.tools;
            pkgConfig = of "pkgConfig" ++ (if node.system == [ ] then [ ] else packages.pkgConfig or [ ]);
            variables = (packages.variables or { }) // searchVariables system';
          };
        in
        if node ? distribution then
          derivation (overrideDistribution node (attributes // distributionAttributes node))
        else
          derivation (overrideUnit node attributes);
      nodes = mapAttrs derive plan.nodes;
    in
    nodes;
  graphs = listToAttrs (map (system: nameValue system (graphFor system)) systems);

  outputOf =
    system: name: output:
    seq checked (
      graphs.${system}.${output.node}
      // {
        pname = output.target;
        meta = {
          description = "${output.target} (${output.output})";
        }
        // (if output.programs == [ ] then { } else { mainProgram = builtins.head output.programs; });
        passthru = { inherit output; };
      }
    );

  forSystems = make: listToAttrs (map (system: nameValue system (make system)) systems);
  packages = forSystems (system: mapAttrs (outputOf system) plan.systems.${system}.outputs);

  # Every package that is built by default, under one name.
  appsOf =
    system:
    let
      offered = plan.systems.${system}.outputs;
      programs = concatMap (
        name:
        map (program: {
          name = program;
          value = {
            type = "app";
            program = "${packages.${system}.${name}}/bin/${program}";
            meta.description = "${program} of ${offered.${name}.target}";
          };
        }) offered.${name}.programs
      ) (attrNames offered);
    in
    listToAttrs programs;

  # `editable`: an environment whose projects are imported from the checkout that the shell is started in.
  shellFor =
    system: editable:
    let
      set = sets.${system};
      rust = map (name: toolchainOf set name) (attrNames plan.toolchains);
      python = map (name: set.python plan.pythons.${name}) (attrNames plan.pythons);
      needed = attrNames (setOf (concatMap (node: node.system) (attrValues plan.nodes)));
      found = map set.library needed;
      path = map (one: "${one}/bin") (rust ++ python) ++ concatMap (library: library.path or [ ]) found ++ set.tools;
      pkgConfig = concatMap (library: library.pkgConfig or [ ]) found;
      inCheckout = if editable == null then null else graphs.${system}.${editable.node};
      environment =
        (set.variables or { })
        // searchVariables found
        // plan.development
        // {
          PKG_CONFIG_PATH = concatStringsSep ":" pkgConfig;
        }
        // (
          if inCheckout == null then
            { }
          else
            {
              VIRTUAL_ENV = "${inCheckout}";
              VIRTUAL_ENV_PROMPT = editable.target;
            }
            // (if plan.development ? PYO3_NO_PYTHON then { } else { PYO3_PYTHON = "${inCheckout}/bin/python"; })
        );
      search = concatStringsSep ":" (optional (inCheckout != null) "${inCheckout}/bin" ++ path);
      findCheckout =
        if inCheckout == null then
          ""
        else
          "unset PYTHONHOME\nexport FERRULE_ROOT=$(git rev-parse --show-toplevel 2>/dev/null || pwd)\n";
    in
    if set ? pkgs then
      set.pkgs.mkShell (
        environment
        // {
          packages = rust ++ python ++ [ set.node ];
          shellHook = "${findCheckout}export PATH=${search}:$PATH";
        }
      )
    else
      derivation (
        environment
        // {
          name = "develop";
          inherit system;
          # What `nix develop` asks for: a bash by its name, and the outputs in a variable.
          outputs = [ "out" ];
          builder = if set.bash == null then "/bin/sh" else set.bash;
          args = [
            "-c"
            "export > $out"
          ];
          PATH = search;
          shellHook = findCheckout;
        }
      );
in
{
  inherit packages;
  apps = forSystems appsOf;
  checks = forSystems (system: mapAttrs (outputOf system) plan.systems.${system}.checks);
  devShells = forSystems (
    system:
    let
      projects = attrValues plan.systems.${system}.shells;
    in
    mapAttrs (_: editable: seq checked (shellFor system editable)) plan.systems.${system}.shells
    // {
      # The project that there is.
      default = shellFor system (if builtins.length projects == 1 then builtins.head projects else null);
    }
  );
  overlays.default =
    final: _: packages.${final.stdenv.hostPlatform.system or final.system} or { };
  lib = {
    inherit plan;
    # Every derivation of a system by its name in the plan.
    nodes = graphs;
    # The same with other arguments: `lib.with { overrideUnit = …; }`.
    "with" =
      arguments:
      import ./ferrule.nix (
        {
          inherit
            src
            inputs
            plan
            systems
            packagesFor
            rustFor
            pythonFor
            rustSha256
            overrideUnit
            overrideDistribution
            sources
            checkPlan
            ;
        }
        // arguments
      );
  };
}
