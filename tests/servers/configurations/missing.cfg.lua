-- Modules that nobody has, one by the name of the guide instead of Prosody's, and one that requires what is missing.
modules_enabled = { "admin_shell", "roster", "saslauth", "no_such_module", "json_logs" }
VirtualHost "localhost"
	modules_enabled = { "nor_this_one", "needs_missing" }
Component "rooms.localhost" "muc"
	modules_enabled = { "nor_this_one" }
Component "lost.localhost" "no_such_component"
