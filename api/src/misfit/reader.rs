//! Goes through given data as a type asks for it, and knows the place that it is at.

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{StrDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{Given, Misfit, OBJECT, in_words, one_of};

/// A piece of the data, and where it stands: `domains[0]`.
pub(super) struct At<'a> {
    given: &'a Given,
    place: String,
}

impl<'a> At<'a> {
    pub(super) fn root(given: &'a Given) -> Self {
        Self { given, place: String::new() }
    }

    fn below(&self, given: &'a Given, name: &str) -> Self {
        let dot = if self.place.is_empty() || name.starts_with('[') { "" } else { "." };
        Self { given, place: format!("{}{dot}{name}", self.place) }
    }

    /// Shows the piece to whoever asks for it. A no of theirs becomes one that says what they wanted.
    fn show<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let wanted = (&visitor as &dyn Expected).to_string();
        let Self { given, place } = &self;
        let shown = match given {
            Given::Nothing => visitor.visit_unit(),
            Given::Flag(flag) => visitor.visit_bool(*flag),
            Given::Whole(number) => visitor.visit_u64(*number),
            Given::Number(number) => visitor.visit_f64(*number),
            Given::Text(text) | Given::Typed(text) => visitor.visit_str(text),
            Given::List(items) => visitor.visit_seq(Walk { at: &self, items: items.iter().enumerate() }),
            Given::Fields(fields) => {
                visitor.visit_map(Fields { at: &self, rest: fields.iter(), value: None })
            }
        };
        shown.map_err(|no| if no.placed { no } else { Misfit::wanted(given, in_words(&wanted)).at(place) })
    }

    /// Shows a typed text as what it stands for, if it stands for that.
    fn show_typed<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        stands_for: impl Fn(&str) -> Option<Given>,
    ) -> Result<V::Value, Misfit> {
        let Self { given: Given::Typed(text), place } = &self else { return self.show(visitor) };
        match stands_for(text) {
            Some(meant) => At { given: &meant, place: place.clone() }.show(visitor),
            None => self.show(visitor),
        }
    }
}

impl<'de> Deserializer<'de> for At<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.show(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.show_typed(visitor, |text| text.parse().ok().map(Given::Whole))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.show_typed(visitor, |text| text.parse().ok().map(Given::Flag))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if matches!(self.given, Given::Nothing) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.given {
            // Types take a list of their fields' values as well; people give names.
            Given::List(_) => Err(Misfit::wanted(self.given, OBJECT).at(&self.place)),
            _ => self.show(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.given {
            Given::Text(text) | Given::Typed(text) if known.contains(&text.as_str()) => {
                let word: StrDeserializer<'_, Misfit> = text.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            other => {
                let what = format!("{} is none of the words that are known here", other.shown());
                Err(Misfit::new(what, one_of(known)).at(&self.place))
            }
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

/// The items of a list.
struct Walk<'a, I> {
    at: &'a At<'a>,
    items: I,
}

impl<'de, 'a, I: Iterator<Item = (usize, &'a Given)>> SeqAccess<'de> for Walk<'a, I> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some((n, item)) = self.items.next() else { return Ok(None) };
        let item = self.at.below(item, &format!("[{n}]"));
        let place = item.place.clone();
        seed.deserialize(item).map(Some).map_err(|no| no.at(&place))
    }
}

/// The fields of an object.
struct Fields<'a, I> {
    at: &'a At<'a>,
    rest: I,
    value: Option<(&'a str, &'a Given)>,
}

impl<'de, 'a, I: Iterator<Item = &'a (String, Given)>> MapAccess<'de> for Fields<'a, I> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some((name, value));
        let name: StringDeserializer<Misfit> = name.clone().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let (name, value) = self.value.take().unwrap_or(("", &Given::Nothing));
        let value = self.at.below(value, name);
        let place = value.place.clone();
        seed.deserialize(value).map_err(|no| no.at(&place))
    }
}
