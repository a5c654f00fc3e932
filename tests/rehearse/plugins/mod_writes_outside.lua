local places = {
	"/tmp/home/x", "/tmp/c/x", "/tmp/data/x", "/var/tmp/x", "/tmp/x", "/dev/x", "/mnt/x", "/x",
	-- Where a test has mounted something.
	"/mnt/a b/x", "/mnt/a b/below/x", "/mnt/twice/x", "/mnt/private/x",
	-- What the kernel lets root change.
	"/proc/sys/kernel/hostname", "/proc/sys/vm/swappiness",
};
for _, place in ipairs(places) do
	local file, problem = io.open(place, "a");
	if file then
		file:close();
		module:log("error", "%s was written", place);
	else
		module:log(problem:find("Read-only", 1, true) and "warn" or "info", "%s", problem);
	end
end
