module:hook("stream-features", function (event)
	event.features:not_a_method();
end, -1000);
