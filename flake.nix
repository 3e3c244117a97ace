{
  description = "AWS role sessions for the CLI and every SDK, stored in the OS keychain";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      # The facts are those of Cargo.toml.
      facts = (nixpkgs.lib.importTOML ./Cargo.toml).package;
      workspace = (nixpkgs.lib.importTOML ./Cargo.toml).workspace.package;
      systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
      each = make: nixpkgs.lib.genAttrs systems (system: make nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: rec {
        default = rolecall;
        rolecall = pkgs.rustPlatform.buildRustPackage {
          pname = facts.name;
          inherit (facts) version;
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          nativeBuildInputs = [ pkgs.installShellFiles ];
          cargoBuildFlags = [ "--bin" "rolecall" "-p" "rolecall" "-p" "rolecall-provision" "--bins" ];
          # They need real keyrings, the AWS CLI and a network namespace of their own: .ci/run runs them.
          doCheck = false;
          postInstall = ''
            rm -f $out/bin/rolecall-tour
            $out/bin/rolecall man --dir man
            installManPage man/*.1
            for shell in bash fish zsh; do
              $out/bin/rolecall completions $shell > rolecall.$shell
            done
            installShellCompletion rolecall.bash rolecall.fish --zsh --name _rolecall rolecall.zsh
          '';
          meta = {
            inherit (facts) description;
            homepage = workspace.repository;
            changelog = "${workspace.repository}/blob/v${facts.version}/CHANGELOG.md";
            license = with nixpkgs.lib.licenses; [ mit asl20 ];
            mainProgram = "rolecall";
          };
        };
      });
    };
}
