-- A room server with an archive and avatars.
modules_enabled = { "admin_shell", "roster", "saslauth", "disco", "mam", "vcard4" }
VirtualHost "localhost"
Component "rooms.localhost" "muc"
	modules_enabled = { "muc_mam", "vcard_muc" }
	restrict_room_creation = "local"
Component "plain.localhost" "muc"
