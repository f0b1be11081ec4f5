//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Grade outputs of language models against a rubric, measure agreement, and write training datasets.
#[derive(Debug, Parser)]
#[command(name = "assay", version, max_term_width = 100)]
pub struct Args {
    /// The folder in which projects live [default: $ASSAY_HOME, else the platform's data folder].
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// The project: a name in the home folder, or a file [default: the only one there].
    #[arg(long, short, global = true, value_name = "NAME-OR-FILE")]
    pub project: Option<String>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Seed, wherever chance plays a part.
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project.
    New(New),
    /// List the projects of the home folder.
    Projects,
    /// Import samples, and labels where the format carries them.
    Import(Import),
    /// Take one rater's annotations from a file, one JSON object a line.
    Annotate(Annotate),
    /// Take resolutions from a file, one JSON object a line.
    Resolve(Resolve),
    /// Agreement between raters, of a project or of a table of ratings.
    Agreement(Agreement),
    /// Progress and quality.
    Stats(Stats),
    /// Write a dataset folder.
    Export(Export),
    /// Look for faults in a training dataset, ours or anyone's.
    Check(Check),
    /// The visible diff of two texts.
    Diff(Diff),
    /// Copy a project into another file, consistently, while it is in use.
    Backup(Backup),
    /// Look a project over: integrity, foreign keys, and whether what is derived agrees with the facts.
    Verify,
    /// Bring a project begun alone to a hub, work included.
    Publish(Publish),
    /// Invite somebody to the project.
    Invite(Invite),
    /// Use an invite.
    Join(Join),
    /// Send what is new to the hub and receive what others did.
    Sync,
    /// Assign samples by plan.
    Assign(Assign),
    /// Run the team server.
    Hub(Hub),
    /// Serve the window's surface on loopback, for a browser.
    Serve(Serve),
    /// Walk from an import through three raters, a hub and agreement to a DPO dataset, in a temporary folder.
    Demo(Demo),
}

/// Make a project.
#[derive(Debug, clap::Args)]
pub struct New {
    /// Its name.
    pub name: String,
    /// Its rubric, as JSON [default: accuracy, relevance, completeness, tone, safety].
    #[arg(long, value_name = "FILE")]
    pub rubric: Option<PathBuf>,
    /// Your name [default: the system's].
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// Import samples.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Their format: assay, chat, pairs, preferences, csv, tsv or events [default: told by the content].
    #[arg(long, value_name = "F")]
    pub format: Option<String>,
    /// Which column fills which field; may be given several times.
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// Import the good lines although others are bad.
    #[arg(long)]
    pub keep_good: bool,
}

/// Take annotations from a file.
#[derive(Debug, clap::Args)]
pub struct Annotate {
    /// The file.
    pub file: PathBuf,
    /// Whose they are.
    #[arg(long = "as", value_name = "RATER")]
    pub rater: String,
    /// The rater is a model that judges.
    #[arg(long)]
    pub model: bool,
}

/// Take resolutions from a file.
#[derive(Debug, clap::Args)]
pub struct Resolve {
    /// The file.
    pub file: PathBuf,
}

/// Copy a project.
#[derive(Debug, clap::Args)]
pub struct Backup {
    /// The file to write.
    pub file: PathBuf,
}

/// Agreement between raters.
#[derive(Debug, clap::Args)]
pub struct Agreement {
    /// A table with the columns item, rater, dimension (may be left out) and value [default: the project].
    pub file: Option<PathBuf>,
    /// One dimension only.
    #[arg(long, value_name = "D")]
    pub dimension: Option<String>,
    /// The scale of a table: a range like 1-5, or values like 0,2,5,8,10 [default: 1-5 where all values
    /// are on it, else the values that occur].
    #[arg(long, value_name = "SCALE")]
    pub scale: Option<String>,
    /// Bootstrap intervals with N replicates instead of analytic ones.
    #[arg(long, value_name = "N")]
    pub bootstrap: Option<u32>,
    /// Also say how many raters and items an interval of this width needs.
    #[arg(long, value_name = "W")]
    pub width: Option<f64>,
}

/// By what figures are broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By dimension of the rubric.
    Dimension,
    /// By rater.
    Rater,
    /// By model.
    Model,
    /// By task type.
    Task,
    /// By locale.
    Locale,
    /// By dataset component.
    Component,
}

/// Progress and quality.
#[derive(Debug, clap::Args)]
pub struct Stats {
    /// By what.
    #[arg(long, value_enum, default_value = "dimension")]
    pub by: By,
}

/// Write a dataset folder.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// The target; `assay export --list` names them all.
    #[arg(long, value_name = "T", required_unless_present = "list")]
    pub target: Option<String>,
    /// The folder to write.
    #[arg(long, value_name = "DIR", required_unless_present_any = ["dry_run", "list"])]
    pub out: Option<PathBuf>,
    /// List the targets.
    #[arg(long)]
    pub list: bool,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// File format, where the target has several: jsonl or csv.
    #[arg(long, value_name = "F")]
    pub file_format: Option<String>,
    /// No pairs from corrections.
    #[arg(long)]
    pub no_corrections: bool,
    /// No pairs from preferences.
    #[arg(long)]
    pub no_preferences: bool,
    /// Pairs from responses whose weighted quality differs by at least this much.
    #[arg(long, value_name = "X")]
    pub grade_gap: Option<f64>,
    /// The weighted quality from which an answer is good (SFT, KTO).
    #[arg(long, value_name = "X")]
    pub min_quality: Option<f64>,
    /// Only work with this verdict; may be given several times.
    #[arg(long, value_name = "V")]
    pub verdict: Vec<String>,
    /// Only samples of this component; naming golden or red_flag is what lets them in.
    #[arg(long, value_name = "C")]
    pub component: Vec<String>,
    /// Only samples of this task type; may be given several times.
    #[arg(long, value_name = "T")]
    pub task_type: Vec<String>,
    /// Only samples of this locale; may be given several times.
    #[arg(long, value_name = "L")]
    pub locale: Vec<String>,
    /// Only the work of this rater; may be given several times.
    #[arg(long, value_name = "R")]
    pub rater: Vec<String>,
    /// Only samples with at least that many raters.
    #[arg(long, value_name = "N")]
    pub min_raters: Option<u32>,
    /// Shares of train, validation and test, like 0.8,0.1,0.1 [default: all into train].
    #[arg(long, value_name = "A,B,C", value_parser = shares)]
    pub split: Option<[f64; 3]>,
    /// Write raters' names instead of pseudonyms.
    #[arg(long)]
    pub name_raters: bool,
}

/// Look for faults in a training dataset.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// A dataset folder or a JSONL file.
    pub path: PathBuf,
}

/// The visible diff of two texts.
#[derive(Debug, clap::Args)]
pub struct Diff {
    /// The file before.
    pub old: PathBuf,
    /// The file after.
    pub new: PathBuf,
    /// By words (the default).
    #[arg(long, conflicts_with_all = ["chars", "lines"])]
    pub words: bool,
    /// By characters.
    #[arg(long, conflicts_with = "lines")]
    pub chars: bool,
    /// By lines.
    #[arg(long)]
    pub lines: bool,
}

/// Serve the window's surface.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
}

/// Walk through the demo.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Keep what it makes in this folder [default: a temporary one, removed at the end].
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Run the team server.
#[derive(Debug, clap::Args)]
pub struct Hub {
    /// The folder for its SQLite database, made for you alone where it is missing.
    #[arg(long, value_name = "DIR", required_unless_present = "database_url")]
    pub data: Option<PathBuf>,
    /// Keep the facts in this PostgreSQL database instead; several hubs may share one. Better given in
    /// $ASSAY_DATABASE_URL, for other people of this machine can read command lines.
    #[arg(long, value_name = "URL", env = "ASSAY_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7717")]
    pub listen: std::net::SocketAddr,
    /// The certificate, with its chain, as a PEM file; read again when it is replaced.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, as a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Listen without encryption beyond this machine, because a proxy in front encrypts.
    #[arg(long, conflicts_with = "tls_cert")]
    pub insecure_http: bool,
    /// A proxy, or network of proxies, whose X-Forwarded-For is believed; may be given several times.
    #[arg(long, value_name = "NETWORK", value_parser = network)]
    pub trusted_proxy: Vec<ipnet::IpNet>,
    /// How many invites that do not work one address may try before it has to wait six seconds for each.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub failed_joins: u32,
    /// How much is logged: error, warn, info, debug.
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "ASSAY_LOG")]
    pub log: tracing::level_filters::LevelFilter,
    /// How the log is written.
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Print one more owner's invite and end: for when the first was lost. A hub may run meanwhile.
    #[arg(long)]
    pub new_owner_invite: bool,
}

/// A network, or one address.
fn network(text: &str) -> Result<ipnet::IpNet, String> {
    let one = |address: std::net::IpAddr| address.into();
    text.parse()
        .or_else(|_| text.parse().map(one))
        .map_err(|_| "write it as 10.0.0.0/8 or 10.0.0.1".to_owned())
}

/// Publish a project.
#[derive(Debug, clap::Args)]
pub struct Publish {
    /// The hub's address, or the link of an invite to it.
    #[arg(long, value_name = "URL")]
    pub hub: String,
    /// The owner's invite that the hub printed when it first started [default: this laptop knows the hub].
    #[arg(long, value_name = "CODE", env = "ASSAY_INVITE", hide_env_values = true)]
    pub invite: Option<String>,
    /// Accept a hub without encryption beyond this machine.
    #[arg(long)]
    pub insecure: bool,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum RoleArg {
    /// Everything, handing the project over included.
    Owner,
    /// Plans, watches agreement, resolves, exports.
    Lead,
    /// Grades what is assigned to them.
    Annotator,
    /// Reads and exports; labels nothing.
    Observer,
}

/// Invite somebody.
#[derive(Debug, clap::Args)]
pub struct Invite {
    /// For whom.
    #[arg(required_unless_present = "member")]
    pub name: Option<String>,
    /// What they may do.
    #[arg(long, value_enum, default_value = "annotator")]
    pub role: RoleArg,
    /// How many hours it can be used [default: a week].
    #[arg(long, value_name = "N")]
    pub hours: Option<u32>,
    /// For another device of yours: name and role do not count.
    #[arg(long)]
    pub device: bool,
    /// For a device of this member, who has none left that opens the hub: it goes on with their work.
    #[arg(long = "for", value_name = "MEMBER", conflicts_with_all = ["name", "device"])]
    pub member: Option<String>,
}

/// Use an invite.
#[derive(Debug, clap::Args)]
pub struct Join {
    /// The hub's address, or the whole link of the invite.
    pub url: String,
    /// The code, where it is not in the link.
    pub code: Option<String>,
    /// The name others see [default: the invite's].
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// Accept a hub without encryption beyond this machine.
    #[arg(long)]
    pub insecure: bool,
}

/// By what samples are spread alike.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StratumArg {
    /// Task type.
    Task,
    /// Language.
    Locale,
    /// Models of the responses.
    Model,
    /// Dataset component.
    Component,
}

/// Assign samples.
#[derive(Debug, clap::Args)]
pub struct Assign {
    /// The people of the plan, by name, with commas. Whoever is not named loses what they have not touched.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', required = true)]
    pub to: Vec<String>,
    /// How many people annotate each sample.
    #[arg(long, value_name = "K", default_value_t = 1)]
    pub overlap: u32,
    /// Spread these alike over people; may be several, with commas.
    #[arg(long, value_name = "FIELD", value_enum, value_delimiter = ',')]
    pub strata: Vec<StratumArg>,
    /// Which part of everybody's assignments is to be golden samples, 0 to 1.
    #[arg(long, value_name = "X")]
    pub golden_share: Option<f64>,
    /// The most samples to assign now.
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// By which day they should be done (2026-12-31).
    #[arg(long, value_name = "DATE")]
    pub due: Option<String>,
    /// After how many days what nobody touched goes back to the pool.
    #[arg(long, value_name = "DAYS")]
    pub expires: Option<f64>,
    /// Only samples of this component; all others stay as they are.
    #[arg(long, value_name = "COMPONENT")]
    pub component: Option<String>,
    /// Only samples of this task type.
    #[arg(long, value_name = "TYPE")]
    pub task_type: Option<String>,
    /// Only samples of this locale.
    #[arg(long, value_name = "LOCALE")]
    pub locale: Option<String>,
    /// Show the plan and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Three numbers with commas.
fn shares(text: &str) -> Result<[f64; 3], String> {
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|share| share.trim().parse()).collect();
    let numbers = numbers.ok().and_then(|numbers| <[f64; 3]>::try_from(numbers).ok());
    numbers.ok_or_else(|| "three numbers with commas are wanted, like 0.8,0.1,0.1".to_owned())
}
