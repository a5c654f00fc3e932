local places = { "/tmp/home/x", "/tmp/c/x", "/tmp/data/x", "/var/tmp/x", "/tmp/x", "/dev/x", "/mnt/x", "/x" };
for _, place in ipairs(places) do
	local file, problem = io.open(place, "w");
	if file then
		file:write("written");
		file:close();
		module:log("error", "%s was written", place);
	else
		module:log("warn", "%s", problem);
	end
end
