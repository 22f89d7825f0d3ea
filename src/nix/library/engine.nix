# What `--engine nix` evaluates: the plan beside this file, with every part of the repository where Ferrule's store has it.
let
  given = builtins.fromJSON (builtins.readFile ./engine.json);
  packages = if given.packages == null then null else import given.packages;
  flake = builtins.getFlake given.flake;
  ferrule = import ./ferrule.nix {
    src = /. + given.root;
    inherit (given) sources;
    systems = [ given.system ];
    checkPlan = false;
    packagesFor =
      if packages == null then
        null
      else if builtins.isFunction packages then
        packages
      else
        (_: packages);
    inputs = if given.flake == null then { nixpkgs = <nixpkgs>; } else flake.inputs;
  };
in
map (name: ferrule.${given.kind}.${given.system}.${name}) given.outputs
