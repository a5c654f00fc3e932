//! The table of codes: everything that `check`, `diff` and `status` can report, one row each.
//!
//! `docs/codes.md` is printed from it by [`table`].

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::severity::Severity;

/// What a code is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// What Prosody loads.
    Loading,
    /// The inventory.
    Inventory,
    /// The release.
    Release,
    /// The selection.
    Selection,
    /// The configuration of a server.
    Configuration,
    /// A running server.
    Server,
    /// A server that was started to see what happens.
    Rehearsal,
    /// The review itself: its inputs, and its allow file.
    Review,
}

impl About {
    /// The words for it in the documentation.
    fn words(self) -> &'static str {
        match self {
            Self::Loading => "what loads",
            Self::Inventory => "inventory",
            Self::Release => "release",
            Self::Selection => "selection",
            Self::Configuration => "configuration",
            Self::Server => "running server",
            Self::Rehearsal => "rehearsal",
            Self::Review => "the review itself",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The stable code.
    pub code: &'static str,
    /// What it is about.
    pub about: About,
    /// How severe it is, unless a finding has a reason to say otherwise.
    pub severity: Severity,
    /// For a change: the code of the same change seen from the other side.
    pub reverse: Option<Code>,
    /// Why it matters, in one sentence.
    pub why: &'static str,
    /// What to do; none when there is nothing to do.
    pub help: Option<&'static str>,
}

/// Writes the enum, the list of all codes and the table from one list of rows:
/// `Name "code" About Severity, reverse code or none, why, help or none`.
macro_rules! codes {
    ($($code:ident $name:literal $about:ident $severity:ident, $reverse:expr, $why:literal, $help:expr;)+) => {
        /// What a finding says, with a stable name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        pub enum Code {
            $(#[doc = $why] #[serde(rename = $name)] $code,)+
        }

        impl Code {
            /// All codes, in the order in which they are documented.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// Its row of the table.
            pub fn row(self) -> Row {
                use Code::*;
                match self {
                    $(Self::$code => Row {
                        code: $name,
                        about: About::$about,
                        severity: Severity::$severity,
                        reverse: $reverse,
                        why: $why,
                        help: $help,
                    },)+
                }
            }
        }
    };
}

codes! {
    // Changes of what loads.
    Breaks "breaks" Loading Breaking, Some(Mends),
        "An enabled module that loads today will not load.",
        Some("disable it explicitly, or stay on the old release");
    Mends "mends" Loading Info, Some(Breaks),
        "An enabled module that could not load will now load.",
        Some("check whether it needs configuration");
    Replaced "replaced" Loading Breaking, Some(Reinstated),
        "A module that loads today will not load, and another one does its work.",
        Some("move its configuration to the replacement");
    Reinstated "reinstated" Loading Info, Some(Replaced),
        "A module loads again instead of its replacement.",
        Some("check whether both are needed");
    Stops "stops" Loading Breaking, Some(Starts),
        "A module that loads today will not load, though no flag changed.",
        Some("enable it explicitly to keep it");
    Starts "starts" Loading Warning, Some(Stops),
        "A module that does not load today will load, though no flag changed.",
        Some("disable it explicitly to keep it out");
    PulledIn "pulled-in" Loading Warning, Some(NoLongerPulledIn),
        "A dependency loads even if its flag is off.",
        Some("disable the modules that depend on it, or accept it");
    NoLongerPulledIn "no-longer-pulled-in" Loading Info, Some(PulledIn),
        "A module that only loaded as a dependency no longer loads that way.",
        Some("enable it explicitly if you rely on it");
    LoadsAs "loads-as" Loading Warning, Some(LoadsAs),
        "The same entry of the inventory loads a module with another name.",
        Some("use the new name in your own configuration");
    PlacementChanged "placement-changed" Loading Warning, Some(PlacementChanged),
        "A component has an address of its own, a module of a virtual host has none.",
        Some("add or remove its `Component` section");
    Clashes "clashes" Loading Breaking, Some(ClashEnds),
        "Two modules will load together that do not work together.",
        Some("disable one of the two explicitly");
    ClashEnds "clash-ends" Loading Info, Some(Clashes),
        "Two modules that did not work together no longer load together.",
        None;
    HttpPortOpens "http-port-opens" Loading Warning, Some(HttpPortCloses),
        "The HTTP ports open although the http flag is off.",
        Some("bind `http_interfaces` and `https_interfaces` to loopback, or disable what requires http");
    HttpPortCloses "http-port-closes" Loading Info, Some(HttpPortOpens),
        "No module opens the HTTP ports while the http flag is off.",
        None;
    DependencyStarts "dependency-starts" Loading Info, Some(DependencyStops),
        "A module outside the inventory loads because another one depends on it.",
        None;
    DependencyStops "dependency-stops" Loading Info, Some(DependencyStarts),
        "A module outside the inventory, which only loaded as a dependency, no longer loads.",
        Some("enable it in your own configuration if you rely on it");
    DependencyMissing "dependency-missing" Loading Warning, Some(DependencySupplied),
        "The module depends on one that the release does not have, so it may fail to load.",
        Some("install the other module, or disable this one");
    DependencySupplied "dependency-supplied" Loading Info, Some(DependencyMissing),
        "The module no longer depends on one that the release does not have.",
        None;

    // Changes of the inventory.
    Demoted "demoted" Inventory Warning, Some(Promoted),
        "The inventory lists the module at a less stable level, and other flags decide about it.",
        Some("find out why, and decide whether you still need it");
    Promoted "promoted" Inventory Info, Some(Demoted),
        "The inventory lists the module at a more stable level, and other flags decide about it.",
        None;
    ModuleAdded "module-added" Inventory Info, Some(ModuleRemoved),
        "The inventory has one more module.",
        None;
    ModuleRemoved "module-removed" Inventory Info, Some(ModuleAdded),
        "The inventory no longer has the module, and no flag loads it.",
        Some("remove it from your overrides");
    ModuleRenamed "module-renamed" Inventory Info, Some(ModuleRenamed),
        "The inventory lists the module under another name.",
        Some("use the new name in your overrides");
    Recategorised "recategorised" Inventory Info, Some(Recategorised),
        "The module is in another category, and other flags decide about it.",
        None;
    TextChanged "text-changed" Inventory Info, Some(TextChanged),
        "The inventory describes the module differently.",
        None;
    SettingChanged "setting-changed" Inventory Info, Some(SettingChanged),
        "A flag, a level, a category or a profile of the inventory changed.",
        None;
    Reordered "reordered" Inventory Info, Some(Reordered),
        "The modules are in another order, which changes nothing that loads.",
        None;

    // Changes of the release.
    Withdrawn "withdrawn" Release Warning, Some(Appeared),
        "Upstream withdrew the module, or the package does not contain it. Prosody logs an error \
        if it is enabled.",
        Some("use its replacement, or disable it");
    Appeared "appeared" Release Info, Some(Withdrawn),
        "Upstream has a module that it did not have before.",
        None;
    Bundled "bundled" Release Warning, Some(Unbundled),
        "The module is bundled now, and an installed community copy shadows it.",
        Some("stop installing the community copy");
    Unbundled "unbundled" Release Warning, Some(Bundled),
        "The module is no longer bundled and must be installed.",
        Some("install it from prosody-modules");
    StageLowered "stage-lowered" Release Warning, Some(StageRaised),
        "Upstream lowered the stage of the module.",
        Some("read its README, and decide whether you still need it");
    UpgradeNote "upgrade-note" Release Info, None,
        "What an upgrade changes beyond modules and options, taken from Prosody's release notes and code.",
        None;
    StageRaised "stage-raised" Release Info, Some(StageLowered),
        "Upstream raised the stage of the module.",
        None;
    StageRelabelled "stage-relabelled" Release Info, Some(StageRelabelled),
        "Upstream changed the stage of the module to one that is neither better nor worse.",
        None;
    ShadowingBegan "shadowing-began" Release Warning, Some(ShadowingEnded),
        "A community copy shadows the bundled module when it is installed.",
        Some("do not install the community copy");
    ShadowingEnded "shadowing-ended" Release Info, Some(ShadowingBegan),
        "No community copy shadows the bundled module.",
        None;
    CopyChanged "copy-changed" Release Info, Some(CopyChanged),
        "Upstream describes a community copy of a bundled module differently.",
        None;
    DependencyAdded "dependency-added" Release Info, Some(DependencyRemoved),
        "The module depends on one more module, which may load with it.",
        None;
    DependencyRemoved "dependency-removed" Release Info, Some(DependencyAdded),
        "The module no longer depends on another one.",
        None;
    ConflictAdded "conflict-added" Release Warning, Some(ConflictRemoved),
        "Prosody skips modules that conflict with its own features.",
        Some("check in the log whether it still loads");
    ConflictRemoved "conflict-removed" Release Info, Some(ConflictAdded),
        "The module no longer conflicts with a feature of Prosody.",
        None;
    RequirementAdded "requirement-added" Release Warning, Some(RequirementRemoved),
        "Prosody skips modules that require a feature that it does not have.",
        Some("check in the log whether it still loads");
    RequirementRemoved "requirement-removed" Release Info, Some(RequirementAdded),
        "The module no longer requires a feature of Prosody.",
        None;
    InheritanceChanged "inheritance-changed" Release Warning, Some(InheritanceChanged),
        "A component inherits different modules from the global section.",
        Some("disable them on the component if it does not need them");
    StubRemoved "stub-removed" Release Info, Some(StubAdded),
        "Upstream removed the README of a withdrawn module.",
        None;
    StubAdded "stub-added" Release Info, Some(StubRemoved),
        "Upstream has a README for a module without code.",
        None;
    SummaryChanged "summary-changed" Release Info, Some(SummaryChanged),
        "Upstream describes the module differently.",
        None;
    OptionRemoved "option-removed" Release Warning, Some(OptionAdded),
        "A module or Prosody no longer reads the option. If nothing else reads it, Prosody \
        silently ignores it.",
        Some("remove the option, or set its replacement");
    OptionAdded "option-added" Release Info, Some(OptionRemoved),
        "A module or Prosody reads one more option.",
        None;
    OptionReadsChanged "option-reads-changed" Release Warning, Some(OptionReadsChanged),
        "The option is read differently, so a value that was valid may no longer be.",
        Some("check the value that is set");
    OptionDefaultChanged "option-default-changed" Release Warning, Some(OptionDefaultChanged),
        "Where the option is not set, its new default applies.",
        Some("set the option if you rely on the former default");
    OptionRequired "option-required" Release Warning, Some(OptionNotRequired),
        "The module does not load unless an option is set.",
        Some("set the option");
    OptionNotRequired "option-not-required" Release Info, Some(OptionRequired),
        "The module no longer requires an option to be set.",
        None;
    LibraryAdded "library-added" Release Warning, Some(LibraryRemoved),
        "The module does not load without one more Lua library.",
        Some("install the library");
    LibraryRemoved "library-removed" Release Info, Some(LibraryAdded),
        "The module no longer needs a Lua library.",
        None;
    FailsObserved "fails-observed" Release Warning, Some(LoadsObserved),
        "A server of this release could not load the module alone, and no missing option explains \
        it.",
        Some("rehearse your own configuration, or disable the module");
    LoadsObserved "loads-observed" Release Info, Some(FailsObserved),
        "A server of this release is no longer known to fail to load the module alone.",
        None;
    ReleaseChanged "release-changed" Release Info, Some(ReleaseChanged),
        "The version or the sources of the release changed.",
        None;

    // What check finds.
    SecurityOff "security-off" Selection Warning, None,
        "A server that is open to others needs its protection against spam and abuse.",
        Some("enable security");
    AlphaOn "alpha-on" Selection Warning, None,
        "Experimental modules may have bugs and change without notice.",
        Some("enable alpha for development and testing only");
    CoreDisabled "core-disabled" Selection Warning, None,
        "Every client relies on the core modules.",
        Some("enable it again");
    AdminShellLost "admin-shell-lost" Selection Info, None,
        "Without `admin_shell`, `prosodyctl shell` cannot connect.",
        Some("enable admin, or enable admin_shell explicitly");
    Unavailable "unavailable" Loading Warning, None,
        "Prosody logs an error for a module that it cannot load, and runs without it.",
        Some("disable it");
    BrokenUpstream "broken-upstream" Loading Warning, None,
        "The upstream stage of the module is broken. Flags do not enable such modules.",
        Some("test it before you rely on it, or disable it");
    HttpPortOpen "http-port-open" Loading Warning, None,
        "A module that requires mod_http opens the HTTP ports, whatever the http flag says.",
        Some("bind `http_interfaces` and `https_interfaces` to loopback, or disable these modules explicitly");
    Clash "clash" Loading Error, None,
        "Both modules provide the same thing, and one of them does not work.",
        Some("load one of the two");
    NeedsConfiguration "needs-configuration" Loading Info, None,
        "The module does not work until it is configured. Flags do not enable it if it would fail.",
        Some("configure it");
    NeedsLibrary "needs-library" Loading Info, None,
        "The module does not load without a Lua library that Prosody does not include.",
        Some("install the library");
    NotPackaged "not-packaged" Loading Warning, None,
        "The packages of the distribution do not install the module, so it will not load.",
        Some("install it from prosody-modules, or disable it");
    Superseded "superseded" Loading Info, None,
        "The newer module is maintained and the older one is not.",
        Some("use the newer module");
    DanglingDependency "dangling-dependency" Loading Info, None,
        "A module requires another one that the release does not have.",
        Some("disable the module, or install what it requires");
    UnknownDependency "unknown-dependency" Loading Info, None,
        "The module loads others whose names it computes at run time, so they are unknown.",
        Some("see Prosody's log for modules that it cannot load");
    Shadowing "shadowing" Release Info, None,
        "Prosody loads the community copy instead of its own module.",
        Some("do not install the community copy");
    SpecForm "spec-form" Inventory Error, None,
        "Specifications are written as XEP-0000 or RFC 0000, so that readers find them.",
        Some("write it as `XEP-0313` or `RFC 6120`");
    UnknownName "unknown-name" Inventory Warning, None,
        "A name found in no release is a typo or never existed.",
        Some("correct the name, or remove the module");
    LevelAboveStage "level-above-stage" Inventory Warning, None,
        "The inventory rates the module as more stable than its authors do.",
        Some("watch it closely, or list it at a lower level");
    LevelBelowStage "level-below-stage" Inventory Info, None,
        "The authors of the module rate it as more stable than the inventory does.",
        Some("it may be ready for a higher level");
    NoPurpose "no-purpose" Inventory Warning, None,
        "Without a purpose, you cannot decide whether you need the module.",
        Some("describe its purpose in a few words");
    ProfileRisk "profile-risk" Inventory Warning, None,
        "Profiles are read as advice, and this one contradicts best practice.",
        Some("keep security on and alpha off in profiles for production");

    // What the configuration of a server enables.
    NotAllowed "not-allowed" Configuration Warning, None,
        "A module loads that the flags given as policy do not allow.",
        Some("disable it, or allow it with a flag");
    Misplaced "misplaced" Configuration Warning, None,
        "A module that extends a component does nothing on a virtual host.",
        Some("move it to the component");
    NoHost "no-host" Configuration Error, None,
        "A configuration without an active virtual host or component loads nothing.",
        Some("define a `VirtualHost`");
    NixosRefuses "nixos-refuses" Configuration Error, None,
        "The system is not built, so the server keeps running as it is.",
        Some("correct the option");
    NearestProfile "nearest-profile" Configuration Info, None,
        "The profile shows which flags come close to what the server loads.",
        None;

    ServerAdded "server-added" Configuration Info, Some(ServerRemoved),
        "A machine will run Prosody that does not run it today, or does not exist.",
        None;
    ServerRemoved "server-removed" Configuration Warning, Some(ServerAdded),
        "A machine that runs Prosody today will not, or will not exist.",
        Some("move its accounts, and the DNS records of its hosts");
    FlagChanged "flag-changed" Configuration Info, Some(FlagChanged),
        "A setting of services.prosody-stability changed.",
        None;
    Installed "installed" Configuration Info, Some(Uninstalled),
        "An enabled community module that the package of a machine lacks today will be installed.",
        None;
    Uninstalled "uninstalled" Configuration Breaking, Some(Installed),
        "An enabled community module that the package of a machine installs today will not be installed.",
        Some("add it to `withOnlyInstalledCommunityModules` of the package, or disable it");
    AssertionHolds "assertion-holds" Configuration Info, Some(AssertionFails),
        "NixOS could not build a machine while one of its assertions failed.",
        None;
    AssertionFails "assertion-fails" Configuration Breaking, Some(AssertionHolds),
        "NixOS does not build a machine while one of its assertions fails.",
        Some("do what the assertion says");
    OptionChanged "option-changed" Configuration Info, Some(OptionChanged),
        "An option of the configuration is set, changed or no longer set.",
        None;

    // The options of a configuration, and what reads them.
    OptionUnread "option-unread" Configuration Warning, None,
        "Prosody ignores an option that nothing reads, and logs nothing.",
        Some("correct its name, or remove it");
    OptionInvalid "option-invalid" Configuration Warning, None,
        "Prosody does not use the value of the option as written.",
        Some("correct the value");
    OptionGlobalOnly "option-global-only" Configuration Warning, None,
        "Prosody reads some options from the global section only, and ignores them elsewhere.",
        Some("move it to the global section, in front of the first `VirtualHost`");
    OptionRenamed "option-renamed" Configuration Warning, None,
        "The option was renamed. Prosody ignores the former name, or soon will.",
        Some("write the new name");
    OptionsUnknown "options-unknown" Configuration Info, None,
        "The options that something reads are unknown, so none is reported as unread.",
        Some("record your server with `snapshot`, and pass the file to `--release`");

    // What reading a configuration finds.
    MissingVariable "missing-variable" Configuration Info, None,
        "An environment variable that the configuration reads is not set here, and may be set on the server.",
        Some("set it with `--env NAME=VALUE` or `--env-file FILE`");
    UnquotedWord "unquoted-word" Configuration Warning, None,
        "A word without quotes is the name of an option. It is nil unless that option can be read.",
        Some("put the word in quotes");
    LuaApi "lua-api" Configuration Info, None,
        "Prosody 13.0 warns about each direct use of a Lua function.",
        Some("write `Lua.` in front once the server runs 13.0");
    NotRun "not-run" Configuration Info, None,
        "Calls that reach outside the configuration are not run, so their results are unknown.",
        Some("check that the call changes no option");
    ListHandle "list-handle" Configuration Warning, None,
        "In Prosody 13.0 the name of a list stands for a handle, and only `:value()` returns the list.",
        Some("write `NAME:value()`");
    LostAssignment "lost-assignment" Configuration Warning, None,
        "In Prosody 13.0 an assignment to an item of a list is lost without a message.",
        Some("append with `NAME { … }`, or write the whole list");
    WordReplaced "word-replaced" Configuration Warning, None,
        "An assignment to a keyword of Prosody replaces the keyword and sets no option.",
        Some("remove the assignment");
    DuplicateOption "duplicate-option" Configuration Warning, None,
        "Only the last assignment of an option counts. Lists are not merged.",
        Some("keep one of the assignments");
    IncludeOrder "include-order" Configuration Warning, None,
        "Prosody reads files that match a wildcard in directory order, which is not sorted.",
        Some("set the option in only one of the files");
    LongPath "long-path" Configuration Error, None,
        "Prosody cannot print a warning about a file whose path has 60 or more characters, and does not start.",
        Some("shorten the path, or remove the cause of the warning");
    ReadsDiffer "reads-differ" Configuration Warning, Some(ReadsDiffer),
        "Prosody 0.12 and 13.0 read different values from the same text.",
        Some("write it so that both read the same");
    NeedsNewer "needs-newer" Configuration Warning, None,
        "Prosody 0.12 fails to start with a configuration that uses the syntax of 13.0.",
        Some("keep a copy that 0.12 can read until you are sure that you will not downgrade");

    NeedsOlder "needs-older" Configuration Warning, None,
        "Prosody 13.0 fails to start with a configuration that only 0.12 reads.",
        Some("change it before you upgrade");

    // What status finds.
    Missing "missing" Server Error, None,
        "An expected module is not loaded.",
        Some("see Prosody's log for the reason");
    Failed "failed" Server Error, None,
        "Prosody reports that a loaded module does not work.",
        Some("see Prosody's log for the reason");
    Unexpected "unexpected" Server Warning, None,
        "A module is loaded that is not in the plan.",
        Some("disable it, or add it to your selection");
    PlanDiffers "plan-differs" Server Error, None,
        "The plan in the server's configuration is not the plan of your selection.",
        Some("pass the selection and release that the server was configured with, or regenerate \
        its configuration");
    HostMissing "host-missing" Server Error, None,
        "A configured host does not run.",
        Some("see Prosody's log, and restart it if the configuration changed");
    HostUnexpected "host-unexpected" Server Warning, None,
        "A host runs that the configuration does not define.",
        Some("restart Prosody if the configuration changed");
    CountsDiffer "counts-differ" Server Error, None,
        "The server runs different numbers of modules than planned.",
        Some("compare the lists of modules");
    UnknownHost "unknown-host" Server Error, None,
        "The listing does not show whether a host is a component, so missing modules are unknown.",
        Some("add what `prosodyctl shell host list` prints to the listing");

    // What a rehearsal finds.
    DoesNotStart "does-not-start" Rehearsal Error, None,
        "The server does not start with this configuration.",
        Some("correct the configuration, or provide what it needs");
    ModuleFails "module-fails" Rehearsal Error, None,
        "Prosody could not load a module that the configuration enables.",
        Some("see the reason, or disable the module");
    CannotKnow "cannot-know" Rehearsal Warning, None,
        "A module was not found, but a plugin directory of the configuration does not exist here.",
        Some("rehearse where the plugin directories exist, such as in the file system of the \
        container");
    PortFails "port-fails" Rehearsal Error, None,
        "Prosody could not open a port.",
        Some("correct the ports of the service");
    LoggedError "logged-error" Rehearsal Warning, None,
        "Prosody logged an error when it started.",
        Some("check whether it affects you");
    LoggedWarning "logged-warning" Rehearsal Info, None,
        "Prosody logged a warning when it started.",
        None;
    FactsDiffer "facts-differ" Rehearsal Warning, None,
        "The server loads other modules than its release file says. The server is right.",
        Some("record what the installation ships with `snapshot`");
    OptionNotRead "option-not-read" Rehearsal Info, None,
        "Nothing read the option before the server was up. Some options are read later.",
        None;
    CannotJudge "cannot-judge" Rehearsal Info, None,
        "A rehearsal replaces what it has no access to, and cannot judge what depends on that.",
        None;
    Rehearsed "rehearsed" Rehearsal Info, None,
        "What a server was seen to do outweighs its release file.",
        None;
    NotSeen "not-seen" Rehearsal Info, None,
        "A rehearsal ends when the server is up, and starts with an empty data directory.",
        None;
    LoginFails "login-fails" Rehearsal Error, None,
        "A new account cannot log in with an ordinary client.",
        Some("see the reason, and Prosody's log");

    // What is different between two rehearsals.
    StartBreaks "start-breaks" Rehearsal Breaking, Some(StartMends),
        "The server starts today and will not.",
        Some("correct the configuration before you upgrade");
    StartMends "start-mends" Rehearsal Info, Some(StartBreaks),
        "The server does not start today and will.",
        None;
    NotCompared "not-compared" Rehearsal Warning, None,
        "Two servers can only be compared if both start.",
        Some("fix what keeps them from starting");
    PortCloses "port-closes" Rehearsal Warning, Some(PortOpens),
        "A port that is open today will not be.",
        Some("check which clients or servers connect to it");
    PortOpens "port-opens" Rehearsal Warning, Some(PortCloses),
        "A port that is not open today will be.",
        Some("check the firewall, or bind it to loopback");
    LogAdded "log-added" Rehearsal Warning, Some(LogRemoved),
        "Prosody logs a warning or an error that it does not log today.",
        Some("check whether it affects you");
    LogRemoved "log-removed" Rehearsal Info, Some(LogAdded),
        "Prosody no longer logs a warning or an error.",
        None;
    OptionNoLongerRead "option-no-longer-read" Rehearsal Warning, Some(OptionReadAgain),
        "An option that is read at the start today will not be.",
        Some("check whether it was renamed or removed");
    OptionReadAgain "option-read-again" Rehearsal Info, Some(OptionNoLongerRead),
        "An option that is not read at the start today will be.",
        None;
    LoginBreaks "login-breaks" Rehearsal Breaking, Some(LoginMends),
        "A new account can log in today and will not.",
        Some("fix this before you upgrade");
    LoginMends "login-mends" Rehearsal Info, Some(LoginBreaks),
        "A new account cannot log in today and will.",
        None;
    AbilityLost "ability-lost" Rehearsal Breaking, Some(AbilityGained),
        "Clients will no longer find something that they find today.",
        Some("check which module provides it");
    AbilityGained "ability-gained" Rehearsal Info, Some(AbilityLost),
        "A client finds something that it does not find today.",
        None;
    ClientSees "client-sees" Rehearsal Info, Some(ClientSees),
        "A client will see something different from today.",
        None;

    // What makes a check fail because something could not be looked at.
    Undecided "undecided" Review Warning, None,
        "A setting cannot be determined without evaluating the configuration, so its default was reviewed.",
        Some("pass the evaluated settings, or the selection as options");
    Stale "stale" Review Info, None,
        "An entry of the allow file has expired, or matches no change.",
        Some("remove the entry");
}

impl Code {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        self.row().code
    }

    /// The code of the same change seen from the other side; itself where there is no other side.
    pub fn reverse(self) -> Self {
        self.row().reverse.unwrap_or(self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The meaning of every code as a Markdown table, for the documentation.
pub fn table() -> String {
    let mut out = String::from(
        "| code | about | severity | reverse code | why it matters | what to do |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for code in Code::ALL {
        let row = code.row();
        let reverse = row.reverse.map(|reverse| format!("`{reverse}`"));
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} |\n",
            row.code,
            row.about.words(),
            row.severity,
            reverse.unwrap_or_default(),
            row.why,
            row.help.unwrap_or_default()
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole_and_every_change_has_its_reverse() {
        let mut names = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let row = code.row();
            assert!(names.insert(row.code), "{code} twice");
            assert!(row.why.ends_with('.') && row.why.len() > 20, "{code}");
            if let Some(help) = row.help {
                assert!(!help.is_empty() && !help.ends_with('.'), "{code}");
            }
            assert_eq!(serde_json::to_value(code).ok(), Some(row.code.into()));
            assert_eq!(code.reverse().reverse(), *code, "{code}");
            assert_eq!(code.reverse().row().about, row.about, "{code}");
        }
    }

    #[test]
    fn every_breaking_change_has_another_reverse_that_does_not_break() {
        for code in Code::ALL {
            if code.row().severity == Severity::Breaking {
                assert_ne!(code.reverse(), *code, "{code}");
                assert_ne!(code.reverse().row().severity, Severity::Breaking, "{code}");
            }
        }
    }
}
