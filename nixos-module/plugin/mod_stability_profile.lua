-- Logs at startup how many modules of each stability group really load, and warns about every
-- module that is expected but not loaded. `prosodyctl shell stability` prints the same at any time.
-- `prosodyctl shell stability plan` prints the plan itself, which `prosody-stability status` compares.
--
-- Reads the option `stability_profile`, which `prosody-stability resolve --format lua` and the
-- NixOS module write:
--
--	stability_profile = {
--		groups = { { title = "Core", modules = { "roster" } } };  -- all of the inventory, in order
--		backends = { "storage_" };  -- names with these prefixes load whatever the plan says
--		on_every_host = { "roster" };  -- must load on every virtual host
--		on_some_host = { "http_file_share" };  -- must load on some host: components, what is pulled in
--		may_load = { "presence" };  -- may also load
--	}

module:set_global();

-- In Prosody 0.12 the names of its own libraries have no prefix.
local found, modulemanager = pcall(require, "prosody.core.modulemanager");
if not found then
	modulemanager = require "core.modulemanager";
end

local function set_of(...)
	local set = {};
	for _, list in ipairs({ ... }) do
		for _, name in ipairs(list) do
			set[name] = true;
		end
	end
	return set;
end

local function is_backend(name, backends)
	for _, start in ipairs(backends or {}) do
		if name:sub(1, #start) == start then
			return true;
		end
	end
	return false;
end

-- What is loaded: the set of names by host, and by name the problem of a module that does not work.
local function loaded_modules()
	local by_host, complaints, hosts = {}, {}, { "*" };
	for host in pairs(prosody.hosts) do
		hosts[#hosts + 1] = host;
	end
	table.sort(hosts);
	for _, host in ipairs(hosts) do
		by_host[host] = {};
		for name, loaded in pairs(modulemanager.get_modules(host) or {}) do
			by_host[host][name] = true;
			local status = loaded.module.status_type;
			if (status == "warn" or status == "error") and not complaints[name] then
				local where = host == "*" and "globally" or "on " .. host;
				complaints[name] = ("%s (%s: %s)"):format(where, status, tostring(loaded.module.status_message));
			end
		end
	end
	return by_host, complaints;
end

-- The virtual hosts on which a module is missing, and whether it is loaded anywhere at all.
local function absence(name, by_host)
	local missing, anywhere = {}, by_host["*"][name] or false;
	for host, names in pairs(by_host) do
		if names[name] then
			anywhere = true;
		elseif host ~= "*" and prosody.hosts[host].type == "local" and not by_host["*"][name] then
			missing[#missing + 1] = host;
		end
	end
	table.sort(missing);
	return missing, anywhere;
end

local function profile_line(profile, by_host, complaints)
	local counts = {};
	for i, group in ipairs(profile.groups) do
		local count = 0;
		for name in pairs(set_of(group.modules)) do
			local _, anywhere = absence(name, by_host);
			if anywhere and not complaints[name] then
				count = count + 1;
			end
		end
		counts[i] = ("%s=%d"):format(group.title, count);
	end
	return "Module stability profile: " .. table.concat(counts, ", ");
end

local function compare_with(profile)
	assert(type(profile.groups[1]) == "table", "`groups` is not a list of groups: generate the option again");
	local by_host, complaints = loaded_modules();
	local lines = { { "info", profile_line(profile, by_host, complaints) } };
	local on_every_host, on_some_host = profile.on_every_host or {}, profile.on_some_host or {};
	for _, name in ipairs(on_every_host) do
		local missing, anywhere = absence(name, by_host);
		if not anywhere then
			lines[#lines + 1] = { "warn", ("mod_%s is expected but not loaded"):format(name) };
		elseif missing[1] then
			local where = table.concat(missing, ", ");
			lines[#lines + 1] = { "warn", ("mod_%s is expected on every host but not loaded on %s"):format(name, where) };
		end
	end
	for _, name in ipairs(on_some_host) do
		local _, anywhere = absence(name, by_host);
		if not anywhere then
			lines[#lines + 1] = { "warn", ("mod_%s is expected on some host but not loaded"):format(name) };
		end
	end
	local expected, unplanned = set_of(on_every_host, on_some_host), {};
	local planned = set_of(on_every_host, on_some_host, profile.may_load or profile.besides or {}, { module.name });
	for _, names in pairs(by_host) do
		for name in pairs(names) do
			if not planned[name] and not is_backend(name, profile.backends) then
				planned[name] = true;
				unplanned[#unplanned + 1] = name;
			end
		end
	end
	local failed = {};
	for name in pairs(complaints) do
		failed[#failed + 1] = name;
	end
	table.sort(failed);
	for _, name in ipairs(failed) do
		local format = expected[name] and "mod_%s is expected but does not work: %s" or "mod_%s does not work: %s";
		lines[#lines + 1] = { "warn", format:format(name, complaints[name]) };
	end
	if unplanned[1] then
		table.sort(unplanned);
		lines[#lines + 1] = { "info", "Not in the plan: " .. table.concat(unplanned, ", ") };
	end
	return lines;
end

-- Lines of { level, text }. A wrong option is reported, and never stops the server.
local function compare()
	local profile = module:get_option("stability_profile");
	if type(profile) ~= "table" or type(profile.groups) ~= "table" then
		return { { "warn", "The option stability_profile does not contain a table of modules to compare with" } };
	end
	local ok, lines = pcall(compare_with, profile);
	if not ok then
		return { { "error", "The option stability_profile cannot be used: " .. tostring(lines) } };
	end
	return lines;
end

local function report()
	for _, line in ipairs(compare()) do
		module:log(line[1], "%s", line[2]);
	end
end

-- Simple commands of the shell work the same way in every version that has one.
local commands = module:shared("/*/admin_shell/commands");

-- The plan in the option, and what the configuration keeps out. `status` reads these lines.
local function print_plan(session)
	local profile = module:get_option("stability_profile");
	if type(profile) ~= "table" then
		return;
	end
	local function print_names(title, names)
		local list = {};
		for _, name in ipairs(type(names) == "table" and names or {}) do
			list[#list + 1] = tostring(name);
		end
		table.sort(list);
		session.print(title .. ": " .. table.concat(list, ", "));
	end
	local kept_out = {};
	for name in module:get_option_set("modules_disabled", {}) do
		kept_out[#kept_out + 1] = name;
	end
	print_names("Planned on every host", profile.on_every_host);
	print_names("Planned on some host", profile.on_some_host);
	print_names("Kept out", kept_out);
end

-- Two words reach Prosody 0.12 as `stability:plan()`, and later versions as they are.
local function stability(session, line)
	if type(line) == "string" and line:match("^%w+%W+plan%f[%W]") then
		return print_plan(session);
	end
	for _, line in ipairs(compare()) do
		session.print(line[1] == "info" and line[2] or line[1] .. ": " .. line[2]);
	end
end

commands.stability = stability;

function module.unload()
	if commands.stability == stability then
		commands.stability = nil;
	end
end

-- When loaded into a running server, as by a reload, there is no startup to wait for.
if prosody.start_time then
	report();
else
	module:hook("server-started", report);
end
