module:log("error", "it was read: %s", module:get_option_string("what_was_read"));
