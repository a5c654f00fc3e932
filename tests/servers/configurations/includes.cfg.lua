-- Hosts in files of their own, which start in the global section.
modules_enabled = { "admin_shell", "roster", "saslauth" }
VirtualHost "first.localhost"
	Include "includes.d/*.cfg.lua"
	modules_enabled = { "ping" }
Include "includes.d/*.none"
