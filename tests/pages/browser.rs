//! A real browser without a window: Debian's Chromium, driven over a pipe by the DevTools protocol.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::command::wait_within;
use crate::support::folder::scratch;
use crate::support::skip::skip_or_fail;

/// Longer than any answer should take on a slow machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Whether the browser is there; where it is not, a test that needs it is skipped with a remark, or fails.
pub fn is_here() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    let is_here = *ANSWER.get_or_init(|| {
        let asked = Command::new("chromium").arg("--version").output();
        asked.is_ok_and(|output| output.status.success())
    });
    if !is_here {
        skip_or_fail("chromium is missing: install it");
    }
    is_here
}

/// How a page is looked at.
#[derive(Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub is_dark: bool,
    pub runs_scripts: bool,
}

/// A desktop in daylight.
pub const DESKTOP: Look = Look {
    width: 1280,
    height: 900,
    is_dark: false,
    runs_scripts: true,
};

/// A telephone.
pub const PHONE: Look = Look {
    width: 390,
    height: 844,
    ..DESKTOP
};

/// A browser with one page. It ends with the value.
pub struct Page {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    /// What the browser said by itself.
    events: Vec<Value>,
    _profile: TempDir,
}

impl Page {
    /// Opens a file, with a fragment if it has one.
    pub fn open(file: &Path, fragment: &str, look: Look) -> Self {
        let mut page = Self::start();
        let target = page.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = page.call("Target.attachToTarget", attach);
        page.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        let Look {
            width,
            height,
            is_dark,
            runs_scripts,
        } = look;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        page.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        page.call(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        );
        let disabled = json!({ "value": !runs_scripts });
        page.call("Emulation.setScriptExecutionDisabled", disabled);
        let url = format!("file://{}{fragment}", file.display());
        page.call("Page.navigate", json!({ "url": url }));
        page.wait_for("Page.loadEventFired");
        page
    }

    /// Follows a link within the page.
    #[track_caller]
    pub fn follow(&mut self, fragment: &str) {
        self.eval(&format!(
            "new Promise((done) => {{ addEventListener('hashchange', () => done(), {{ once: true }}); \
             location.hash = {} }})",
            json!(fragment)
        ));
    }

    /// Loads the page again, at its present address.
    pub fn reload(&mut self) {
        self.call("Page.reload", json!({}));
        self.wait_for("Page.loadEventFired");
    }

    fn start() -> Self {
        let profile = scratch();
        // The browser reads commands from its third file and answers on its fourth.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .args(["chromium", "--headless", "--remote-debugging-pipe"])
            // What is looked at is ours, and a container may not be able to confine it.
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be run");
        let input = child.stdin.take().expect("the pipe of this child");
        let output = child.stdout.take().expect("the pipe of this child");
        let (send, messages) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut message = Vec::new();
            while matches!(output.read_until(0, &mut message), Ok(1..)) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("the browser says JSON");
                if send.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        Self {
            child,
            input,
            messages,
            session: None,
            sent: 0,
            events: Vec::new(),
            _profile: profile,
        }
    }

    fn send(&mut self, method: &str, parameters: Value) -> std::io::Result<u64> {
        self.sent += 1;
        let mut command = json!({ "id": self.sent, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.input.write_all(format!("{command}\0").as_bytes())?;
        self.input.flush()?;
        Ok(self.sent)
    }

    /// Gives a command and returns the answer.
    #[track_caller]
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.send(method, parameters).expect("the browser listens");
        loop {
            let message = self.next(method);
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    #[track_caller]
    fn next(&mut self, what: &str) -> Value {
        let message = self.messages.recv_timeout(LIMIT);
        message.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    #[track_caller]
    fn wait_for(&mut self, event: &str) {
        let is_it = |message: &Value| message["method"] == event;
        if let Some(at) = self.events.iter().position(is_it) {
            self.events.remove(at);
            return;
        }
        loop {
            let message = self.next(event);
            if is_it(&message) {
                return;
            }
            self.events.push(message);
        }
    }

    /// The value of an expression on the page.
    #[track_caller]
    pub fn eval(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", parameters);
        let exception = &result["exceptionDetails"];
        assert!(exception.is_null(), "{expression}: {exception}");
        result["result"]["value"].clone()
    }

    /// How many elements fit a selector and are seen.
    #[track_caller]
    pub fn seen(&mut self, selector: &str) -> usize {
        let expression = format!(
            "[...document.querySelectorAll({})].filter((e) => e.checkVisibility()).length",
            json!(selector)
        );
        let count = self.eval(&expression).as_u64().unwrap();
        usize::try_from(count).unwrap()
    }

    /// Clicks where an element is seen, as a mouse does.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let place = self.eval(&format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{ block: 'center' }}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()",
            json!(selector)
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1
            });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key that types a character.
    pub fn key(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let mut event = json!({ "type": kind, "key": key });
            if kind == "keyDown" && key.chars().count() == 1 {
                event["text"] = key.into();
            }
            if key == "Tab" {
                event["windowsVirtualKeyCode"] = 9.into();
            }
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Types a text where the focus is.
    pub fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Errors of scripts, of the console, and of the policy of the page.
    pub fn errors(&mut self) -> Vec<String> {
        // An answer comes after everything that was said before.
        self.eval("0");
        let is_error = |event: &&Value| {
            let parameters = &event["params"];
            event["method"] == "Runtime.exceptionThrown"
                || parameters["type"] == "error"
                || parameters["entry"]["level"] == "error"
        };
        let errors = self.events.iter().filter(is_error);
        errors.map(Value::to_string).collect()
    }

    /// Where the page asked for something.
    pub fn requests(&mut self) -> Vec<String> {
        self.eval("0");
        let events = self.events.iter();
        let sent = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        let urls = sent.map(|event| event["params"]["request"]["url"].as_str().unwrap());
        urls.map(str::to_owned).collect()
    }

    /// What axe finds that is serious or critical, by rule and element.
    #[track_caller]
    pub fn faults(&mut self, axe: &str) -> Vec<String> {
        // The script under test is the page's own; this one comes from the test.
        self.eval(axe);
        let found = self.eval(
            "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations\
             .filter((found) => ['serious', 'critical'].includes(found.impact))\
             .map((found) => `${found.id}: ${found.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | ')}`))",
        );
        let found = found.as_array().unwrap().iter();
        found
            .map(|fault| fault.as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.session = None;
        let asked = self.send("Browser.close", json!({}));
        let ended =
            asked.is_ok() && wait_within(&mut self.child, Duration::from_secs(20)).is_some();
        if !ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
