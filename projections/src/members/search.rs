//! The search index: in which rows any three letters stand.
//!
//! In SQLite, license by license: an FTS5 table without a text of its own. Its words are three letters that stand together,
//! with the license before them: a search in a small license has nothing to do with a big one. With which three an address
//! begins is a word of another kind, so that those who have a term further on can be asked for alone. Who is removed stays in
//! it, and so every row that it names is looked at; only its being there at all is trusted.
//!
//! In PostgreSQL, an index of `pg_trgm` over the addresses of all licenses. Where the server does not have that
//! extension, there is none, and lists are walked instead.

use std::fmt::Write;

use eventlog::Position;

use super::{
    row::MemberRow,
    term::{LETTERS, Term},
};
use crate::{
    sql::{Conn, Dialect, Inserts, Row, SqlError},
    values,
};

/// The table's name, without suffix.
pub const TABLE: &str = "members_search";

/// The statement that makes an index over the addresses, where the search index is one.
pub(super) fn index(engine: Dialect, suffix: &str, generation: u64) -> Option<String> {
    (engine == Dialect::Postgres { trigrams: true }).then(|| {
        format!(
            "CREATE INDEX {TABLE}_{generation} ON members{suffix} USING gin (normalised gin_trgm_ops)
             WHERE status <> 0"
        )
    })
}

/// Puts what a server has only taken down of new rows into the index, where it is ours: it merges it there when 4 MB are
/// together or when it vacuums, and each search goes through it until then.
pub(super) fn settle(conn: &Conn<'_>) -> Result<(), SqlError> {
    if conn.dialect() != (Dialect::Postgres { trigrams: true }) {
        return Ok(());
    }
    let indexes = "SELECT count(gin_clean_pending_list(index.oid))
         FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid JOIN pg_am ON pg_am.oid = index.relam
         WHERE indrelid = 'members'::regclass AND amname = 'gin' AND pg_has_role(index.relowner, 'USAGE')";
    conn.value::<u64>(indexes, &[])?;
    Ok(())
}

/// Makes the table, empty, where the search index is one.
pub(super) fn create(conn: &Conn<'_>, suffix: &str) -> Result<(), SqlError> {
    if conn.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    // Neither places within the text nor lengths are kept: whatever is found is compared with the term anyway.
    conn.batch(&format!(
        "CREATE VIRTUAL TABLE {TABLE}{suffix} USING fts5 (
            words, content = '', detail = none, columnsize = 0, tokenize = \"ascii tokenchars '.@-_+:~'\"
        )"
    ))
}

/// Puts rows into the index: prepared once for a page.
pub(super) struct Entries<'c> {
    inserts: Option<Inserts<'c>>,
    words: String,
}

impl<'c> Entries<'c> {
    pub(super) fn to(conn: &Conn<'c>, suffix: &str) -> Result<Self, SqlError> {
        let inserts = || Inserts::into(conn, &format!("{TABLE}{suffix}"), &["rowid", "words"]);
        // Elsewhere an index follows by itself.
        let inserts = (conn.dialect() == Dialect::Sqlite).then(inserts).transpose()?;
        Ok(Self { inserts, words: String::new() })
    }

    /// A row that the table of members did not have before; one without an address is never found.
    pub(super) fn add(&mut self, row: &MemberRow) -> Result<(), SqlError> {
        let Some((_, normalised)) = &row.email else { return Ok(()) };
        self.put(row.id, row.license, normalised)
    }

    pub(super) fn put(&mut self, id: Position, license: Position, normalised: &str) -> Result<(), SqlError> {
        let Some(inserts) = &mut self.inserts else { return Ok(()) };
        put_words(&mut self.words, license, normalised);
        inserts.add(values![id, self.words])
    }

    /// They are all in the index.
    pub(super) fn end(self) -> Result<(), SqlError> {
        self.inserts.map_or(Ok(()), Inserts::end)
    }
}

/// Takes a row out of the index, whose words are those of the address, and leaves none of their bytes in it. Only for
/// somebody who is erased: at a million people it takes some ten milliseconds.
pub(super) fn remove(
    conn: &Conn<'_>,
    suffix: &str,
    row: &MemberRow,
    normalised: &str,
) -> Result<(), SqlError> {
    if conn.dialect() != Dialect::Sqlite {
        return Ok(());
    }
    let table = format!("{TABLE}{suffix}");
    // Otherwise it only notes down that the row is gone, until its segments are merged some day.
    conn.run(&format!("INSERT INTO {table} ({table}, rank) VALUES ('secure-delete', 1)"), &[])?;
    let gone = format!("INSERT INTO {table} ({table}, rowid, words) VALUES ('delete', ?, ?)");
    conn.run(&gone, values![row.id, words(row.license, normalised)])?;
    Ok(())
}

/// What the index holds of somebody: the words by which they are found. A license goes by its number.
pub fn words(license: Position, normalised: &str) -> String {
    let mut words = String::new();
    put_words(&mut words, license, normalised);
    words
}

fn put_words(words: &mut String, license: Position, normalised: &str) {
    let before = before_words(license);
    let letters: Vec<char> = normalised.chars().collect();
    let mut all = letters.windows(LETTERS);
    words.clear();
    if let Some(first) = all.next() {
        words.push_str(&before);
        put_word(words, FIRST, first);
        words.push(' ');
    }
    let mut further_on: Vec<&[char]> = all.collect();
    further_on.sort_unstable();
    further_on.dedup();
    for three in further_on {
        put_word(words, &before, three);
        words.push(' ');
    }
}

/// What stands before the letters with which an address begins. No letter is written so.
const FIRST: &str = ":";

/// What stands before the words of a license.
fn before_words(license: Position) -> String {
    format!("{license:x}:")
}

/// One word as the tokenizer keeps it: it splits at signs that are not named to it, and folds capitals.
fn put_word(words: &mut String, license: &str, letters: &[char]) {
    words.push_str(license);
    for letter in letters {
        match letter {
            'a'..='z' | '0'..='9' | '.' | '@' | '-' | '_' | '+' => words.push(*letter),
            letter if !letter.is_ascii() => words.push(*letter),
            letter => {
                // Writing to a string can't fail.
                let _ = write!(words, "~{:x}~", u32::from(*letter));
            }
        }
    }
}

/// Which words of a term the index is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Those that few rows have: what many have costs a look at each of them, and finds hardly fewer.
    Rare,
    /// As many as cover it.
    All,
    /// The same, for addresses that have it behind their beginning.
    FurtherOn,
}

/// The question to the index for rows that may hold one of the spellings; `None` where there can be none.
pub(super) fn question(
    conn: &Conn<'_>,
    license: Position,
    spellings: &[String],
    asked: Asked,
) -> Result<Option<String>, SqlError> {
    let license = before_words(license);
    let mut questions = Vec::new();
    for spelling in spellings {
        let mut words = words_of(&license, spelling, asked != Asked::FurtherOn);
        if asked == Asked::Rare && words.len() > FEW {
            words = rarest(conn, words)?;
        }
        questions.push(format!("({})", words.join(" AND ")));
    }
    Ok(Some(questions.join(" OR ")).filter(|question| !question.is_empty()))
}

/// Whether not all words of a term are asked for, where only rare ones are.
pub(super) fn may_leave_out(term: &Term) -> bool {
    match term {
        Term::Beginning(_) => false,
        Term::Anywhere(spellings) => {
            spellings.iter().any(|spelling| words_of("", spelling, true).len() > FEW)
        }
    }
}

/// So many words are asked for whatever they are.
const FEW: usize = 2;

/// More of them make a question no quicker.
const ENOUGH: usize = 4;

/// So many rows of a word tell how common it is.
const LOOKED_AT: u64 = 64;

/// A word that every fourth row has, or more of them, is no help.
const APART: u64 = 4;

/// Those of these words that the fewest rows have, as far as the first rows tell: a guess that costs time where it is wrong,
/// and nothing else.
fn rarest(conn: &Conn<'_>, words: Vec<String>) -> Result<Vec<String>, SqlError> {
    let mut apart = Vec::new();
    for word in words {
        apart.push((rows_apart(conn, &word)?, word));
    }
    apart.sort_by(|(one, _), (other, _)| other.cmp(one));
    if apart.first().is_some_and(|(rows, _)| *rows >= RARE) {
        apart.truncate(1);
    }
    let helps = |(n, (rows, word)): (usize, (u64, String))| (n < FEW || rows >= APART).then_some(word);
    Ok(apart.into_iter().take(ENOUGH).enumerate().filter_map(helps).collect())
}

/// Of a word that has been looked at to its end; fewer rows make it rarer.
const RARE: u64 = u64::MAX - LOOKED_AT;

/// How far the rows that have a word stand from each other.
fn rows_apart(conn: &Conn<'_>, word: &str) -> Result<u64, SqlError> {
    let sql = format!(
        "SELECT count(*), coalesce(max(id) - min(id), 0)
         FROM (SELECT rowid AS id FROM {TABLE} WHERE {TABLE} MATCH ? LIMIT {LOOKED_AT})"
    );
    let read = |row: &Row<'_>| Ok::<(u64, u64), SqlError>((row.get(0)?, row.get(1)?));
    let (rows, from_first_to_last) = conn.first(&sql, values![word], read)?.unwrap_or_default();
    Ok(if rows < LOOKED_AT { u64::MAX - rows } else { from_first_to_last / rows })
}

/// Words that cover a term, each letter once where its length allows: more of them find hardly fewer rows, and take
/// longer where all of them are common. Only the first of them may be those with which an address begins.
fn words_of(license: &str, term: &str, may_begin: bool) -> Vec<String> {
    let letters: Vec<char> = term.chars().collect();
    let last = letters.len().saturating_sub(LETTERS);
    let starts = (0..last).step_by(LETTERS).chain([last]);
    let word = |before: &str, start| {
        let mut word = format!("\"{license}");
        put_word(&mut word, before, &letters[start..start + LETTERS]);
        word + "\""
    };
    let either = |start| match start {
        0 if may_begin => format!("({} OR {})", word("", start), word(FIRST, start)),
        start => word("", start),
    };
    starts.map(either).collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_term_is_covered_by_its_words() {
        let words = |term| words_of("1f:", term, false).join(" ");
        assert_eq!(words("ada"), r#""1f:ada""#);
        assert_eq!(words("ada@"), r#""1f:ada" "1f:da@""#);
        assert_eq!(words("ada@x."), r#""1f:ada" "1f:@x.""#);
        assert_eq!(words("ada@x.e"), r#""1f:ada" "1f:@x." "1f:x.e""#);
        let at_the_beginning_too = words_of("1f:", "ada@", true);
        assert_eq!(at_the_beginning_too, [r#"("1f:ada" OR "1f::ada")"#, r#""1f:da@""#]);
    }

    #[test]
    fn only_words_that_few_rows_have_are_asked_for() {
        let conn = Connection::open_in_memory().expect("memory");
        let conn = Conn::from(&conn);
        create(&conn, "").expect("a table");
        let mut entries = Entries::to(&conn, "").expect("entries");
        for n in 1..=1_000 {
            entries
                .put(
                    n,
                    1,
                    &format!("p{:03}@{}.example", n % 1_000, if n % 5 == 0 { "school" } else { "else" }),
                )
                .expect("a row");
        }
        entries.end().expect("rows");
        let asked =
            |term: &str, asked| question(&conn, 1, &[term.to_owned()], asked).expect("one").expect("some");
        assert_eq!(asked("p123@else.example", Asked::Rare), r#"(("1:p12" OR "1::p12"))"#);
        assert_eq!(
            asked("@school.example", Asked::Rare),
            r#"(("1:@sc" OR "1::@sc") AND "1:hoo" AND "1:l.e")"#
        );
        assert_eq!(asked("@else", Asked::Rare), asked("@else", Asked::All));
        assert_eq!(asked("nobody@else.example", Asked::Rare), r#"(("1:nob" OR "1::nob"))"#);
        assert_eq!(asked("p123@", Asked::FurtherOn), r#"("1:p12" AND "1:23@")"#);
    }

    #[test]
    fn no_two_words_look_alike_and_none_falls_apart() {
        let conn = Connection::open_in_memory().expect("memory");
        create(&Conn::from(&conn), "").expect("a table");
        let signs: Vec<char> =
            (0..0x80).filter_map(char::from_u32).chain("üÜßſaA\u{130}i日本\u{301}".chars()).collect();
        let word = |sign: char| {
            let mut word = String::new();
            put_word(&mut word, "1:", &['x', sign, '2']);
            word
        };
        for (row, sign) in (0_u32..).zip(&signs) {
            let insert = "INSERT INTO members_search (rowid, words) VALUES (?, ?)";
            conn.execute(insert, (row, word(*sign))).expect("a row");
        }
        for (row, sign) in (0_u32..).zip(&signs) {
            let find = "SELECT group_concat(rowid) FROM members_search WHERE members_search MATCH ?";
            let found: String =
                conn.query_row(find, [format!("\"{}\"", word(*sign))], |r| r.get(0)).expect("rows");
            let same = signs.iter().zip(0_u32..).filter(|(other, _)| *other == sign);
            let same: Vec<String> = same.map(|(_, n)| n.to_string()).collect();
            assert_eq!(found, same.join(","), "{sign:?} in row {row}");
        }
    }
}
