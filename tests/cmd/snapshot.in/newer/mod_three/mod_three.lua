module:depends("four");
