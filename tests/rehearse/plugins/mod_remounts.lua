for _, command in ipairs {
	"mount -o remount,rw /", "mount -o remount,rw,bind /", "mount -o remount,rw,bind /mnt",
	"umount /mnt", "unshare -Urm mount -o remount,rw,bind /mnt",
} do
	os.execute(command .. " >/dev/null 2>&1");
	local file = io.open("/mnt/written", "w");
	if file then
		file:close();
		module:log("error", "%s succeeded", command);
	end
end
