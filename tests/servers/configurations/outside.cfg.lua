-- Modules that the inventory does not have, from Prosody and from prosody-modules.
modules_enabled = {
	"admin_shell", "roster", "saslauth", "motd", "welcome", "watchregistrations", "groups", "lastactivity",
	"user_account_management", "http_errors", "http_openmetrics", "component", "track_muc_joins", "log_auth",
	"default_bookmarks", "block_registrations",
}
welcome_message = "Hello $username"
motd_text = "Hello"
registration_watchers = { "admin@localhost" }
component_secret = "secret"
modules_disabled = { "component" }
VirtualHost "localhost"
	modules_enabled = { "invites_page", "http_altconnect" }
VirtualHost "other.localhost"
	modules_enabled = { "muc_unique", "addressing", "storage_memory" }
