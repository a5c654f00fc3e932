-- What options choose and what a component is made of loads although it is disabled.
modules_enabled = { "admin_shell", "roster", "saslauth" }
modules_disabled = { "auth_internal_hashed", "storage_internal", "authz_internal", "muc" }
VirtualHost "localhost"
Component "rooms.localhost" "muc"
