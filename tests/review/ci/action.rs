//! The steps of `action.yml`, as they stand in the file.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::folder::read;
use crate::support::json::{list, text};
use crate::support::root;

/// What `${{ … }}` stands for in a job.
pub struct Context {
    /// What the workflow writes below `with`.
    pub inputs: BTreeMap<String, String>,
    /// The number of the pull request; empty where there is none.
    pub pull_request: String,
    /// `OWNER/NAME` of the action; empty for one of the same repository.
    pub repository: String,
    /// What the steps put out so far, by `ID.NAME`.
    pub outputs: BTreeMap<String, String>,
}

/// A step to run.
pub struct Step {
    pub id: String,
    pub run: String,
    env: Vec<(String, String)>,
}

/// A document in YAML.
pub fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// `action.yml`.
pub fn action() -> Value {
    yaml(&read(root(), "action.yml"))
}

/// The steps. Each is bash, has no condition, and gets what comes from outside as variables only.
pub fn steps() -> Vec<Step> {
    let action = action();
    assert_eq!(action["runs"]["using"], "composite");
    let step = |step: &Value| {
        let keys: Vec<_> = step.as_object().unwrap().keys().collect();
        let known = ["name", "id", "shell", "env", "run"];
        assert!(
            keys.iter().all(|key| known.contains(&key.as_str())),
            "{keys:?}"
        );
        assert_eq!(step["shell"], "bash");
        let run = text(&step["run"]);
        assert!(!run.contains("${{"), "a shell reads it: {run}");
        let env = step["env"].as_object().unwrap().iter();
        Step {
            id: step.get("id").map_or("", |id| text(id)).to_owned(),
            run: run.to_owned(),
            env: env
                .map(|(name, value)| (name.clone(), text(value).to_owned()))
                .collect(),
        }
    };
    list(&action["runs"]["steps"]).iter().map(step).collect()
}

impl Step {
    /// The variables of the step.
    pub fn env(&self, context: &Context) -> Vec<(String, String)> {
        let value = |(name, value): &(String, String)| (name.clone(), context.fill(value));
        self.env.iter().map(value).collect()
    }
}

impl Context {
    /// A value, which is one expression or plain text.
    fn fill(&self, value: &str) -> String {
        let Some(expression) = value
            .strip_prefix("${{ ")
            .and_then(|rest| rest.strip_suffix(" }}"))
        else {
            assert!(!value.contains("${{"), "{value}");
            return value.to_owned();
        };
        if let Some(name) = expression.strip_prefix("inputs.") {
            let input = &action()["inputs"][name];
            assert!(input.is_object(), "action.yml has no input {name}");
            return match self.inputs.get(name) {
                Some(given) => given.clone(),
                None => self.fill(text(&input["default"])),
            };
        }
        if let Some(output) = expression.strip_prefix("steps.") {
            let (id, name) = output.split_once(".outputs.").unwrap();
            let output = self.outputs.get(&format!("{id}.{name}"));
            return output.cloned().unwrap_or_default();
        }
        match expression {
            "github.token" => "token".to_owned(),
            "github.action_repository" => self.repository.clone(),
            "github.event.pull_request.number" => self.pull_request.clone(),
            // Above all nothing that its author chooses, such as the title or the branch.
            _ => panic!("{expression} is not known to be harmless"),
        }
    }
}
