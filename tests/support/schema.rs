//! A JSON Schema validator for the keywords that our schemas use. It shares nothing with the code that writes the
//! schemas, and refuses a keyword that it does not know, so that no rule is passed over.

use serde_json::Value;

/// All places where `value` breaks the schema, as `/path: what is wrong`; empty when it is valid.
pub fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Checker { root: schema }.check(schema, value, "", &mut found);
    found
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
        let keywords = match schema {
            Value::Bool(true) => return,
            Value::Bool(false) => return found.push(format!("{path}: nothing is allowed here")),
            Value::Object(keywords) => keywords,
            _ => panic!("no schema: {schema}"),
        };
        for (keyword, rule) in keywords {
            match keyword.as_str() {
                "$ref" => self.check(self.definition(rule), value, path, found),
                "type" if !has_type(rule, value) => {
                    found.push(format!("{path}: {value} is not of type {rule}"));
                }
                "const" if rule != value => found.push(format!("{path}: {value} is not {rule}")),
                "enum" if !rule.as_array().unwrap().contains(value) => {
                    found.push(format!("{path}: {value} is none of {rule}"));
                }
                "minimum" if value.as_f64() < rule.as_f64() => {
                    found.push(format!("{path}: {value} is below {rule}"));
                }
                "maximum" if value.as_f64() > rule.as_f64() => {
                    found.push(format!("{path}: {value} is above {rule}"));
                }
                "anyOf" if self.matching(rule, value) == 0 => {
                    found.push(format!("{path}: {value} matches no alternative"));
                }
                "oneOf" if self.matching(rule, value) != 1 => {
                    found.push(format!(
                        "{path}: {value} does not match exactly one alternative"
                    ));
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        let name = name.as_str().unwrap();
                        if value.is_object() && value.get(name).is_none() {
                            found.push(format!("{path}: `{name}` is missing"));
                        }
                    }
                }
                "properties" | "additionalProperties" => {
                    self.check_members(keywords, keyword, value, path, found);
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{path}/{index}"), found);
                    }
                }
                "type" | "const" | "enum" | "minimum" | "maximum" | "anyOf" | "oneOf" => {}
                // These say nothing about validity.
                "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "format"
                | "writeOnly" => {}
                unknown => panic!("`{unknown}` is not known to this validator"),
            }
        }
    }

    fn check_members(
        &self,
        keywords: &serde_json::Map<String, Value>,
        keyword: &str,
        value: &Value,
        path: &str,
        found: &mut Vec<String>,
    ) {
        let described = keywords.get("properties");
        for (name, member) in value.as_object().into_iter().flatten() {
            let own = described.and_then(|properties| properties.get(name));
            let rule = match keyword {
                "properties" => own,
                _ => Some(&keywords["additionalProperties"]).filter(|_| own.is_none()),
            };
            if let Some(rule) = rule {
                self.check(rule, member, &format!("{path}/{name}"), found);
            }
        }
    }

    fn matching(&self, alternatives: &Value, value: &Value) -> usize {
        let matches = |schema: &&Value| {
            let mut found = Vec::new();
            self.check(schema, value, "", &mut found);
            found.is_empty()
        };
        alternatives
            .as_array()
            .unwrap()
            .iter()
            .filter(matches)
            .count()
    }

    fn definition(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        self.root
            .pointer(pointer)
            .expect("the reference leads somewhere")
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    if let Some(types) = rule.as_array() {
        return types.iter().any(|rule| has_type(rule, value));
    }
    match rule.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("type `{other}` is not known to this validator"),
    }
}
