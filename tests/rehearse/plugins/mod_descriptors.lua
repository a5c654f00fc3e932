-- What the command had open for itself is not open here.
for number = 3, 40 do
	local file = io.open("/proc/self/fd/" .. number, "a");
	if file then
		file:write("written");
		file:close();
	end
end
local terminal = io.open("/dev/tty", "w");
if terminal then terminal:write("written"); end
