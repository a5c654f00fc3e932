//! The environment of a file: what reading and assigning a global name does.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use mlua::{Function, Lua, Table, Value};

use super::handle::Handles;
use super::sandbox::Sandbox;
use super::state::{File, State};
use super::unknown::Unknown;
use crate::configuration::model::{Dialect, GLOBAL};
use crate::report::{Code, Finding};

/// The longest path that Lua keeps whole in messages, in bytes.
const LONGEST_PATH: usize = 59;

/// The name under which Prosody, and so do we, keeps the current host in the environment.
const CURRENT: &str = "__currenthost";

/// What every file shares.
pub(super) struct Reader {
    pub state: Rc<State>,
    pub sandbox: Sandbox,
    pub handles: Handles,
    /// How a file is compiled, for those that include others.
    pub compile: Compile,
}

/// Compiles a file to run in an environment of its own, that many files deep.
pub(super) type Compile = fn(&Lua, &Rc<Reader>, &Rc<File>, usize) -> mlua::Result<Function>;

/// One file that runs.
pub(super) struct Environment {
    pub reader: Rc<Reader>,
    pub file: Rc<File>,
    /// How many files include it, one inside the other.
    pub depth: usize,
    pub table: Table,
    /// The directives of Prosody, as long as the file does not replace them.
    pub directives: Table,
    /// The options that this file assigns, with their hosts.
    assigned: RefCell<BTreeSet<(String, String)>>,
}

impl Environment {
    /// An environment with nothing in it yet.
    pub fn new(
        lua: &Lua,
        reader: &Rc<Reader>,
        file: &Rc<File>,
        depth: usize,
    ) -> mlua::Result<Rc<Self>> {
        let table = lua.create_table()?;
        table.raw_set(CURRENT, GLOBAL)?;
        Ok(Rc::new(Self {
            reader: Rc::clone(reader),
            file: Rc::clone(file),
            depth,
            table,
            directives: lua.create_table()?,
            assigned: RefCell::default(),
        }))
    }

    /// The host that assignments are about.
    pub fn current(&self) -> mlua::Result<String> {
        let current: Value = self.table.raw_get(CURRENT)?;
        Ok(match current {
            Value::Nil | Value::Boolean(false) => GLOBAL.to_owned(),
            other => other.to_string().unwrap_or_default(),
        })
    }

    /// From here on assignments are about this host.
    pub fn set_current(&self, host: &str) -> mlua::Result<()> {
        self.table.raw_set(CURRENT, host)
    }

    pub fn read(&self, lua: &Lua, key: &Value) -> mlua::Result<Value> {
        let Some(name) = key.as_string().map(|key| key.to_string_lossy()) else {
            return Err(mlua::Error::runtime("the name of an option is a text"));
        };
        let directive: Value = self.directives.raw_get(key)?;
        if !directive.is_nil() {
            return Ok(directive);
        }
        let state = &self.reader.state;
        if let Some(variable) = name.strip_prefix("ENV_") {
            return match state.variable(lua, variable) {
                Some(value) => Ok(Value::String(lua.create_string(value)?)),
                None => Ok(Value::Nil),
            };
        }
        let host = self.current()?;
        let is_new = state.options.dialect == Dialect::V13;
        if is_new && name == "Lua" {
            return Ok(Value::Table(self.reader.sandbox.globals.clone()));
        }
        if is_new && let Some(value) = state.own(&host, &name) {
            return match value {
                Value::Table(_) => self.reader.handles.make(lua, &host, &name),
                value => {
                    state.note_read(&host, &name);
                    Ok(value)
                }
            };
        }
        let global: Value = self.reader.sandbox.globals.raw_get(key)?;
        if global.is_nil() {
            for section in [&*host, GLOBAL] {
                state.note_read(section, &name);
            }
            self.note_nil(lua, &host, &name);
        } else if is_new {
            self.note_lua(lua, &name);
        }
        Ok(global)
    }

    fn note_nil(&self, lua: &Lua, host: &str, name: &str) {
        let state = &self.reader.state;
        let set_globally = host != GLOBAL && state.own(GLOBAL, name).is_some();
        let finding = Finding::new(Code::UnquotedWord, format!("{name} reads as nil")).about(name);
        let finding = if state.own(host, name).is_some() {
            finding
                .reason("Prosody 0.12 cannot read an option back")
                .help("store the value in a local variable, and use it for both")
        } else if set_globally {
            finding
                .reason("only options of the section itself can be read, not global ones")
                .help("store the value in a local variable, and use it for both")
        } else {
            finding.reason("no option of this name is set here, or quotes are missing")
        };
        state.note(lua, finding);
    }

    fn note_lua(&self, lua: &Lua, name: &str) {
        let message = format!("{name} is used directly");
        let finding = Finding::new(Code::LuaApi, message).about(name);
        let finding = finding.reason("Prosody 13.0 warns about it");
        self.reader.state.note(
            lua,
            finding.help(format!("write `Lua.{name}` once the server runs 13.0")),
        );
        self.note_warning(lua, &format!("`{name}` is used without `Lua.`"));
    }

    /// A warning of Prosody has the line, and finding it fails where Lua shortens the path.
    fn note_warning(&self, lua: &Lua, cause: &str) {
        let path = &self.file.path;
        if path.len() <= LONGEST_PATH {
            return;
        }
        let message = format!("Prosody cannot load {path}");
        let finding = Finding::new(Code::LongPath, message);
        let finding = finding.reason(format!(
            "its path has {} characters, and {cause}",
            path.len()
        ));
        self.reader.state.note(lua, finding);
    }

    pub fn assign(&self, lua: &Lua, key: &Value, value: Value) -> mlua::Result<()> {
        let state = &self.reader.state;
        let host = self.current()?;
        let name = key.to_string().unwrap_or_default();
        let directive: Value = self.directives.raw_get(key)?;
        if !directive.is_nil() {
            let message = format!("`{name}` is no longer a keyword of Prosody in this file");
            let finding = Finding::new(Code::WordReplaced, message).about(&name);
            state.note(lua, finding);
            self.directives.raw_set(key, Value::Nil)?;
            return self.table.raw_set(key, value);
        }
        if !self
            .assigned
            .borrow_mut()
            .insert((host.clone(), name.clone()))
        {
            self.note_warning(lua, &format!("{name} is set twice"));
        }
        if let Some(list) = self.reader.handles.strip(&value)? {
            let message = format!("{name} gets the handle of {list} instead of its list");
            let finding = Finding::new(Code::ListHandle, message).about(&name);
            state.note(
                lua,
                finding
                    .on(&host)
                    .help(format!("write `{name} = {list}:value()`")),
            );
        }
        match state.here(lua) {
            Some((file, line)) => state.set(&host, &name, value, (&file, line)),
            None => state.set(&host, &name, value, (&self.file, 1)),
        }
        Ok(())
    }

    /// Notes that a part of the configuration cannot be determined.
    pub fn undecided(&self, lua: &Lua, what: &str, unknown: &Unknown) {
        let finding = Finding::new(Code::Undecided, format!("cannot determine {what}"))
            .reason(unknown.reason())
            .help("write the value literally, or check this part manually");
        self.reader.state.note(lua, finding);
    }
}
