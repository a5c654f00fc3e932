-- Gateways outside the server.
modules_enabled = { "admin_shell", "roster", "saslauth", "tls", "smacks", "ping" }
component_secret = "secret"
VirtualHost "localhost"
Component "gateway.localhost"
	modules_enabled = { "ping" }
Component "irc.localhost" { component_secret = "other", modules_disabled = { "smacks" } }
