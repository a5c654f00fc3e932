-- Prosody 13.0 keeps its own handle of a list in the place of the list, and that holds itself.
plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
trusted_proxies = { "127.0.0.1" }
trusted = trusted_proxies
VirtualHost "example.com"
