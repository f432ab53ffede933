"""The page that lies in every package. It tells how to verify with voiceagent, and what can be done without."""

from typing import Final

READ_ME: Final = """\
# Calls, exported by voiceagent

| where | what |
|---|---|
| `manifest.json` | what was asked for, by whom, what is in here, what is not and why, and the SHA-256 of every file |
| `manifest.jws` | the signature over `manifest.json` (General JWS JSON, RFC 7515), with the certificate |
| `records/*.jsonl` | the tables, one JSON object a line; `schema/` has their JSON schemas |
| `records/*.csv` | the same for a spreadsheet; an apostrophe is put before text that it would take for a formula |
| `records/*.parquet` | the same for a warehouse, where it was asked for |
| `vcon/*.vcon.jws` | one signed vCon a call (draft-ietf-vcon-vcon-core) |
| `media/*.wav` | recordings, caller left and agent right, named by their SHA-512 as in `content_hash` of the vCons |
| `audit/` | what the audit log says of these calls, and the proof that it said so when it was signed |
| `your-data.html` | in a person's package: what is in it, in plain words; further tables are in `records/` |
| `keys/signer.pem` | the certificate that everything is signed with |
| `SHA256SUMS` | the same sums once more, for `sha256sum --check SHA256SUMS` in the unpacked folder |

Addresses below https://media.invalid/ lead nowhere: the recording is the file in `media/` of that name.
Times are UTC; `start_ms` and `end_ms` count from the moment when the call was answered.
A row with `withheld: true` says that something was said or asked, not what: the caller had not agreed to keeping it.
`media_state` of a recording tells what was done to it: `masked_turns_silenced` and `other_voice_silenced` files are not
byte for byte what was sealed, so that their SHA-256 is not the one in the table.
A mark such as `[NAME]` or `[CARD]` stands for words that were masked when they were kept.

`audit/entries.jsonl` has an entry a line, the very bytes that were hashed. The same line of the other file,
`audit/proofs/inclusion.jsonl`, has the path from it (RFC 9162, 2.1.3) to the root in `audit/checkpoints/checkpoint.txt`
(C2SP tlog-checkpoint), which a key of `audit/keys/signing.pub` signed. What was noted after it is not here.
Where there is no such folder, `audit.state` in the manifest tells why: `unsigned` when nothing had been signed yet.

## Verify

    voiceagent audit verify --package PACKAGE.zip --signer FINGERPRINT

needs no network, no database and no settings, and takes the zip or the unpacked folder. Exit status: 0 all is as it was
signed, 1 something was changed, 2 something is missing, 3 signed by somebody else, 4 not readable. Every problem names
its file.

`--signer` is the fingerprint of the installation's certificate as you were told it on another way than this package;
`--pubkey FILE` takes the certificate itself. Without them you learn that nothing was changed since somebody signed it,
but not who: whoever can write a package can also put a key of their own into it, and `keys/signer.pem` with it. See
also that the export that it tells of is the one that you asked for, and not an older one.

Without voiceagent: `sha256sum --check SHA256SUMS` finds what was damaged, and any JOSE library verifies `manifest.jws`
with the certificate in its `x5c`. Its payload is `manifest.json`, byte for byte.
"""
