plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
Include "/tmp/c/nowhere/a.cfg.lua"
VirtualHost "example.com"
