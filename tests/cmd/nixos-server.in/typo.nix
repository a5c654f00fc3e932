{
  services.prosody = {
    enable = true;
    modules.carbon = true;
  };
}
