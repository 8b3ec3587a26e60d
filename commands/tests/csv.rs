//! Importing CSV files. How they are read in all their kinds is in `intake`.

mod fixture;

use commands::{CommandError, import::InputError};
use domain::Code;
use fixture::{School, expect, outcomes};

async fn fault(bytes: &[u8]) -> InputError {
    let school = School::with_seats(10).await;
    let before = school.history().await.len();
    let fault = match school.upload(bytes).await {
        Err(CommandError::Input(error)) => error,
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("no error"),
    };
    assert_eq!(school.history().await.len(), before, "nothing was changed");
    assert!(!fault.hint().is_empty());
    fault
}

#[tokio::test]
async fn a_file_as_the_seed_has_it_is_taken() {
    for file in [
        &b"Email\nada@school.example\nbob@school.example\n"[..],
        b"Email\r\nada@school.example\r\nbob@school.example\r\n",
        b"\xEF\xBB\xBFEmail\nada@school.example\nbob@school.example",
        b" eMAIL \n\"ada@school.example\"\n bob@school.example \n\n\n",
        b"Name,Email,Class\n\"Lovelace, Ada\",ada@school.example,7b\nBob,bob@school.example\n,,\n",
        b"\"Email\"\n\"ada@school.example\"\n\xC2\xA0bob@school.example\xE2\x80\x8B\n",
    ] {
        let school = School::with_seats(10).await;
        let report = expect(school.upload(file).await);
        assert_eq!(outcomes(&report), [(Code::Accepted, 2)], "{}", String::from_utf8_lossy(file));
    }
}

#[tokio::test]
async fn a_line_is_the_line_of_the_file_whatever_stands_between() {
    let school = School::with_seats(10).await;
    let file = b"Name,Email\n\"two\nlines\",ada@school.example\n\nBob,bob@\n";
    let report = expect(school.upload(file).await);
    let lines: Vec<_> = report.items.iter().map(|item| (item.row, item.line)).collect();
    assert_eq!(lines, [(1, 2), (2, 5)]);
}

#[tokio::test]
async fn a_row_without_an_address_is_refused_and_the_others_are_added() {
    let school = School::with_seats(10).await;
    let report = expect(school.upload(b"Name,Email\nAda,\nBob,bob@school.example\nCleo\n").await);
    assert_eq!(outcomes(&report), [(Code::Accepted, 1), (Code::MissingEmail, 2)]);
}

#[tokio::test]
async fn a_row_that_is_separated_otherwise_shows_what_stands_in_it() {
    let school = School::with_seats(10).await;
    let report = expect(school.upload(b"Name;Email\nAda,ada@school.example\nBob;\n").await);
    let [other, missing] = &report.items[..] else { panic!("{} items", report.items.len()) };
    assert_eq!((other.code, other.email.as_str()), (Code::MissingEmail, "Ada,ada@school.example"));
    assert_eq!((missing.code, missing.email.as_str()), (Code::MissingEmail, ""));
    assert!(other.reason.as_ref().is_some_and(|reason| reason.contains("something like one in another")));
}

#[tokio::test]
async fn a_file_without_a_header_says_so() {
    assert!(matches!(fault(b"ada@school.example\nbob@school.example\n").await, InputError::NoHeader));
}

#[tokio::test]
async fn a_header_without_email_names_what_it_found() {
    let error = fault(b"Name,Mail\nAda,ada@school.example\n").await;
    assert_eq!(error.to_string(), "no column is called Email; the columns are Name, Mail");
}

#[tokio::test]
async fn two_email_columns_are_refused() {
    assert!(matches!(fault(b"Email,email\na@x.org,b@x.org\n").await, InputError::SeveralEmailColumns(_)));
}

#[tokio::test]
async fn an_empty_file_and_one_with_only_a_header_say_so() {
    assert!(matches!(fault(b"").await, InputError::EmptyFile));
    assert!(matches!(fault(b"Email\n").await, InputError::OnlyHeader));
    assert!(matches!(fault(b"Email\n\n \n").await, InputError::OnlyHeader));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_found_before_anything_changes() {
    let error = fault(b"Email\nada@school.example\nb\x81\x8Fb@school.example\n").await;
    assert!(matches!(error, InputError::Undecodable { line: 3 }), "{error}");
}

#[tokio::test]
async fn a_mark_that_is_not_closed_on_the_last_line_is_found_before_anything_changes() {
    let error = fault(b"Email\nada@school.example\n\"bob@school.example\n").await;
    assert!(matches!(error, InputError::UnclosedQuote { line: 3 }), "{error}");
}

#[tokio::test]
async fn what_was_assumed_of_a_file_is_reported() {
    let school = School::with_seats(10).await;
    let report = expect(school.upload(b"Name;Email\nZo\xEB;zoe@school.example\n").await);
    let told = serde_json::to_value(&report).expect("JSON");
    assert_eq!(told["format"]["encoding"], "windows-1252");
    assert_eq!(told["format"]["separator"], "semicolon");
    assert_eq!((&told["format"]["header_line"], &told["format"]["email_column"]), (&1.into(), &2.into()));
    assert!(told["format"]["note"].as_str().is_some_and(|note| note.contains("UTF-8")));
    let pasted = serde_json::to_value(school.add("ada@school.example").await).expect("JSON");
    assert!(pasted.get("format").is_none());
}

#[tokio::test]
async fn an_export_that_was_made_safe_for_spreadsheets_can_be_given_again() {
    let school = School::with_seats(10).await;
    expect(school.upload(b"Email\n+ada@school.example\n").await);
    let report = expect(school.upload(b"Email\n'+ada@school.example\n").await);
    assert_eq!(outcomes(&report), [(Code::AlreadyAccepted, 1)]);
}

#[tokio::test]
async fn a_hostile_value_is_not_answered_whole() {
    let nothing = fault(&vec![b'a'; 1 << 16]).await;
    assert!(nothing.to_string().len() < 1_000, "{}", nothing.to_string().len());
    let school = School::with_seats(10).await;
    let report = expect(school.upload(format!("Email\n{}\n", "a".repeat(1 << 15)).as_bytes()).await);
    assert_eq!(outcomes(&report), [(Code::InvalidEmail, 1)]);
    assert!(report.items[0].email.len() < 600);
}

/// Rows are held in memory a chunk at a time; long ones make small chunks.
#[tokio::test]
async fn long_rows_are_imported_like_others() {
    let school = School::with_seats(100).await;
    let note = "x".repeat(60_000);
    let rows: String =
        (0..30).map(|n| format!("p{n}@school.example,{}\n", [note.as_str(); 10].join(","))).collect();
    let report = expect(school.upload(format!("Email,Notes\n{rows}").as_bytes()).await);
    assert_eq!(outcomes(&report), [(Code::Accepted, 30)]);
}
