-- Components take over a few global modules, and nothing else.
modules_enabled = {
	"admin_shell", "roster", "saslauth", "tls", "dialback", "smacks", "s2s_bidi", "server_contact_info",
	"disco", "carbons", "ping", "mam",
}
contact_info = { admin = { "xmpp:admin@localhost" } }
VirtualHost "localhost"
Component "rooms.localhost" "muc"
Component "pubsub.localhost" "pubsub"
	modules_enabled = { "ping" }
	modules_disabled = { "smacks" }
Component "proxy.localhost" "proxy65"
