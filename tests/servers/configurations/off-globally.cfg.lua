-- All hosts are disabled but those that say otherwise.
enabled = false
modules_enabled = { "admin_shell", "roster", "saslauth" }
VirtualHost "on.localhost"
	enabled = true
VirtualHost "off.localhost"
