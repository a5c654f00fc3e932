plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
component_secret = "hunter2hunter2"
private_tokens = { "tiger3tiger3", "lion4lion4lion4" }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping", "tells_secret" }
VirtualHost "example.com"
