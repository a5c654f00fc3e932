//! Self-signed certificates, made by `openssl`.

use std::path::Path;
use std::process::Command;

use crate::support::command::run;

/// Writes `key.pem` and `certificate.pem` into a folder.
pub fn make(folder: &Path) {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-x509", "-newkey", "ec", "-nodes"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-days", "2", "-subj", "/CN=nobody.example"])
        .args(["-keyout", "key.pem", "-out", "certificate.pem"])
        .current_dir(folder);
    run(&mut command).success();
}

/// Makes them, and writes Prosody's option that uses them; with more fields, each ended by `;`.
pub fn ssl_option(folder: &Path, more: &str) -> String {
    make(folder);
    let path = |name: &str| folder.join(name).display().to_string();
    format!(
        "ssl = {{ key = {:?}; certificate = {:?}; {more} }}\n",
        path("key.pem"),
        path("certificate.pem")
    )
}
