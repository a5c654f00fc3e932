local secret = module:get_option_string("component_secret");
module:log("error", "the secret is %s", secret);
module:log("warn", "the list is " .. table.concat(module:get_option("private_tokens"), ", "));
module:set_status("error", "it does not like " .. secret);
print("on the console: " .. secret);
