# Accounts and archives in a database: the package gets a Lua library, the text says where it is.
#
# loads: +server_contact_info
# on example.org:
# check: 0
{ pkgs, ... }:
{
  services.postgresql.enable = true;
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    package = pkgs.prosody.override {
      withExtraLuaPackages = packages: [ packages.cjson ];
    };
    modules.server_contact_info = true;
    virtualHosts."example.org" = {
      domain = "example.org";
      enabled = true;
    };
    extraConfig = ''
      storage = "sql"
      sql = {
        driver = "PostgreSQL";
        database = "prosody";
        host = "";
        username = "prosody";
      }
      contact_info = {
        abuse = { "mailto:abuse@example.org" };
      }
    '';
  };
}
