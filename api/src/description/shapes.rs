//! What fits into a field or a parameter: words, numbers, addresses. Said of requests alone, so that whoever reads the
//! description sends what is taken.

use domain::{
    DeclineReason, ErasureBasis, ImportMode, InstallationRole, Plan, Source, StaffRole, Status,
    membership::Admission,
};
use projections::{members::Sort, spans::Change};
use serde::{Deserializer, de::DeserializeOwned, forward_to_deserialize_any};
use utoipa::openapi::{
    Object, OpenApi, RefOr, Schema, SchemaFormat, Type,
    path::{Operation, ParameterIn},
    schema::SchemaType,
};

use crate::{licenses::MOST_SEATS, whole::MOST};

/// Of the fields of bodies: the body's name, the field's, what fits.
fn fields() -> Vec<(&'static str, &'static str, Fits)> {
    let seats = || Fits::Number(1, MOST_SEATS);
    let text = |most| Fits::Text(1, most);
    vec![
        ("Create", "name", text(200)),
        ("Create", "seats", seats()),
        ("Create", "admin", Fits::Email),
        ("Create", "plan", words::<Plan>()),
        ("Rename", "name", text(200)),
        ("ChangeSeats", "limit", seats()),
        ("ChangePlan", "plan", words::<Plan>()),
        ("NewKey", "limit", seats()),
        ("NextKey", "limit", seats()),
        ("Person", "email", Fits::Email),
        ("DomainOfAdmin", "email", Fits::Email),
        ("DomainProofOf", "email", Fits::Email),
        ("StaffOf", "email", Fits::Email),
        ("StaffOf", "role", words::<StaffRole>()),
        ("RoleOf", "email", Fits::Email),
        ("RoleOf", "role", words::<InstallationRole>()),
        ("Erase", "email", Fits::Email),
        ("Erase", "basis", words::<ErasureBasis>()),
        ("Decline", "reason", words::<DeclineReason>()),
        ("Whom", "email", Fits::Email),
        ("Wanted", "name", text(100)),
        ("Wanted", "days", Fits::Number(1, 366)),
        ("Wanted", "scopes", Fits::Some),
    ]
}

/// Of parameters: the operation's name, or none where it is the same of all; the parameter's; what fits.
fn parameters() -> Vec<(Option<&'static str>, &'static str, Fits)> {
    vec![
        (None, "limit", Fits::Number(1, MOST)),
        (None, "min_position", Fits::Number(0, MOST)),
        (Some("list_refused_rows"), "after", Fits::Number(0, MOST)),
        (Some("list_users"), "status", words::<Status>()),
        (Some("list_users"), "admission", words::<Admission>()),
        (Some("list_users"), "sort", words::<Sort>()),
        (Some("list_users"), "added_by", Fits::Email),
        (Some("list_user_changes"), "change", words::<Change>()),
        (Some("list_licenses"), "admin", Fits::Email),
        (Some("list_audit"), "member", Fits::Email),
        (Some("list_installation_audit"), "member", Fits::Email),
        (Some("list_audit"), "source", words::<Source>()),
        (Some("list_installation_audit"), "source", words::<Source>()),
        (Some("export_audit"), "member", Fits::Email),
        (Some("export_installation_audit"), "member", Fits::Email),
        (Some("export_audit"), "source", words::<Source>()),
        (Some("export_installation_audit"), "source", words::<Source>()),
        (Some("export_audit"), "after", Fits::Number(0, MOST)),
        (Some("export_installation_audit"), "after", Fits::Number(0, MOST)),
        (Some("follow_audit"), "member", Fits::Email),
        (Some("follow_installation_audit"), "member", Fits::Email),
        (Some("follow_audit"), "source", words::<Source>()),
        (Some("follow_installation_audit"), "source", words::<Source>()),
        (Some("follow_audit"), "after", Fits::Number(0, MOST)),
        (Some("follow_installation_audit"), "after", Fits::Number(0, MOST)),
        (Some("why"), "email", Fits::Email),
        (Some("begin_import"), "mode", words::<ImportMode>()),
        (Some("rebuild_projection"), "name", models()),
        (Some("verify_projection"), "name", models()),
    ]
}

fn models() -> Fits {
    Fits::Words(projections::MODELS.iter().map(|model| model.name()).collect())
}

/// What fits.
enum Fits {
    /// A mail address.
    Email,
    /// One of these.
    Words(Vec<&'static str>),
    /// A number from one to the other.
    Number(u64, u64),
    /// So many characters.
    Text(usize, usize),
    /// A list that is not empty.
    Some,
}

/// The words that a type is read from: those that its own reader knows.
fn words<T: DeserializeOwned>() -> Fits {
    let known = match T::deserialize(Asked) {
        Err(Known(words)) => words.to_vec(),
        Ok(_) => Vec::new(),
    };
    Fits::Words(known)
}

/// Puts all of it in.
pub(super) fn complete(api: &mut OpenApi) {
    for (body, field, fits) in fields() {
        let schemas = api.components.as_mut().map(|components| &mut components.schemas);
        if let Some(RefOr::T(Schema::Object(body))) = schemas.and_then(|schemas| schemas.get_mut(body))
            && let Some(field) = body.properties.get_mut(field)
        {
            fits.say(field);
        }
    }
    for item in api.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.put].into_iter().flatten() {
            say_of_parameters(operation);
        }
    }
}

fn say_of_parameters(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        for (of, name, fits) in parameters() {
            let meant = parameter.name == name && parameter.parameter_in != ParameterIn::Header;
            let here = of.is_none_or(|of| operation.operation_id.as_deref() == Some(of));
            if let Some(schema) = parameter.schema.as_mut().filter(|_| meant && here) {
                fits.say(schema);
            }
        }
    }
}

impl Fits {
    fn say(&self, schema: &mut RefOr<Schema>) {
        if let (Self::Some, RefOr::T(Schema::Array(list))) = (self, &mut *schema) {
            list.min_items = Some(1);
        }
        let RefOr::T(Schema::Object(object)) = schema else { return };
        let number = |number: u64| usize::try_from(number).ok().map(Into::into);
        match self {
            Self::Email => object.format = Some(SchemaFormat::Custom("email".to_owned())),
            Self::Words(words) => say_words(object, words),
            Self::Number(least, most) => {
                object.minimum = number(*least);
                object.maximum = number(*most);
            }
            Self::Text(least, most) => {
                object.min_length = Some(*least);
                object.max_length = Some(*most);
            }
            Self::Some => {}
        }
    }
}

/// Where there may be nothing, that is one of them.
fn say_words(object: &mut Object, words: &[&str]) {
    let mut all: Vec<serde_json::Value> = words.iter().map(|word| (*word).into()).collect();
    if matches!(&object.schema_type, SchemaType::Array(types) if types.contains(&Type::Null)) {
        all.push(serde_json::Value::Null);
    }
    object.enum_values = Some(all);
}

/// Asks a type which words it knows.
struct Asked;

/// They are told as an error, before anything is read.
#[derive(Debug)]
struct Known(&'static [&'static str]);

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for Known {}

impl serde::de::Error for Known {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self(&[])
    }
}

impl<'de> Deserializer<'de> for Asked {
    type Error = Known;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Known> {
        Err(Known(&[]))
    }

    fn deserialize_enum<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Known> {
        Err(Known(words))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> serde_json::Value {
        serde_json::to_value(crate::app::openapi()).expect("the description")
    }

    #[test]
    fn every_line_of_the_tables_says_something() {
        let described = described();
        for (body, field, fits) in fields() {
            let said = &described["components"]["schemas"][body]["properties"][field];
            assert!(is_said(&fits, said), "{body}.{field}: {said}");
        }
        let operations = described["paths"].as_object().expect("paths").values();
        let operations: Vec<_> =
            operations.flat_map(|item| item.as_object().expect("operations").values()).collect();
        for (of, name, fits) in parameters() {
            let here = operations.iter().filter(|it| of.is_none_or(|of| it["operationId"] == of));
            let found = here.flat_map(|it| it["parameters"].as_array().into_iter().flatten());
            let found: Vec<_> = found.filter(|it| it["name"] == name && it["in"] != "header").collect();
            assert!(!found.is_empty(), "{of:?} has no {name}");
            for parameter in found {
                assert!(is_said(&fits, &parameter["schema"]), "{of:?} {name}: {parameter}");
            }
        }
    }

    fn is_said(fits: &Fits, said: &serde_json::Value) -> bool {
        match fits {
            Fits::Email => said["format"] == "email",
            Fits::Words(words) => !words.is_empty() && said["enum"][0] == words[0],
            Fits::Number(least, most) => said["minimum"] == *least && said["maximum"] == *most,
            Fits::Text(least, most) => said["minLength"] == *least && said["maxLength"] == *most,
            Fits::Some => said["minItems"] == 1,
        }
    }
}
