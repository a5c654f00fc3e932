local answer = assert(module:get_option_string("the_answer"), "the option the_answer is not set");
