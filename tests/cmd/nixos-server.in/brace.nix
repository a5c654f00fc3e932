{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraConfig = ''
      storage = {
        archive = "sql";
    '';
  };
}
