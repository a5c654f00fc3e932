if io.open("/etc/prosody/features") then
	modules_enabled = { "mam" }
end
VirtualHost "example.org"
