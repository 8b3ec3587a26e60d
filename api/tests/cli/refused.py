"""Reads refused rows as Python's csv module does, prints them as JSON, and writes them with their addresses corrected."""

import csv
import json
import sys

refused, corrected, delimiter = sys.argv[1:]
with open(refused, encoding="utf-8-sig", newline="") as file:
    header, *rows = list(csv.reader(file, delimiter=delimiter, strict=True))
print(json.dumps({"header": header, "rows": rows}))

email = header.index("Email")
for row in rows:
    row[email] = row[email].replace("@@", "@")
with open(corrected, "w", encoding="utf-8", newline="") as file:
    csv.writer(file, delimiter=delimiter).writerows([header, *rows])
