-- Lets a script `require` the files of a real Prosody: a function of the folder of Prosody and that of its libraries,
-- which returns one that puts a table in the place of a library.

return function (folder, libraries)
	-- Prosody 13.0 calls its files `prosody.util.x`, 0.12 calls them `util.x`.
	table.insert(package.searchers, 2, function(name)
		local path = folder .. "/" .. name:gsub("^prosody%.", ""):gsub("%.", "/") .. ".lua"
		return loadfile(path)
	end)
	table.insert(package.searchers, function(name)
		local inner = name:gsub("^prosody%.", "")
		local library = package.loadlib(libraries .. "/" .. inner:gsub("%.", "/") .. ".so", "luaopen_" .. inner:gsub("%.", "_"))
		return library
	end)

	return function (name, module)
		local function give() return module end
		package.preload[name] = give
		package.preload["prosody." .. name] = give
	end
end
