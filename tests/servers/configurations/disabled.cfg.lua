-- What is disabled globally is not loaded by itself or by the global list; a host takes some of it back.
modules_enabled = { "admin_shell", "roster", "saslauth", "disco", "ping", "uptime" }
modules_disabled = { "s2s", "offline", "uptime", "iq" }
VirtualHost "one.localhost"
VirtualHost "two.localhost"
	modules_enabled = { "uptime", "s2s" }
VirtualHost "three.localhost"
	modules_enabled = { "version" }
	modules_disabled = { "version", "ping", "presence", "c2s" }
Component "rooms.localhost" "muc"
	modules_disabled = { "s2s" }
