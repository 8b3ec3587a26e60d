//! One stored example of every event and version that was ever written: each can be read for ever.

use std::{collections::BTreeSet, fs, path::Path};

use domain::{Event, Metadata, canonical, catalogue};
use serde_json::{Map, Value};

/// Examples are added, never changed and never removed: logs with such events exist.
const EXAMPLES: [&str; 49] = [
    "AdmissionRefused.v1.json",
    "AdmissionRefused.v1.later.json",
    "DomainAdminGranted.v1.json",
    "DomainAdminGranted.v1.proved.json",
    "DomainAdminRevoked.v1.json",
    "ImportCancelled.v1.json",
    "ImportChunkApplied.v1.json",
    "ImportCompleted.v1.json",
    "ImportFailed.v1.json",
    "ImportStarted.v1.json",
    "ImportStarted.v1.undo.json",
    "InstallationRoleGranted.v1.json",
    "InstallationRoleRevoked.v1.json",
    "InviteAccepted.v1.json",
    "InviteDeclined.v1.json",
    "InviteNotificationClosed.v1.json",
    "InviteNotificationReopened.v1.json",
    "InviteWithdrawn.v1.json",
    "JoinedWithLicenseKey.v1.json",
    "JoinedWithLicenseKey.v1.later.json",
    "LicenseAdminGranted.v1.json",
    "LicenseAdminRevoked.v1.json",
    "LicenseCreated.v1.json",
    "LicenseCreated.v1.no_end.json",
    "LicenseKeyEndChanged.v1.json",
    "LicenseKeyEndChanged.v1.no_end.json",
    "LicenseKeyIssued.v1.json",
    "LicenseKeyIssued.v1.no_limit.json",
    "LicenseKeyRevoked.v1.json",
    "LicenseKeyShown.v1.json",
    "LicensePlanChanged.v1.json",
    "LicenseRenamed.v1.json",
    "LicenseStaffGranted.v1.json",
    "LicenseStaffRevoked.v1.json",
    "LicenseTermChanged.v1.json",
    "LicenseTermChanged.v1.no_end.json",
    "PeopleRead.v1.json",
    "PeopleRead.v1.person.json",
    "PeopleReadAgain.v1.json",
    "PeopleReadAgain.v1.person.json",
    "SeatLimitChanged.v1.json",
    "SubjectErased.v1.json",
    "UserAdded.v1.json",
    "UserAdded.v1.later.json",
    "UserErased.v1.json",
    "UserInvited.v1.json",
    "UserInvited.v1.later.json",
    "UserLeft.v1.json",
    "UserRemoved.v1.json",
];

const METADATA: [&str; 3] = ["import_row.v1.json", "import_row.v1.later.json", "person.v1.json"];

/// A stored payload, and what its file's name says about it.
struct Example {
    file: &'static str,
    name: &'static str,
    version: &'static str,
    stored: String,
}

impl Example {
    fn description(&self) -> &'static catalogue::EventDescription {
        let found = catalogue::all().find(|described| described.name == self.name);
        found.unwrap_or_else(|| panic!("{} is an event that the catalogue does not know", self.file))
    }

    fn decode(&self) -> Event {
        let stream = self.description().stream;
        Event::decode(stream, self.name, self.version, &self.stored)
            .unwrap_or_else(|error| panic!("{} can't be read any more: {error}", self.file))
    }

    fn fields(&self) -> Map<String, Value> {
        let mut payload: Value = serde_json::from_str(&self.stored).expect("JSON");
        match payload.get_mut(self.name).map(Value::take) {
            Some(Value::Object(fields)) => fields,
            other => panic!("{} holds {other:?}", self.file),
        }
    }
}

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn files_in(name: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder(name)).expect("the folder of examples");
    entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}

/// As it stands in the log: the file without its line's end.
fn stored(in_folder: &str, file: &str) -> String {
    let text = fs::read_to_string(folder(in_folder).join(file)).expect("the example");
    text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
}

fn examples() -> impl Iterator<Item = Example> {
    EXAMPLES.into_iter().map(|file| {
        let mut parts = file.split('.');
        let (name, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let version = version.strip_prefix('v').expect("Name.v1.json or Name.v1.variant.json");
        Example { file, name, version, stored: stored("stored_events", file) }
    })
}

#[test]
fn no_example_was_removed_and_every_one_is_on_the_list() {
    let listed = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(files_in("stored_events"), listed(&EXAMPLES));
    assert_eq!(files_in("stored_metadata"), listed(&METADATA));
}

#[test]
fn every_event_of_the_catalogue_has_an_example_and_every_example_an_event() {
    let described: BTreeSet<&str> = catalogue::all().map(|event| event.name).collect();
    let shown: BTreeSet<&str> = examples().map(|example| example.name).collect();
    assert_eq!(described, shown);
}

#[test]
fn every_example_is_read_and_written_again_byte_by_byte() {
    for example in examples() {
        let event = example.decode();
        assert_eq!(event.payload(), example.stored, "{}", example.file);
        assert_eq!(event.description().name, example.name, "{}", example.file);
        assert_eq!(event.stream_type(), example.description().stream, "{}", example.file);
    }
}

#[test]
fn every_example_is_canonical_json() {
    for example in examples() {
        let value: Value = serde_json::from_str(&example.stored).unwrap();
        let canonical = serde_json_canonicalizer::to_string(&value).unwrap();
        assert_eq!(canonical, example.stored, "{}", example.file);
    }
}

#[test]
fn every_example_has_the_fields_of_the_catalogue_in_their_order() {
    for example in examples() {
        let fields = example.fields();
        let described = example.description().fields.iter();
        let expected: Vec<&str> = described
            .filter(|field| fields.contains_key(field.name) || !field.kind.ends_with(", optional"))
            .map(|field| field.name)
            .collect();
        assert_eq!(fields.keys().collect::<Vec<_>>(), expected, "{}", example.file);
    }
}

#[test]
fn every_optional_field_is_there_in_one_example_and_absent_in_another() {
    for event in catalogue::all() {
        for field in event.fields.iter().filter(|field| field.kind.ends_with(", optional")) {
            let of_event = || examples().filter(|example| example.name == event.name);
            assert!(of_event().any(|example| example.fields().contains_key(field.name)), "{}", event.name);
            assert!(of_event().any(|example| !example.fields().contains_key(field.name)), "{}", event.name);
        }
    }
}

#[test]
fn no_example_holds_personal_data() {
    let never = [
        "address",
        "birthday",
        "comment",
        "email",
        "e_mail",
        "first_name",
        "ip",
        "ip_address",
        "last_name",
        "mail",
        "note",
        "person",
        "phone",
        "salt",
        "text",
        "user",
        "user_agent",
        "username",
    ];
    let texts = METADATA.map(|file| (file, stored("stored_metadata", file)));
    let texts = texts.into_iter().chain(examples().map(|example| (example.file, example.stored)));
    for (file, text) in texts {
        assert!(!text.contains('@'), "{file} holds an address");
        for key in never {
            assert!(!text.contains(&format!("\"{key}\":")), "{file} holds the key {key}");
        }
    }
    // A license's name is the customer's; nothing else is called a name.
    let named: BTreeSet<_> = examples().filter(|e| e.fields().contains_key("name")).map(|e| e.name).collect();
    assert_eq!(named, BTreeSet::from(["LicenseCreated", "LicenseRenamed"]));
}

#[test]
fn stored_metadata_is_read_and_written_again_byte_by_byte() {
    for file in METADATA {
        let text = stored("stored_metadata", file);
        let metadata: Metadata = serde_json::from_str(&text).unwrap();
        assert_eq!(canonical::to_text(&metadata), text, "{file}");
        assert_eq!(metadata.row.is_some(), file.starts_with("import_row"), "{file}");
    }
}

/// So it can be read as the map of texts that `cqrs-es` asks for.
#[test]
fn metadata_holds_texts_only_under_the_names_of_the_catalogue() {
    let described: BTreeSet<&str> = catalogue::METADATA.iter().map(|field| field.name).collect();
    let optional = catalogue::METADATA.iter().filter(|field| field.kind.ends_with(", optional"));
    let optional: BTreeSet<&str> = optional.map(|field| field.name).collect();
    let mut met = BTreeSet::new();
    for file in METADATA {
        let text = stored("stored_metadata", file);
        let fields: std::collections::BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
        let here: BTreeSet<&str> =
            described.iter().copied().filter(|name| fields.contains_key(*name)).collect();
        assert_eq!(fields.len(), here.len(), "{file} has what is not described");
        assert!(here.is_superset(&described.difference(&optional).copied().collect()), "{file}");
        met.extend(here);
    }
    assert_eq!(met, described, "each is in some example");
}

#[test]
fn a_newer_version_another_stream_and_another_name_are_not_read_and_say_so() {
    let read = |stream, name, version, payload: &str| {
        Event::decode(stream, name, version, payload).map_err(|error| error.to_string())
    };
    let message = |answer: Result<Event, String>| answer.unwrap_err();

    let newer = message(read("membership", "UserLeft", "2", r#"{"UserLeft":{}}"#));
    assert_eq!(newer, "no version 2 of event UserLeft; a newer Seatbook may have written it");

    let stream = message(read("invoice", "UserLeft", "1", r#"{"UserLeft":{}}"#));
    assert_eq!(stream, "no stream type 'invoice'");

    let misnamed = message(read("membership", "UserLeft", "1", r#"{"UserRemoved":{}}"#));
    assert_eq!(misnamed, "the payload of a stored UserLeft can't be read: it holds UserRemoved");

    let unknown = message(read("membership", "UserSlept", "1", r#"{"UserSlept":{}}"#));
    assert!(
        unknown.starts_with("the payload of a stored UserSlept can't be read: unknown variant"),
        "{unknown}"
    );
}
