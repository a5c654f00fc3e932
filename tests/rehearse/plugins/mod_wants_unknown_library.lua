local library = require "no.such.library";
