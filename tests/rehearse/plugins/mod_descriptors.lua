-- What the command has open is not open here, and there is no terminal.
for number = 3, 40 do
	local file = io.open("/proc/self/fd/" .. number, "a");
	if file then
		file:write("written through a descriptor\n");
		file:close();
	end
end
local names = { "/dev/tty" };
for number = 0, 20 do names[#names + 1] = "/dev/pts/" .. number; end
for _, name in ipairs(names) do
	local terminal = io.open(name, "w");
	if terminal then
		terminal:write("written through " .. name .. "\n");
		terminal:close();
	end
end
