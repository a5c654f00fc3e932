module:depends("nowhere_to_be_found");
