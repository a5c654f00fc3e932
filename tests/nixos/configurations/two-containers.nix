# Two servers in one file: only one of them can be looked at.
#
# check: 2 undecided
{
  containers.one.config.services.prosody.enable = true;
  containers.two.config.services.prosody = {
    enable = true;
    modules.bosh = true;
  };
}
