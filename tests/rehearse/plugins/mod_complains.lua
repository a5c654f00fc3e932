module:set_status("error", "the disk is full");
