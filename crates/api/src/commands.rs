//! The surface: every command once, with its name, request, answer and handler. From this table come the
//! dispatcher that the window, the loopback server and the command line share, and the window's
//! TypeScript.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, ErrorCode, Result};
use crate::typescript::Declarations;
use crate::{
    App, agreement, assignments, diff, export, grade, home, import, jobs, people, rubric, samples, stats,
    team, wire,
};

macro_rules! commands {
    ($($(#[doc = $doc:literal])+ $name:literal => $handler:path, $request:ty => $answer:ty;)*) => {
        /// The names of all commands, in the order of the table.
        pub const NAMES: &[&str] = &[$($name),*];

        /// Runs a command: its name, its request as JSON, its answer as JSON.
        pub fn dispatch(app: &App, name: &str, request: &str) -> Result<String> {
            match name {
                $($name => answer($handler(app, parse::<$request>(name, request)?)?),)*
                _ => Err(ApiError::new(
                    ErrorCode::BadRequest,
                    format!("There is no command “{name}”."),
                    "use a command of this version of Assay",
                )),
            }
        }

        pub(crate) fn declare(to: &mut Declarations) {
            $(to.command::<$request, $answer>($name, concat!($($doc),+));)*
        }
    };
}

commands! {
    /// The first screen: projects in the home folder.
    "home.get" => home::get, wire::Nothing => wire::Home;
    /// The default rubric, to begin from.
    "rubric.default" => rubric::default_rubric, wire::Nothing => assay_model::Rubric;
    /// Makes a project and opens it.
    "project.create" => home::create, wire::NewProject => wire::Project;
    /// Opens the demo project, made where it is missing.
    "project.demo" => home::open_demo, wire::Nothing => wire::Project;
    /// Opens a project.
    "project.open" => home::open, wire::OfProject => wire::Project;
    /// Closes a project, so that another window may open it.
    "project.close" => home::close, wire::OfProject => wire::Nothing;
    /// Changes name and policies.
    "project.save_settings" => home::save_settings, wire::SaveSettings => wire::Project;
    /// Copies a project into another file, consistently, while it is in use.
    "project.backup" => home::backup, wire::Backup => wire::Nothing;
    /// Looks a project over: the file's integrity, and whether what is derived agrees with the facts.
    "project.verify" => home::verify, wire::OfProject => wire::Verified;
    /// All versions of the rubric.
    "rubric.history" => rubric::history, wire::OfProject => wire::RubricHistory;
    /// What a changed rubric would do, before it is saved.
    "rubric.weigh" => rubric::weigh, wire::WeighRubric => wire::RubricEffect;
    /// Saves a new version of the rubric.
    "rubric.save" => rubric::save, wire::SaveRubric => assay_model::RubricVersion;
    /// Lists samples, a page at a time.
    "samples.list" => samples::list, wire::ListSamples => wire::SamplePage;
    /// What samples can be filtered by.
    "samples.facets" => samples::facets, wire::OfProject => wire::Facets;
    /// A sample with everybody's work, for those who may see it.
    "samples.get" => samples::get, wire::OfSample => wire::SampleView;
    /// What others did on a sample, from the hub: an annotator is told what the project's policy lets them see.
    "samples.others" => samples::others, wire::OfSample => wire::Others;
    /// The formats that can be imported.
    "import.formats" => import::formats, wire::Nothing => Vec<wire::FormatInfo>;
    /// Looks at a file before it is imported.
    "import.preview" => import::preview, wire::PreviewImport => wire::ImportPreview;
    /// Starts an import.
    "import.start" => import::start, wire::StartImport => wire::Job;
    /// Takes one rater's annotations from a file.
    "annotations.from_file" => people::annotate, wire::WorkFromFile => wire::WorkReport;
    /// Takes resolutions from a file.
    "resolutions.from_file" => people::resolve, wire::WorkFromFile => wire::WorkReport;
    /// The queue: counts, what comes next, what was submitted last.
    "grade.queue" => grade::queue, wire::GetQueue => wire::Queue;
    /// A sample to grade.
    "grade.get" => grade::get, wire::OfSample => wire::GradeView;
    /// The sample that comes after another one in the queue; the first without one.
    "grade.next" => grade::next, wire::Beside => Option<wire::GradeView>;
    /// The sample that comes before another one in the queue.
    "grade.previous" => grade::previous, wire::Beside => Option<wire::GradeView>;
    /// Saves a draft; it is on the disk when this answers.
    "grade.save" => grade::save, wire::SaveDraft => wire::DraftSaved;
    /// Drops a draft: the newest submission, or nothing, counts again.
    "grade.discard" => grade::discard, wire::OfSample => wire::GradeView;
    /// Submits work on a sample.
    "grade.submit" => grade::submit, wire::Submit => wire::Submitted;
    /// Passes a sample over.
    "grade.skip" => grade::skip, wire::Skip => wire::Submitted;
    /// Takes the last submission back.
    "grade.take_back" => grade::take_back, wire::OfProject => wire::TakenBack;
    /// Compares two texts.
    "diff.texts" => diff::texts, wire::DiffTexts => wire::DiffView;
    /// Progress and quality.
    "stats.get" => stats::get, wire::GetStats => wire::Stats;
    /// Agreement between raters, as `assay.agreement/1`.
    "agreement.get" => agreement::get, wire::GetAgreement => Value;
    /// Reads the grades that came since the last report, so that `agreement.get` answers at once.
    "agreement.prepare" => agreement::prepare, wire::OfProject => wire::Job;
    /// How a project stands with its hub.
    "team.status" => team::status, wire::OfProject => wire::TeamStatus;
    /// Syncs now, in the background; `team` events tell how it goes.
    "team.sync" => team::start_sync, wire::OfProject => wire::TeamStatus;
    /// Stops the sync under way; what it did stays.
    "team.stop" => team::stop_sync, wire::OfProject => wire::TeamStatus;
    /// The last syncs, newest first.
    "team.history" => team::history, wire::OfProject => Vec<wire::SyncLine>;
    /// What the hub refused.
    "team.refused" => team::refused, wire::OfProject => Vec<wire::RefusedFact>;
    /// Lets the next sync send refused facts again.
    "team.send_again" => team::send_again, wire::OfRefused => Vec<wire::RefusedFact>;
    /// Keeps refused facts on this laptop only.
    "team.keep_here" => team::keep_here, wire::OfRefused => Vec<wire::RefusedFact>;
    /// Begins again from the current rubric with what a refused version says.
    "team.rebase_rubric" => team::rebase_rubric, wire::RebaseRubric => Vec<wire::RefusedFact>;
    /// Uses an invite: the project appears in the home folder.
    "team.join" => team::join, wire::JoinTeam => wire::Joined;
    /// Hubs that this laptop may speak to.
    "team.hubs" => team::hubs, wire::Nothing => Vec<wire::KnownHub>;
    /// What publishing a project would send.
    "team.publication" => team::publication, wire::OfProject => wire::Publication;
    /// Publishes a project begun alone, work included.
    "team.publish" => team::publish, wire::PublishProject => wire::TeamStatus;
    /// Members and open invites.
    "team.members" => team::members, wire::OfProject => wire::Team;
    /// Changes a member's role or name, removes them or takes them back.
    "team.change_member" => team::change_member, wire::ChangeMember => wire::Team;
    /// Makes an invite.
    "team.invite" => team::invite, wire::Invite => wire::Invited;
    /// Revokes an invite.
    "team.revoke_invite" => team::revoke_invite, wire::Revoke => wire::Team;
    /// Revokes a device's token.
    "team.revoke_device" => team::revoke_device, wire::Revoke => wire::Team;
    /// What a plan of assignments would do.
    "assignments.plan" => assignments::dry_run, wire::PlanAssignments => wire::AssignmentPlan;
    /// Carries a plan of assignments out.
    "assignments.make" => assignments::make, wire::PlanAssignments => wire::AssignmentPlan;
    /// The targets that can be exported.
    "export.targets" => export::targets, wire::Nothing => Vec<wire::TargetInfo>;
    /// Looks at an export before it is written.
    "export.preview" => export::preview, wire::PreviewExport => wire::ExportPreview;
    /// Starts an export.
    "export.start" => export::start, wire::StartExport => wire::Job;
    /// How a job stands.
    "job.get" => jobs::get, wire::OfJob => wire::Job;
    /// Stops a job; what it did so far is undone.
    "job.cancel" => jobs::cancel, wire::OfJob => wire::Job;
}

fn parse<Request: DeserializeOwned>(name: &str, request: &str) -> Result<Request> {
    serde_json::from_str(request).map_err(|error| {
        ApiError::new(
            ErrorCode::BadRequest,
            format!("The request of “{name}” is not understood: {error}."),
            "this is a fault of the program that asked",
        )
    })
}

fn answer<Answer: Serialize>(answer: Answer) -> Result<String> {
    serde_json::to_string(&answer).map_err(|error| {
        ApiError::new(
            ErrorCode::Internal,
            format!("The answer could not be written: {error}."),
            "this is a fault of Assay; please report it",
        )
    })
}
