plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
storage = "sql"
sql = { driver = "SQLite3", database = "/tmp/data/live.sqlite" }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
