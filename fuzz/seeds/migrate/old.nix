{ config, ... }: {
  services.prosody-stability = { enterprise = true; "community" = false; inherit (x) enterprise; };
  a = config.services.prosody-stability.enterprise or config.services.prosody-stability ? enterprise;
  services."prosody-stability".${name}.b = let enterprise = 1; in rec { };
}
