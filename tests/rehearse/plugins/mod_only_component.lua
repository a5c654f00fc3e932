if module:get_host_type() ~= "component" then
	error("Don't load mod_only_component manually, it should be for a component", 0);
end
