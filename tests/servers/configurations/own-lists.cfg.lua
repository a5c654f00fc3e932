-- Hosts add lists of their own to the global one.
modules_enabled = { "admin_shell", "roster", "saslauth", "tls", "disco" }
VirtualHost "one.localhost"
	modules_enabled = { "ping", "mam" }
VirtualHost "two.localhost"
	modules_enabled = { "uptime", "ping", "ping" }
VirtualHost "three.localhost"
	modules_enabled = { }
VirtualHost "one.localhost"
	allow_registration = false
