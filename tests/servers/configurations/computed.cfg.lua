-- A program that writes the configuration of three hosts.
local common = { "roster", "saslauth", "disco" }
local function with(list, more)
	local all = { }
	for _, name in ipairs(list) do table.insert(all, name) end
	for _, name in ipairs(more) do all[#all + 1] = name end
	return all
end
modules_enabled = with(common, { "admin_shell" })
for number = 1, 3 do
	VirtualHost("h" .. number .. ".localhost")
	if number > 1 then
		modules_enabled = with({ "ping" }, number == 3 and { "uptime", "version" } or { })
	end
end
Component("rooms." .. ("H1"):lower() .. ".localhost") "muc" {
	name = "Rooms";
	modules_enabled = { "muc_mam" };
}
