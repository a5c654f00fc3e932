pidfile = "/run/prosody/prosody.pid"
modules_enabled = {
  "roster";
  "turn_external";
};
turn_external_secret = "$TURN_SECRET"
turn_external_port = $TURN_PORT
VirtualHost "${DOMAIN}"
  enabled = true;
