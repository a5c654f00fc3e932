# The Rust code as the linter wants it, tests and benches included.
{ clippy, prosody-stability }:
prosody-stability.overrideAttrs (old: {
  pname = "${old.pname}-clippy";
  nativeBuildInputs = old.nativeBuildInputs ++ [ clippy ];
  buildPhase = ''
    cargo clippy --offline --all-targets -- --deny warnings
  '';
  doCheck = false;
  installPhase = ''
    touch $out
  '';
})
