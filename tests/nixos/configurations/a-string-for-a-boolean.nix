# fails: modules.mam
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules.mam = "yes";
  };
}
