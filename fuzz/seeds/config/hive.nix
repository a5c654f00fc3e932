{
  meta.nixpkgs = <nixpkgs>;
  defaults = { };
  one = { services.prosody-stability.enable = true; } // { deployment.tags = [ ]; };
  two = _: with builtins; assert true; { services.prosody-stability.security = false; };
}
