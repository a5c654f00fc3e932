# What NixOS' manual shows: rooms and uploads beside one host.
#
# on example.org:
# old: on rooms.example.org: muc_mam vcard_muc
# new: on rooms.example.org: muc_mam
# on upload.example.org:
# check: 0
{
  services.prosody = {
    enable = true;
    admins = [ "root@example.org" ];
    virtualHosts."example.org" = {
      enabled = true;
      domain = "example.org";
    };
    muc = [ { domain = "rooms.example.org"; } ];
    httpFileShare = {
      domain = "upload.example.org";
    };
  };
}
