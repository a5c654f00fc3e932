-- Modules that nobody has, and one that requires what is missing.
modules_enabled = { "admin_shell", "roster", "saslauth", "no_such_module" }
VirtualHost "localhost"
	modules_enabled = { "nor_this_one", "needs_missing" }
Component "rooms.localhost" "muc"
	modules_enabled = { "nor_this_one" }
Component "lost.localhost" "no_such_component"
