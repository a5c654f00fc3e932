-- Detached from everything: a session of its own, no terminal, no parent.
os.execute("setsid sleep 1000 </dev/null >/dev/null 2>&1 &");
