# Prosody is off, whatever else is set.
#
# check: 2 undecided http-port-open level-above-stage
{
  services.prosody = {
    enable = false;
    modules.bosh = true;
  };
}
