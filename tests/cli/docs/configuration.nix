{ config, lib, ... }:
{
  services.prosody-stability = {
    enable = true;
    profile = "enterprise"; # the profile keeps its name
    enterprise = [ "security" ];
  };
}
