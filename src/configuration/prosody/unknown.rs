//! What a refused call returns: a value that survives whatever is done with it.

use std::rc::Rc;

use mlua::{AnyUserData, Lua, MetaMethod, MultiValue, UserData, UserDataMethods, Value};

use super::state::State;
use crate::report::{Code, Finding, Place};

/// The longest name of a thing that is not run, in bytes.
const LONGEST_NAME: usize = 60;

/// A value that nothing here can know.
#[derive(Clone)]
pub(super) struct Unknown(Rc<Origin>);

/// Where an unknown value comes from.
pub(super) struct Origin {
    /// What is not run, as it is written: `io.open`.
    name: String,
    /// Where it was called; none for the thing itself, which is known to be there.
    place: Option<Place>,
    /// Whether it is a text that is secret.
    is_secret: bool,
    state: Rc<State>,
}

impl Unknown {
    /// A thing that is there in Prosody and not here, such as `io`.
    pub fn thing(name: impl Into<String>, state: &Rc<State>) -> Self {
        Self(Rc::new(Origin {
            name: name.into(),
            place: None,
            is_secret: false,
            state: Rc::clone(state),
        }))
    }

    /// What a call returns here and now.
    pub fn returned(name: &str, lua: &Lua, state: &Rc<State>, is_secret: bool) -> Self {
        Self(Rc::new(Origin {
            name: name.to_owned(),
            place: state.place(lua),
            is_secret,
            state: Rc::clone(state),
        }))
    }

    /// The unknown value that a value of Lua is.
    pub fn of(value: &Value) -> Option<Self> {
        value
            .as_userdata()?
            .borrow::<Self>()
            .ok()
            .map(|u| u.clone())
    }

    /// Whether it is a text that is secret.
    pub fn is_secret(&self) -> bool {
        self.0.is_secret
    }

    /// Why it is unknown.
    pub fn reason(&self) -> String {
        let name = &self.0.name;
        match &self.0.place {
            Some(place) if self.0.is_secret => format!("`{name}` at {place} is not read"),
            Some(place) => format!("`{name}` at {place} is not run"),
            None => format!("`{name}` is not available"),
        }
    }

    /// Notes that what the configuration does depends on it.
    pub fn decides(&self, lua: &Lua) {
        // That a function exists is known, only what it returns is not.
        if self.0.place.is_none() {
            return;
        }
        let finding = Finding::new(Code::Undecided, "cannot determine a condition");
        let finding = finding
            .reason(self.reason())
            .help("move what depends on it out of the condition");
        self.0.state.note(lua, finding);
    }

    /// The same as something that is not a text, and no secret any more: a length, a sum.
    fn as_other(&self) -> Self {
        if !self.0.is_secret {
            return self.clone();
        }
        Self(Rc::new(Origin {
            name: self.0.name.clone(),
            place: self.0.place.clone(),
            is_secret: false,
            state: Rc::clone(&self.0.state),
        }))
    }

    fn field(&self, key: &Value) -> Self {
        match key
            .as_string()
            .and_then(|key| Some(key.to_str().ok()?.to_owned()))
        {
            Some(key) if self.0.place.is_none() && self.0.name.len() < LONGEST_NAME => {
                let key: String = key.chars().take(LONGEST_NAME).collect();
                Self::thing(format!("{}.{key}", self.0.name), &self.0.state)
            }
            // A method of a secret text returns a part of it, or something made of it.
            _ => self.clone(),
        }
    }

    fn call(&self, lua: &Lua) -> Self {
        if self.0.place.is_some() {
            return self.clone();
        }
        let name = &self.0.name;
        let finding = Finding::new(Code::NotRun, format!("`{name}` is not run")).about(name);
        self.0.state.note(lua, finding);
        Self::returned(name, lua, &self.0.state, false)
    }
}

fn either(a: &Value, b: &Value) -> mlua::Result<Unknown> {
    let unknown = Unknown::of(a).or_else(|| Unknown::of(b));
    unknown.ok_or_else(|| mlua::Error::runtime("no unknown value here"))
}

impl UserData for Unknown {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(
            MetaMethod::Index,
            |_, this, key: Value| Ok(this.field(&key)),
        );
        methods.add_meta_method(MetaMethod::NewIndex, |_, _, _: (Value, Value)| Ok(()));
        methods.add_meta_method(MetaMethod::Call, |lua, this, _: MultiValue| {
            Ok(this.call(lua))
        });
        methods.add_meta_method(MetaMethod::Len, |_, this, ()| Ok(this.as_other()));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.reason()));
        for operator in [MetaMethod::Unm, MetaMethod::BNot] {
            methods.add_meta_function(operator, |_, (a, b): (Value, Value)| {
                Ok(either(&a, &b)?.as_other())
            });
        }
        for operator in [
            MetaMethod::Add,
            MetaMethod::Sub,
            MetaMethod::Mul,
            MetaMethod::Div,
            MetaMethod::Mod,
            MetaMethod::Pow,
            MetaMethod::IDiv,
            MetaMethod::BAnd,
            MetaMethod::BOr,
            MetaMethod::BXor,
            MetaMethod::Shl,
            MetaMethod::Shr,
        ] {
            methods.add_meta_function(operator, |_, (a, b): (Value, Value)| {
                Ok(either(&a, &b)?.as_other())
            });
        }
        methods.add_meta_function(MetaMethod::Concat, |_, (a, b): (Value, Value)| {
            let operands = [Unknown::of(&a), Unknown::of(&b)];
            // Text around a secret is secret; text around what is unknown is unknown.
            let unknown = operands
                .iter()
                .flatten()
                .find(|unknown| !unknown.is_secret());
            match unknown.or(operands.iter().flatten().next()) {
                Some(unknown) => Ok(unknown.clone()),
                None => either(&a, &b),
            }
        });
        for operator in [MetaMethod::Eq, MetaMethod::Lt, MetaMethod::Le] {
            methods.add_meta_function(operator, |lua, (a, b): (Value, Value)| {
                either(&a, &b)?.decides(lua);
                Ok(true)
            });
        }
    }
}

/// An unknown value as a value of Lua.
pub(super) fn value(lua: &Lua, unknown: Unknown) -> mlua::Result<Value> {
    let data: AnyUserData = lua.create_userdata(unknown)?;
    Ok(Value::UserData(data))
}
