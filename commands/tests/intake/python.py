"""Writes tables in every dialect of the csv module into a folder, and beside each what it holds, as JSON."""

import csv
import itertools
import json
import pathlib
import random
import sys

folder, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2])
dice = random.Random(seed)

NARROW = [chr(code) for code in range(32, 127)] + list("\n\r\t\u00e9\u20ac") + ['"', '""', ",", ";", "\r\n"]
WIDE = NARROW + list("\u540d\u4e2d\U0001f469")

QUOTING = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]
QUOTING += [getattr(csv, name) for name in ("QUOTE_STRINGS", "QUOTE_NOTNULL") if hasattr(csv, name)]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


def cell(letters):
    return "".join(dice.choice(letters) for _ in range(dice.randrange(8)))


def table(letters):
    yield ["Name", "Email", "Note", "Number"]
    for row in range(dice.randrange(1, 12)):
        yield [cell(letters), f"p{row}@school.example", cell(letters), str(dice.randrange(100))]


dialects = itertools.product(ENCODINGS, ",;\t|", ["\n", "\r\n", "\r"], QUOTING)
for number, (encoding, delimiter, end, quoting) in enumerate(dialects):
    letters = NARROW if encoding == "cp1252" else WIDE
    if quoting == csv.QUOTE_MINIMAL:
        # Before Python 3.13 a line break in a cell is quoted only if rows end with it. Without quotes nothing tells it
        # from the end of a row, for Python's own reader neither.
        letters = [text for text in letters if set(text) <= set(end) or not set(text) & set("\r\n")]
    rows = list(table(letters))
    about = f"{encoding} {delimiter!r} {end!r} quoting {quoting}"
    with open(folder / f"{number}.csv", "w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    (folder / f"{number}.json").write_text(json.dumps({"about": about, "rows": rows[1:]}), encoding="utf-8")
