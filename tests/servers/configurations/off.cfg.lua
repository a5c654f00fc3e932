-- A host that is disabled loads nothing.
modules_enabled = { "admin_shell", "roster", "saslauth" }
VirtualHost "on.localhost"
VirtualHost "off.localhost"
	enabled = false
	modules_enabled = { "mam" }
Component "rooms.off.localhost" "muc"
	enabled = false
