-- Installed copies: one that Prosody skips for its header, one that takes the place of a bundled module.
modules_enabled = { "admin_shell", "roster", "saslauth", "bookmarks", "ping", "old_feature", "new_feature" }
VirtualHost "localhost"
VirtualHost "two.localhost"
	modules_enabled = { "smacks" }
