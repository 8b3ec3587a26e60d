#!/usr/bin/env python3
"""Makes the files of this folder, with programs that are not ours: Python's csv module, and LibreOffice.

    python3 make.py              what Python writes
    python3 make.py soffice      also what LibreOffice writes, where it is installed

The files are kept in the repository: whoever runs the tests needs neither. All of them hold the same table, as far
as their encoding can; tests/intake/files.rs says what is expected of each.
"""

import csv
import pathlib
import subprocess
import sys
import tempfile
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).parent

TABLE = [
    ["Name", " EMAIL ", "Class", "Note", "", ""],
    ["Lovelace, Ada", "ada@school.example", "7b", 'said "hello"', "", ""],
    ["Björn Müller", "bjorn@school.example", "7b", "two\nlines", "", ""],
    ["", "", "", "", "", ""],
    ["Chloé; D'Été", "\u00a0chloe@school.example ", "8|a", "tab\there", "", ""],
    ["Nobody", "", "", "", "", ""],
    ["Dan", "dan@guest.example", "", "=SUM(A1)", "", ""],
]

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
LINE_ENDS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


def python(name, encoding, delimiter, end, quoting=csv.QUOTE_MINIMAL, rows=TABLE, before=""):
    with open(HERE / f"python-{name}.csv", "w", encoding=encoding, newline="") as file:
        file.write(before)
        csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)


def by_python():
    for encoding in ENCODINGS:
        python(encoding, encoding, ",", "\r\n")
    for name, delimiter in DELIMITERS.items():
        python(name, "utf-8", delimiter, "\n")
    for name, end in LINE_ENDS.items():
        python(f"quoted-{name}", "utf-8", ";", end, csv.QUOTE_ALL)
    python("sep-line", "utf-8-sig", ";", "\r\n", before="sep=;\r\n")
    ragged = [[cell for cell in row if cell] for row in TABLE[:3]] + [["Nobody"]] + [TABLE[6] + ["more", "cells"]]
    python("ragged", "utf-8", ",", "\n", rows=ragged)


def flat_spreadsheet():
    def cell(text):
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
        kind = ' office:value-type="string"' if text else ""
        return f"<table:table-cell{kind}>{lines if text else ''}</table:table-cell>"

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in TABLE)
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ["office", "table", "text"]
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {names} office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>'
        f'<table:table table:name="People">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document>"
    )


def by_libreoffice():
    # Separator, text delimiter, character set (76: UTF-8, 65535: UTF-16, 1: Windows-1252, 33: Windows-1250).
    # Then the first row, nothing, 0, and whether all cells of text are quoted.
    csv_filter = "csv:Text - txt - csv (StarCalc)"
    made = {
        "utf-8-comma.csv": f"{csv_filter}:44,34,76,1,,0,false",
        "utf-8-semicolon-quoted.csv": f"{csv_filter}:59,34,76,1,,0,true",
        "utf-16-tab.csv": f"{csv_filter}:9,34,65535,1,,0,false",
        "windows-1252-semicolon.csv": f"{csv_filter}:59,34,1,1,,0,false",
        "windows-1250-semicolon.csv": f"{csv_filter}:59,34,33,1,,0,false",
        "workbook.xlsx": "xlsx:Calc MS Excel 2007 XML",
        "workbook.xls": "xls:MS Excel 97",
        "workbook.ods": "ods:calc8",
        "workbook.pdf": "pdf:calc_pdf_Export",
        "workbook.html": "html:HTML (StarCalc)",
    }
    for name, how in made.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            text = flat_spreadsheet()
            if "1250" in name:
                # A name that Windows-1252 has no letters for.
                text = text.replace("Björn Müller", "Luděk Šťastný")
            (folder / "people.fods").write_text(text, encoding="utf-8")
            out = folder / "out"
            command = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile"]
            subprocess.run([*command, "--convert-to", how, "--outdir", out, folder / "people.fods"], check=True)
            (written,) = out.iterdir()
            (HERE / f"libreoffice-{name}").write_bytes(written.read_bytes())


by_python()
if "soffice" in sys.argv[1:]:
    by_libreoffice()
