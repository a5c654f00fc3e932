-- Loads without complaint, and then uses what 13.0 has under another name.
local is_new = pcall(require, "prosody.util.set");
module:hook("stream-features", function (event)
	if is_new then event.features:not_a_method(); end
end, -1000);
