local file_systems = { "/", "/mnt", "'/mnt/a b'", "/mnt/twice", "/tmp", "/dev", "/proc" };
local commands = { "mount -o remount,rw %s", "mount -o remount,rw,bind %s", "umount %s", "umount -l %s",
	"unshare -Urm mount -o remount,rw,bind %s", "unshare -Urmpf mount -o remount,rw %s" };
for _, place in ipairs(file_systems) do
	for _, command in ipairs(commands) do
		os.execute(command:format(place) .. " >/dev/null 2>&1");
	end
end
for _, place in ipairs { "/mnt/x", "/mnt/a b/x", "/mnt/a b/below/x", "/mnt/twice/x", "/tmp/x", "/tmp/home/x", "/dev/x" } do
	local file = io.open(place, "a");
	if file then
		file:close();
		module:log("error", "%s was written", place);
	end
end
