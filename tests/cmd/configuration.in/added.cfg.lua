modules_enabled = { "roster" }
modules_enabled = modules_enabled + { "mam" }
VirtualHost "example.org"
