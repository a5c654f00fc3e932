-- The way in differs from host to host.
modules_enabled = { "admin_shell", "roster", "saslauth" }
authentication = "internal_plain"
VirtualHost "plain.localhost"
VirtualHost "hashed.localhost"
	authentication = "internal_hashed"
VirtualHost "guests.localhost"
	authentication = "anonymous"
VirtualHost "former.localhost"
	anonymous_login = true
VirtualHost "nobody.localhost"
	authentication = "null"
VirtualHost "lost.localhost"
	authentication = "nowhere"
Component "rooms.localhost" "muc"
	authentication = "anonymous"
