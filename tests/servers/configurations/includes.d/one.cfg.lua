allow_registration = false
VirtualHost "one.localhost"
	modules_enabled = { "uptime" }
