{
  description = "Tells whether a Kubernetes cluster is ready for production, and proves it";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      forEach = make: nixpkgs.lib.genAttrs systems (system: make system nixpkgs.legacyPackages.${system});
    in
    {
      packages = forEach (
        system: pkgs: {
          default = pkgs.callPackage ./deploy/nix/package.nix { };
        }
      );

      # `nix flake check` audits the built-in demo, which is not ready: exit code 1.
      checks = forEach (
        system: pkgs: {
          demo = pkgs.runCommand "kready-demo" { } ''
            code=0
            ${self.packages.${system}.default}/bin/kready audit --demo > $out || code=$?
            test $code = 1
            grep -q 'NOT READY' $out
          '';
        }
      );

      devShells = forEach (
        system: pkgs: {
          default = pkgs.mkShell {
            inputsFrom = [ self.packages.${system}.default ];
            packages = [
              pkgs.clippy
              pkgs.go
              pkgs.rustfmt
            ];
          };
        }
      );
    };
}
