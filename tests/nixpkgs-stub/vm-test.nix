# Stands in for nixpkgs' NixOS tests: the machines are evaluated, the script is checked for its syntax, and nothing
# is booted.
{
  nixosSystem,
  pkgs,
  system,
}:
test:
let
  inherit (if builtins.isPath test then import test { inherit pkgs; } else test)
    name
    nodes
    testScript
    ;
  machines = builtins.mapAttrs (
    hostName: machine:
    nixosSystem {
      modules = [
        machine
        {
          networking.hostName = hostName;
          nixpkgs.hostPlatform = system;
        }
      ];
    }
  ) nodes;
  script = testScript { nodes = builtins.mapAttrs (_: machine: machine.config) machines; };
in
pkgs.runCommand "vm-test-run-${name}"
  {
    inherit script;
    machines = map (machine: machine.config.system.build.toplevel) (builtins.attrValues machines);
    passAsFile = [ "script" ];
    passthru.reduced = true;
  }
  ''
    if command -v python3 > /dev/null; then
        python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$scriptPath"
    fi
    echo "${name}: reduced, the stand-in boots no machine" | tee "$out"
  ''
