# Flags, and no Prosody to hold them.
#
# fails: services.prosody.enable
# old: check: 0 level-above-stage
# new: check: 0 level-above-stage unavailable
{
  services.prosody-stability = {
    enable = true;
    profile = "community";
  };
}
