-- Lists grow: Prosody 13.0 only.
modules_enabled = { "admin_shell", "roster" }
modules_enabled { "saslauth" } { "ping" }
modules_enabled:append { "uptime" }
VirtualHost "one.localhost"
	modules_enabled = { "mam" }
	modules_enabled { "version" }
VirtualHost "two.localhost"
Component "rooms.localhost" "muc"
	modules_enabled = { "muc_mam" }
	modules_enabled:append { "ping" }
