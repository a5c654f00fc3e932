# Prosody in a container, and nothing of it on the machine itself.
#
# evaluates: containers.xmpp.config
# loads: +websocket
# on chat.example.org:
# check: 0
{
  containers.xmpp = {
    autoStart = true;
    privateNetwork = true;
    config = {
      services.prosody = {
        enable = true;
        xmppComplianceSuite = false;
        modules.websocket = true;
        virtualHosts."chat.example.org" = {
          enabled = true;
          domain = "chat.example.org";
        };
      };
    };
  };
}
