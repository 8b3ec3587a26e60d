#!/usr/bin/env python3
"""Verifies an export of Seatbook's history without Seatbook.

    verify.py EXPORT --key KEY [--checkpoint FILE [--checkpoint-key KEY]]

EXPORT is what `seatbook audit export` wrote. KEY is the log's public key, as it was handed over once and kept. FILE is
a checkpoint that was kept from before: the history has to begin with it. Where an earlier key signed that one, name it.

Written from the specifications, not from Seatbook's code: RFC 6962 (tree), RFC 8785 (canonical JSON), RFC 8032
(Ed25519), c2sp.org/signed-note, c2sp.org/tlog-checkpoint. Needs Python 3.9 or later and the package `cryptography`.

Exit code: 0 everything holds, 1 something does not, 2 it could not be read.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import unicodedata
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "seatbook-audit-export/1"
EMPTY_TREE = hashlib.sha256(b"").digest()
IDS = ("aggregate_id", "event_id", "license_id")
TEXTS = ("aggregate_type", "event_type", "event_version")
HASHES = ("metadata", "payload")
NUMBERS = ("license_sequence", "position", "sequence")
ENVELOPE = (*IDS, *TEXTS, *HASHES, *NUMBERS, "recorded_at")
OPTIONAL = {"license_id", "license_sequence"}
HASH_DIFFERS = "the event is the one that was signed, and the tree has kept another hash of it"


class NoExport(Exception):
    """A file that does not even begin as an export does."""


class Unbelievable(Exception):
    """A checkpoint that nobody trusted has signed, or that is none."""


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def is_spelling(shown, own):
    """Whether an address, as people are shown it, is the one that is committed to: in capitals or not, and the domain in
    its own letters or in those of DNS."""
    (local, at, domain), (own_local, _, own_domain) = shown.strip().rpartition("@"), own.rpartition("@")
    is_same = unicodedata.normalize("NFC", local).casefold() == unicodedata.normalize("NFC", own_local).casefold()
    return bool(at) and is_same and in_letters(domain) == in_letters(own_domain)


def in_letters(domain):
    """A domain as people read it, without what makes no difference in it: signs that nobody sees, capitals, width."""
    seen = "".join(sign for sign in domain if unicodedata.category(sign) != "Cf")
    labels = unicodedata.normalize("NFKC", seen).casefold().replace("\u3002", ".").split(".")
    read = [label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label for label in labels]
    return [unicodedata.normalize("NFKC", label).casefold() for label in read]


def is_number(value):
    """A whole number as positions and the like are."""
    return type(value) is int and 0 <= value < 2**64


def is_time(value):
    return type(value) is int and -(2**63) <= value < 2**63


def read_hash(text):
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{64}", text):
        raise ValueError("a digest is 64 lower-case hexadecimal digits")
    return bytes.fromhex(text)


def read_hashes(texts):
    if not isinstance(texts, list):
        raise ValueError("a proof is a list of digests")
    return [read_hash(text) for text in texts]


UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OTHER_UUID = re.compile(rf"(urn:uuid:)?{UUID.pattern}|[0-9a-f]{{32}}|{{{UUID.pattern}}}", re.I)


def read_id(text):
    """A UUID, as it is compared."""
    if isinstance(text, str) and UUID.fullmatch(text):
        return text
    if not isinstance(text, str) or not OTHER_UUID.fullmatch(text):
        raise ValueError("an id is a UUID")
    return str(uuid.UUID(text))


def read_text(value):
    if not isinstance(value, str):
        raise ValueError("a field is no text")
    value.encode()
    return value


class Key:
    """A log's public key: NAME+HASH+BASE64 (signed-note)."""

    def __init__(self, text):
        self.name, key_id, encoded = (text.strip().split("+", 2) + ["", ""])[:3]
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raw = b""
        self.id = sha256(self.name.encode() + b"\n" + raw)[:4]
        if self.id.hex() != key_id or raw[:1] != b"\x01" or len(raw) != 33:
            raise Unbelievable(f"this is no Ed25519 key of a signed note: {text!r}")
        self.key = Ed25519PublicKey.from_public_bytes(raw[1:])

    def open(self, note):
        """The size and root in a signed checkpoint."""
        text, blank, signatures = note.rpartition("\n\n")
        if not blank or not signatures.endswith("\n"):
            raise Unbelievable("this is not a signed checkpoint")
        text += "\n"
        signed = False
        for line in signatures[:-1].split("\n"):
            dash, name, encoded = (line.split(" ", 2) + ["", ""])[:3]
            try:
                raw = base64.b64decode(encoded, validate=True)
            except binascii.Error:
                raw = b""
            # Two spellings of the same bytes are one too many.
            if dash != "\u2014" or len(raw) < 5 or base64.b64encode(raw).decode() != encoded:
                raise Unbelievable("this is not a signed checkpoint")
            if name == self.name and raw[:4] == self.id:
                try:
                    self.key.verify(raw[4:], text.encode())
                except InvalidSignature:
                    raise Unbelievable("the checkpoint is not as a trusted key signed it") from None
                signed = True
        if not signed:
            raise Unbelievable("none of the trusted keys signed this checkpoint")
        lines = text.split("\n")
        if len(lines) < 4 or lines[0] != self.name or str(int(lines[1])) != lines[1]:
            raise Unbelievable("the checkpoint is of another log, or none")
        root = base64.b64decode(lines[2], validate=True)
        if len(root) != 32:
            raise Unbelievable("this is not a signed checkpoint")
        return int(lines[1]), root


class Tree:
    """The roots of the full subtrees of a growing tree, from left to right (RFC 6962, 2.1)."""

    def __init__(self):
        self.size = 0
        self.full = []
        self.earlier_root = None

    def copy(self):
        other = Tree()
        other.size, other.full, other.earlier_root = self.size, list(self.full), self.earlier_root
        return other

    def add(self, leaf):
        size, self.size = self.size, self.size + 1
        while size & 1:
            leaf = node_hash(self.full.pop(), leaf)
            size >>= 1
        self.full.append(leaf)

    def root(self):
        if not self.full:
            return EMPTY_TREE
        root = self.full[-1]
        for left in reversed(self.full[:-1]):
            root = node_hash(left, root)
        return root


def is_included(proof, size, root, index, leaf):
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        return False
    node, last, found = index, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(neighbour, found)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = node_hash(found, neighbour)
        node >>= 1
        last >>= 1
    return last == 0 and found == root


def is_consistent(proof, first, first_root, second, second_root):
    """RFC 9162, 2.1.4.2."""
    if first > second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_TREE
    if first & (first - 1) == 0:
        proof = [first_root] + proof
    if not proof:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old = new = proof[0]
    for neighbour in proof[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old = node_hash(neighbour, old)
            new = node_hash(neighbour, new)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            new = node_hash(new, neighbour)
        node >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root


def canonical(value):
    """RFC 8785, for objects of texts and whole numbers."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def no_twins(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def no_number(text):
    raise ValueError(f"{text} is no number")


def parse(text):
    text.encode()
    return json.loads(text, object_pairs_hook=no_twins, parse_constant=no_number)


def fields(value, wanted, optional=()):
    """That an object has exactly these fields."""
    if not isinstance(value, dict) or set(value) - set(wanted) or set(wanted) - set(value) - set(optional):
        raise ValueError("it does not have the fields that it should")
    return value


def read_entry(text):
    """The envelope of an event, with its ids as they are compared."""
    entry = fields(parse(text), ENVELOPE, OPTIONAL)
    there = {name: value for name, value in entry.items() if value is not None or name not in OPTIONAL}
    for names, read in ((IDS, read_id), (TEXTS, read_text), (HASHES, lambda text: read_hash(text).hex())):
        for name in names:
            if name in there:
                there[name] = read(there[name])
    if not all(is_number(there[name]) for name in NUMBERS if name in there) or not is_time(there["recorded_at"]):
        raise ValueError("a number is negative, or too large")
    return entry, there


def read_head(value):
    head = fields(value, ("checkpoint", "consistency", "format", "license_id"), ("consistency", "license_id"))
    license_id, shown = head.get("license_id"), head.get("consistency")
    if shown is not None:
        fields(shown, ("from", "proof"))
        if not is_number(shown["from"]):
            raise ValueError("what shows that it goes on is no proof")
        shown = (shown["from"], read_hashes(shown["proof"]))
    license_id = None if license_id is None else read_id(license_id)
    return read_text(head["format"]), read_text(head["checkpoint"]), shown, license_id


def read_event(value):
    event = fields(value, ("entry", "leaf", "metadata", "payload", "proof"), ("proof",))
    proof = None if event.get("proof") is None else read_hashes(event["proof"])
    texts = {name: read_text(event[name]) for name in ("entry", "metadata", "payload")}
    return {**texts, "leaf": read_hash(event["leaf"]), "proof": proof}


def read_person(value):
    person = fields(value, ("email", "normalised", "salt", "subject_id"))
    texts = read_text(person["email"]), read_text(person["normalised"])
    return (read_id(person["subject_id"]), read_hash(person["salt"]), *texts)


def read_end(value):
    end = fields(value, ("events", "people"))
    if not all(is_number(end[name]) for name in end):
        raise ValueError("what it counts is no number")
    return end["events"], end["people"]


READERS = {"head": read_head, "event": read_event, "person": read_person, "end": read_end}


def read_line(text):
    """What kind of line it is, and what it says."""
    line = parse(text)
    if not isinstance(line, dict) or len(line) != 1 or not set(line) <= set(READERS):
        raise ValueError("it is none of " + ", ".join(READERS))
    ((kind, value),) = line.items()
    return kind, READERS[kind](value)


def fields_of_tie(tie):
    """Who is tied to an address by an event, and by which commitment; nothing of what is not there."""
    subject, commitment = tie.get("subject_id"), tie.get("commitment")
    return (None if subject is None else read_id(subject), None if commitment is None else read_hash(commitment))


class Verifier:
    def __init__(self, key, earlier=None):
        self.key = key
        self.earlier = earlier
        self.checkpoint = None
        self.at_line = 0
        self.license = None
        self.begun = False
        self.ended = None
        self.kept = Tree()
        self.own = None
        self.differing = []
        self.events = 0
        self.position = 0
        self.recorded_at = 0
        self.streams = {}
        self.licenses = {}
        self.committed = {}
        self.people = set()
        self.findings = []
        self.no_export = False
        self.beyond = False
        self.unreadable = False

    def find(self, position, what):
        self.findings.append((position, what))

    def line(self, text):
        self.at_line += 1
        if self.ended is not None:
            if not self.beyond:
                self.beyond = True
                self.find(None, f"something stands behind the last line, from line {self.at_line} on")
            return None
        begun, self.begun = self.begun, True
        if self.no_export:
            return None
        try:
            if not begun:
                self.begins_well(text)
            kind, value = read_line(text)
        except NoExport as error:
            self.no_export = True
            self.find(None, str(error))
        except (ValueError, RecursionError) as error:
            self.unreadable = True
            self.find(None, f"line {self.at_line} is not of an export: {error}")
        else:
            self.take(kind, value, begun)
        return None

    def take(self, kind, value, begun):
        if kind == "head" and begun:
            self.find(None, "a second first line")
        elif kind != "head" and not begun:
            self.find(None, "the first line does not say what the file is")
        elif kind == "head":
            self.head(*value)
        elif kind == "event":
            self.event(value)
        elif kind == "person":
            self.person(*value)
        else:
            self.ended = value

    def begins_well(self, text):
        try:
            text.encode()
            first = json.loads(text)
        except ValueError:
            first = None
        if not isinstance(first, dict):
            raise NoExport("this is no export of a history: it may be compressed, or another file")

    def head(self, form, checkpoint, shown, license_id):
        if form != FORMAT:
            return self.find(None, f"the file is of the format {form}, not {FORMAT}")
        self.license = license_id
        try:
            self.checkpoint = self.key.open(checkpoint)
        except (Unbelievable, ValueError) as error:
            return self.find(None, str(error))
        if self.earlier is None:
            return None
        size, root = self.earlier
        if size > self.checkpoint[0]:
            return self.find(
                None,
                f"it has {self.checkpoint[0]} events, and the checkpoint that was kept has {size}: "
                "it is older than that one, or its end was cut off",
            )
        if self.license is None:
            return None
        # Of the same events, the roots themselves say it.
        if size == self.checkpoint[0]:
            proof = []
        elif shown is not None and shown[0] == size:
            proof = shown[1]
        else:
            return self.find(
                None,
                f"it does not show that it goes on from the checkpoint at {size}: "
                "ask for an export since that one (--since)",
            )
        if not is_consistent(proof, size, root, *self.checkpoint):
            self.find(None, f"history up to position {size} is not what it was")
        return None

    def event(self, line):
        leaf, own, proof = line["leaf"], leaf_hash(line["entry"].encode()), line["proof"]
        self.events += 1
        self.add(leaf, own)
        try:
            written, entry = read_entry(line["entry"])
        except (ValueError, KeyError):
            return self.find(None, f"the entry in line {self.at_line} can't be read")
        at = entry["position"]
        if written != entry or canonical(entry) != line["entry"]:
            self.find(at, "the entry is not in canonical form")
        by_proof = self.license is not None and self.checkpoint is not None
        shown = not by_proof or self.is_shown(proof, at, own)
        if leaf != own and by_proof and shown:
            self.find(at, HASH_DIFFERS)
        elif leaf != own:
            self.differing.append(len(self.findings))
            self.find(at, "the event is not the one that was recorded")
        for name in ("payload", "metadata"):
            if sha256(line[name].encode()).hex() != entry[name]:
                self.find(at, f"the {name} is not the one that the entry speaks of")
        self.follow(entry)
        self.note(at, line["payload"])
        if not shown:
            self.find(at, "it is not shown to be in the tree of the checkpoint")
        return None

    def is_shown(self, proof, at, own):
        """What the tree has kept of an event may be damaged, and the event in it all the same."""
        return proof is not None and at >= 1 and is_included(proof, *self.checkpoint, at - 1, own)

    def add(self, kept, own):
        """The trees of the hashes that were kept, and of the events. As long as none differs, they are one."""
        if self.license is not None:
            return
        if self.own is None and kept != own:
            self.own = self.kept.copy()
        for tree, leaf in ((self.kept, kept), (self.own, own)):
            if tree is not None:
                tree.add(leaf)
                if self.earlier is not None and tree.size == self.earlier[0]:
                    tree.earlier_root = tree.root()

    def follow(self, entry):
        at, before = entry["position"], self.position
        self.position = at
        if (self.license is None and at != before + 1) or at <= before:
            self.find(at, f"position {at} follows {before}")
        if entry["recorded_at"] < self.recorded_at:
            self.find(at, "it was recorded before the event in front of it")
        self.recorded_at = entry["recorded_at"]
        revision = self.streams.get(entry["aggregate_id"], 0)
        self.streams[entry["aggregate_id"]] = entry["sequence"]
        if entry["sequence"] != revision + 1:
            self.find(at, f"revision {entry['sequence']} follows {revision} in its stream")
        license_id, number = entry.get("license_id"), entry.get("license_sequence")
        if self.license is not None and license_id != self.license:
            return self.find(at, "it is not of this license")
        if (license_id is None) != (number is None):
            return self.find(at, "it has a license without a number there, or the other way round")
        if license_id is not None:
            last = self.licenses.get(license_id, 0)
            self.licenses[license_id] = number
            if number != last + 1:
                self.find(at, f"number {number} follows {last} within its license")
        return None

    def note(self, at, payload):
        """Takes down what ties a person to an address."""
        if '"commitment"' not in payload:
            return
        try:
            ties = [fields_of_tie(tie) for tie in json.loads(payload).values()]
        except (ValueError, AttributeError):
            # That it is not the payload of which the entry speaks is told already.
            return
        for subject, commitment in ties:
            if subject is not None and commitment is not None:
                self.committed.setdefault(subject, {}).setdefault(commitment, at)

    def person(self, subject, salt, email, normalised):
        if subject in self.people:
            return self.find(None, f"the person {subject} is there twice")
        self.people.add(subject)
        committed = self.committed.get(subject)
        if committed is None:
            return self.find(None, f"no event speaks of the person {subject}")
        tie = sha256(salt + normalised.encode())
        for commitment, at in committed.items():
            if commitment != tie:
                self.find(at, f"the person {subject} is not the one whom the event brought in")
        if not is_spelling(email, normalised):
            first = min(committed.values())
            self.find(first, f"the person {subject} is shown by another address than their own")
        return None

    def end(self):
        if self.no_export:
            pass
        elif self.ended is None:
            self.find(None, "the file ends early: its last line is missing")
        elif not self.unreadable and self.ended != (self.events, len(self.people)):
            self.find(
                None,
                f"the last line tells of {self.ended[0]} events and {self.ended[1]} people, "
                f"and there are {self.events} and {len(self.people)}",
            )
        if self.license is not None or self.checkpoint is None:
            return
        size, root = self.checkpoint
        only_hashes_differ = self.own is not None and (self.own.size, self.own.root()) == (size, root)
        if self.kept.size != size:
            self.find(None, f"there are {self.kept.size} events, and {size} in the checkpoint")
        elif self.kept.root() != root and not only_hashes_differ:
            self.find(None, "the hashes of the events are not those of the checkpoint")
        if only_hashes_differ:
            for finding in self.differing:
                self.findings[finding] = (self.findings[finding][0], HASH_DIFFERS)
        if self.earlier is not None and self.earlier[0] <= size:
            meant = self.own if only_hashes_differ else self.kept
            earlier = EMPTY_TREE if self.earlier[0] == 0 else meant.earlier_root
            if earlier != self.earlier[1]:
                self.find(None, f"history up to position {self.earlier[0]} is not what it was")


PROOF = "c2sp.org/tlog-proof@v1\n"


def prove(text, key):
    """A proof of one event (C2SP tlog-proof) with its entry as extra data: position, entry, whether it holds, what does not; and the size of the tree."""
    head, blank, note = text[len(PROOF):].partition("\n\n")
    lines = head.split("\n")
    index = re.fullmatch("index (0|[1-9][0-9]*)", lines[1]) if len(lines) > 1 else None
    if not blank or not lines[0].startswith("extra ") or index is None or not is_number(int(index[1])):
        raise Unbelievable("this is no proof with the event's entry in it")
    entry, index = base64.b64decode(lines[0][6:], validate=True), int(index[1])
    hashes = [base64.b64decode(line, validate=True) for line in lines[2:]]
    try:
        shown = json.loads(entry)
    except ValueError:
        shown = None
    position = shown.get("position") if isinstance(shown, dict) else None
    what = None
    try:
        size, root = key.open(note)
    except Unbelievable as error:
        return {"position": index + 1, "entry": shown, "holds": False, "what": str(error)}, None
    if not is_included(hashes, size, root, index, sha256(b"\0" + entry)):
        what = "the event is not where the proof says, or is another one"
    elif position != index + 1:
        what = "the entry is not that of the event whose place is shown"
    return {"position": index + 1, "entry": shown, "holds": what is None, "what": what}, size


def told_of(proved, size, key):
    """What a proof came to, in words."""
    at, what = proved["position"], proved["what"]
    if what is not None:
        return f"event {at}: {what}"
    return (
        f"event {at}: it holds: {proved['entry'].get('event_type')} is in the history of \"{key.name}\" "
        f"at {size} events. Its entry:\n{canonical(proved['entry'])}"
    )


def main():
    options = argparse.ArgumentParser(description="Verifies an export of Seatbook's history.")
    options.add_argument("export", help="the file that `seatbook audit export` wrote")
    options.add_argument("--key", required=True, help="the log's public key, as it was handed over")
    options.add_argument("--checkpoint", help="a file with a checkpoint that was kept from before")
    options.add_argument("--checkpoint-key", help="the key that signed it, where it is an earlier one")
    options.add_argument("--json", action="store_true", help="tell the findings in JSON")
    given = options.parse_args()
    try:
        key = Key(given.key)
        earlier = None
        if given.checkpoint:
            # What was mailed, or saved by an editor, has other line ends; nothing of what is signed is lost with them.
            with open(given.checkpoint, encoding="utf-8", newline="") as file:
                note = file.read().replace("\r\n", "\n").rstrip() + "\n"
            earlier = (Key(given.checkpoint_key) if given.checkpoint_key else key).open(note)
        verifier = Verifier(key, earlier)
        # Bytes that are no text are in no line that can be read.
        with open(given.export, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            if file.readline().rstrip("\r\n") == PROOF.strip():
                # Lines end in one way only: what an editor has saved is none any more.
                if given.checkpoint:
                    raise Unbelievable("--checkpoint is for exports: a proof has a checkpoint of its own")
                proved, size = prove(PROOF + file.read(), key)
                print(json.dumps(proved) if given.json else told_of(proved, size, key))
                return 0 if proved["holds"] else 1
            file.seek(0)
            for line in file:
                verifier.line(line)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except (ValueError, Unbelievable) as error:
        print(error, file=sys.stderr)
        return 2
    verifier.end()
    if given.json:
        findings = [{"position": at, "what": what} for at, what in verifier.findings]
        print(json.dumps({"events": verifier.events, "people": len(verifier.people), "findings": findings}))
    else:
        for at, what in verifier.findings:
            print(f"event {at}: {what}" if at is not None else what)
        if not verifier.findings:
            since = f"; it goes on from the checkpoint at {earlier[0]}" if earlier else ""
            print(f"Everything holds: {verifier.events} events, {len(verifier.people)} people{since}.")
    return 1 if verifier.findings else 0


if __name__ == "__main__":
    sys.exit(main())
