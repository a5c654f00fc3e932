modules_disabled = { "offline" }
Component "rooms.localhost" "muc"
	Include "more.list"
