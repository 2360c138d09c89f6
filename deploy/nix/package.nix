# kready from its sources; `nix build` with the flake.nix of the repository, or `callPackage ./deploy/nix/package.nix { }`.
{
  lib,
  stdenv,
  rustPlatform,
  installShellFiles,
}:

let
  manifest = (lib.importTOML ../../Cargo.toml).workspace.package;
in
rustPlatform.buildRustPackage {
  pname = "kready";
  inherit (manifest) version;

  src = lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;

  # xtask writes the manual.
  cargoBuildFlags = [
    "--package=kready"
    "--package=xtask"
  ];
  # The tests need a home, a network on loopback, and minutes; the flake's check runs the program.
  doCheck = false;

  nativeBuildInputs = [ installShellFiles ];
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/xtask man man
    installManPage man/*
    installShellCompletion --cmd kready \
      --bash <($out/bin/kready completion bash) \
      --fish <($out/bin/kready completion fish) \
      --zsh <($out/bin/kready completion zsh)
  '' + ''
    rm $out/bin/xtask
  '';

  meta = {
    description = "Tells whether a Kubernetes cluster is ready for production, and proves it";
    homepage = "https://kready.dev/";
    changelog = "${manifest.repository}/blob/v${manifest.version}/CHANGELOG.md";
    license = lib.licenses.asl20;
    mainProgram = "kready";
    platforms = lib.platforms.unix;
  };
}
