//! What NixOS refuses of a services.prosody that can be read.

use super::enabled::{HTTP_FILE_SHARE, HTTP_UPLOAD, room_options};
use super::generation::Generation;
use super::service::Service;
use super::value::At;

/// An option that keeps the system from being built.
pub struct Refusal {
    /// Its name.
    pub option: String,
    /// What happens.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where it is set.
    pub at: At,
}

impl Service {
    /// What NixOS refuses, and what this generation does not have.
    pub fn refusals(&self, generation: Generation) -> Vec<Refusal> {
        let Some(at) = self.at.clone() else {
            return Vec::new();
        };
        let mut refusals = Vec::new();
        let has_upload = self.file_share.is_some() || self.upload.is_some();
        if self.compliance == Some(true) && self.doubts.is_empty() {
            let share = format!("services.prosody.{}", HTTP_FILE_SHARE.option);
            let help = "set it up, or set services.prosody.xmppComplianceSuite = false";
            for (is_there, what) in [
                (!self.muc.is_empty(), "services.prosody.muc"),
                (has_upload, &share),
            ] {
                if !is_there {
                    let message = format!("NixOS refuses the configuration without {what}");
                    refusals.push(Refusal {
                        option: what.to_owned(),
                        message,
                        help: help.to_owned(),
                        at: at.clone(),
                    });
                }
            }
        }
        let mut absent = |option: &str, help: &str, at: &At| {
            let message = format!("{} has no option {option}", generation.name());
            refusals.push(Refusal {
                option: option.to_owned(),
                message,
                help: help.to_owned(),
                at: at.clone(),
            });
        };
        if let (Some(upload), Generation::New) = (&self.upload, generation) {
            let help = format!("use {}", HTTP_FILE_SHARE.option);
            absent(HTTP_UPLOAD.option, &help, &upload.at);
        }
        for room in &self.muc {
            for (option, of) in room_options() {
                if of != generation
                    && let Some(set) = room.options.get(option)
                {
                    absent(&format!("muc.*.{option}"), "remove it", &set.at);
                }
            }
        }
        refusals
    }
}
