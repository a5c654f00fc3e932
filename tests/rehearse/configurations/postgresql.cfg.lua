plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
storage = "sql"
sql = { driver = "PostgreSQL", database = "prosody", host = "198.51.100.7", username = "prosody", password = "hunter2hunter2" }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
