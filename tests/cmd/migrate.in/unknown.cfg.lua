modules_enabled = RunScript "modules.lua"
VirtualHost "example.org"
