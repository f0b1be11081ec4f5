//! The files beside the data: a Hugging Face dataset card, whose `configs:` make
//! `datasets.load_dataset(folder)` work at once, and the configuration that each trainer wants.

use std::fmt::Write;

use serde_json::{Value, json};

use super::About;
use super::exporter::Report;
use super::folder::WrittenFile;
use super::options::{ExportOptions, Split};
use super::target::{Rows, Target};

/// Name and text of each file.
pub(crate) fn files(options: &ExportOptions, about: &About, report: &Report) -> Vec<(String, String)> {
    let mut files = vec![("README.md".to_owned(), card(options, about, report))];
    if let Some(info) = llama_factory(options.target, report) {
        files.push(("dataset_info.json".to_owned(), info));
    }
    if options.target == Target::AxolotlDpo {
        files.push(("axolotl.yml".to_owned(), axolotl(report)));
    }
    files
}

/// The data files with their splits.
fn data(report: &Report) -> impl Iterator<Item = (&'static str, &WrittenFile)> {
    report.files.iter().filter_map(|file| {
        let name = file.path.strip_prefix("data/")?;
        let split =
            Split::ALL.into_iter().find(|split| name.starts_with(split.name())).unwrap_or(Split::Train);
        Some((split.name(), file))
    })
}

fn card(options: &ExportOptions, about: &About, report: &Report) -> String {
    let target = options.target.info();
    let mut text = String::from("---\n");
    // A JSON string is a YAML string.
    let _ = writeln!(text, "pretty_name: {}", json!(about.title));
    text.push_str("tags:\n- assay\n- human-feedback\nconfigs:\n- config_name: default\n  data_files:\n");
    for (split, file) in in_order(report) {
        let _ = writeln!(text, "  - split: {split}\n    path: {}", file.path);
    }
    let title = if about.title.trim().is_empty() { "Dataset" } else { about.title.trim() };
    let _ = writeln!(text, "---\n\n# {}\n", title.replace(['\n', '\r'], " "));
    let _ = writeln!(text, "{}. Exported by Assay as `{}`.\n", target.description, target.name);
    text.push_str("| split | rows |\n| --- | ---: |\n");
    for (split, rows) in
        Split::ALL.iter().filter_map(|split| Some((split.name(), report.splits.get(split.name())?)))
    {
        let _ = writeln!(text, "| {split} | {rows} |");
    }
    facts(&mut text, options, about, report);
    let _ = writeln!(text, "\n## Load it\n\n{}", snippet(options.target, report));
    text.push_str(
        "\n## Files\n\n- `manifest.json`: target, options, rubric, agreement, counts, and the SHA-256 of each file.\n\
         - `provenance.jsonl`: for each row the sample, responses, annotations, raters and rubric it comes from.\n",
    );
    text
}

fn in_order(report: &Report) -> Vec<(&'static str, &WrittenFile)> {
    let mut files: Vec<_> = data(report).collect();
    files.sort_by_key(|(split, _)| Split::ALL.iter().position(|one| one.name() == *split));
    files
}

fn facts(text: &mut String, options: &ExportOptions, about: &About, report: &Report) {
    if let Some((version, rubric)) = about.rubrics.iter().next_back() {
        let name = rubric.name.replace(['\n', '\r'], " ");
        let _ = writeln!(text, "\nGraded under “{name}”, version {version}.");
    }
    if let Some(agreement) = about.agreement.as_ref().and_then(agreement) {
        let _ = writeln!(text, "\n{agreement}");
    }
    if options.target.rows() != Rows::Labels && options.include_held_out.is_empty() {
        text.push_str("\nGolden and red-flag samples, and what is nearly them, are not in it.\n");
    } else if !options.include_held_out.is_empty() {
        let names: Vec<&str> = options.include_held_out.iter().map(|component| component.name()).collect();
        let _ = writeln!(
            text,
            "\n**Includes, as asked for by name: {}.** Do not measure with these.",
            names.join(", ")
        );
    }
    if options.target.is_standard() {
        text.push_str(
            "\nConversations of more than one message are written as a transcript (`User: …`) that ends with \
             `Assistant:`; completions begin with a space, since trainers join the texts without one.\n",
        );
    }
    if !report.dropped.is_empty() {
        text.push_str("\n## Left out\n\n| count | of | why |\n| ---: | --- | --- |\n");
        for dropped in &report.dropped {
            let of = serde_json::to_value(dropped.of).ok();
            let of = of.as_ref().and_then(Value::as_str).unwrap_or("");
            let _ = writeln!(text, "| {} | {of} | {} |", dropped.count, dropped.sentence);
        }
    }
}

/// Krippendorff's alpha of each dimension, from `assay.agreement/1`.
fn agreement(value: &Value) -> Option<String> {
    let mut parts = Vec::new();
    for dimension in value.get("dimensions")?.as_array()? {
        let name = dimension.get("dimension")?.as_str()?;
        let coefficients = dimension.get("coefficients")?.as_array()?;
        let alpha = coefficients.iter().find(|one| {
            one.get("coefficient").and_then(Value::as_str) == Some("krippendorff_alpha")
                && one.get("weights").and_then(Value::as_str) == Some("ordinal")
        });
        if let Some(value) = alpha.and_then(|one| one.get("value")).and_then(Value::as_f64) {
            parts.push(format!("{name} {value:.2}"));
        }
    }
    (!parts.is_empty()).then(|| format!("Agreement (Krippendorff’s α, ordinal): {}.", parts.join(", ")))
}

/// How to load the dataset, in the words of the tool.
fn snippet(target: Target, report: &Report) -> String {
    let trl = |trainer: &str| {
        format!(
            "```python\nfrom datasets import load_dataset\nfrom trl import {trainer}Config, {trainer}Trainer\n\n\
             dataset = load_dataset(\"PATH/TO/THIS/FOLDER\")\n\
             trainer = {trainer}Trainer(\n    model=\"YOUR/MODEL\",\n    args={trainer}Config(output_dir=\"out\"),\n    \
             train_dataset=dataset[\"train\"],\n)\ntrainer.train()\n```"
        )
    };
    let file =
        in_order(report).first().map_or_else(|| "data/train.jsonl".to_owned(), |(_, file)| file.path.clone());
    match target {
        Target::LabelsLong => format!(
            "```sh\nassay agreement {file}\n```\n\n```python\nfrom datasets import load_dataset\n\n\
             labels = load_dataset(\"PATH/TO/THIS/FOLDER\")[\"train\"].to_pandas()\n```"
        ),
        Target::LabelsWide => "```python\nfrom datasets import load_dataset\n\n\
             labels = load_dataset(\"PATH/TO/THIS/FOLDER\")[\"train\"].to_pandas()\n```"
            .to_owned(),
        Target::TrlDpo | Target::TrlDpoStandard => trl("DPO"),
        Target::TrlKto | Target::TrlKtoStandard => trl("KTO"),
        Target::TrlSft | Target::TrlSftPromptCompletion => trl("SFT"),
        Target::TrlReward => trl("Reward"),
        Target::OpenaiSft => openai(&file, "supervised", "supervised"),
        Target::OpenaiPreference => openai(&file, "dpo", "dpo"),
        Target::LlamaFactoryDpo => "`dataset_info.json` lies in this folder:\n\n\
             ```yaml\nstage: dpo\ndataset_dir: PATH/TO/THIS/FOLDER\ndataset: assay_dpo\n```"
            .to_owned(),
        Target::LlamaFactoryKto => "`dataset_info.json` lies in this folder:\n\n\
             ```yaml\nstage: kto\ndataset_dir: PATH/TO/THIS/FOLDER\ndataset: assay_kto\n```"
            .to_owned(),
        Target::AxolotlDpo => {
            format!("Add to your configuration (also in `axolotl.yml`):\n\n```yaml\n{}```", axolotl(report))
        }
    }
}

fn openai(file: &str, kind: &str, key: &str) -> String {
    format!(
        "```python\nfrom openai import OpenAI\n\nclient = OpenAI()\n\
         file = client.files.create(file=open(\"{file}\", \"rb\"), purpose=\"fine-tune\")\n\
         client.fine_tuning.jobs.create(\n    training_file=file.id,\n    model=\"YOUR-MODEL\",\n    \
         method={{\"type\": \"{kind}\", \"{key}\": {{}}}},\n)\n```"
    )
}

/// LLaMA-Factory's `dataset_info.json` (its `data/README.md`).
fn llama_factory(target: Target, report: &Report) -> Option<String> {
    let stem = match target {
        Target::LlamaFactoryDpo => "assay_dpo",
        Target::LlamaFactoryKto => "assay_kto",
        _ => return None,
    };
    let mut info = serde_json::Map::new();
    for (split, file) in in_order(report) {
        let name = if split == "train" { stem.to_owned() } else { format!("{stem}_{split}") };
        let entry = if target == Target::LlamaFactoryDpo {
            json!({
                "file_name": file.path,
                "ranking": true,
                "formatting": "sharegpt",
                "columns": { "messages": "conversations", "chosen": "chosen", "rejected": "rejected" },
            })
        } else {
            json!({
                "file_name": file.path,
                "formatting": "sharegpt",
                "columns": { "messages": "messages", "kto_tag": "label" },
                "tags": {
                    "role_tag": "role", "content_tag": "content",
                    "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system",
                },
            })
        };
        info.insert(name, entry);
    }
    let mut text = serde_json::to_string_pretty(&info).ok()?;
    text.push('\n');
    Some(text)
}

/// Axolotl's configuration (its `docs/rlhf.qmd`).
fn axolotl(report: &Report) -> String {
    let mut text = String::from("rl: dpo\ndatasets:\n");
    for (split, file) in in_order(report) {
        let under = if split == "train" { "" } else { "# " };
        for line in [
            format!("- path: PATH/TO/THIS/FOLDER/{}", file.path),
            "  ds_type: json".to_owned(),
            "  split: train".to_owned(),
            "  type: chat_template.default".to_owned(),
            "  field_messages: messages".to_owned(),
            "  field_chosen: chosen".to_owned(),
            "  field_rejected: rejected".to_owned(),
            "  message_property_mappings: {role: role, content: content}".to_owned(),
            "  roles: {system: [system], user: [user], assistant: [assistant]}".to_owned(),
        ] {
            let _ = writeln!(text, "{under}{line}");
        }
    }
    text
}
