# Options that the newer service no longer has.
#
# on example.org:
# on rooms.example.org: muc_mam
# old: on upload.example.org:
# new: fails: uploadHttp
# old: check: 0
# new: check: 1 nixos-refuses
{
  services.prosody = {
    enable = true;
    virtualHosts."example.org" = {
      enabled = true;
      domain = "example.org";
    };
    muc = [
      {
        domain = "rooms.example.org";
        vcard_muc = false;
      }
    ];
    uploadHttp.domain = "upload.example.org";
  };
}
