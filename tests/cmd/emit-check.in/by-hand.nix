{ mine = true; }
