# A text that is no Lua: neither reads it.
#
# check: 2
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraConfig = ''
      consider_bosh_secure = true
      storage = { "sql"
    '';
  };
}
